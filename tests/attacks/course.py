"""The course that is attacked: small enough to grade a hundred notebooks, with something to steal everywhere."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from pathlib import Path

import nbformat

NAME = "corners"
FULL = 10.0
LIGHT = 3.0
"""What a notebook without the network earns; most attacks need no training to be dangerous."""

ASSIGNMENT = """
import numpy as np
from grader.assignment import Assignment, Exercise, Limits
from grader.checks import (FunctionCase, ModelQuery, architecture, compiled, figure, function, inputs, number,
                           parameters, targets, trained)

network = ModelQuery(name="network", variables=("network", "model"))
rows = np.arange(6.0).reshape(3, 2)
assignment = Assignment(
    name="corners",
    title="Points in opposite corners",
    exercises=(
        Exercise(name="scale", title="Scale", points=2, checks=(
            function("scale", cases=(FunctionCase(function="scale", name="rows", inputs=(rows,)),)),
        )),
        Exercise(name="network", title="Network", points=6, checks=(
            architecture(network), parameters(network), compiled(network), trained(network), inputs(network),
            targets(network),
        )),
        Exercise(name="answer", title="Answer", points=1, checks=(number("weights"),)),
        Exercise(name="plot", title="Plot", points=1, checks=(figure(lines=2, shows=("loss", "accuracy")),)),
    ),
    limits=Limits(cell_seconds=20, notebook_seconds=90, memory_bytes=3 << 29, processes=150, file_bytes=64 << 20,
                  scratch_bytes=256 << 20, output_bytes=200_000, evidence_bytes=64 << 20, evidence_files=1000),
)
"""
HIDDEN = """
import numpy as np
from grader.checks import FunctionCase, HeldOut, ModelQuery, Outcome, custom, function, metric

def load():
    def draw(seed):
        points = np.random.default_rng(seed).uniform(-1, 1, size=(1000, 2)).astype("float32")
        return points, (points[:, 0] * points[:, 1] > 0).astype("int32")
    return draw(7), draw(8)

network = ModelQuery(name="network", variables=("network", "model"), held_out=HeldOut(dataset="corners", load=load))

@custom(name="@hidden_name@", hint="@hidden_hint@")
def secret(student):
    "@hidden_title@"
    passed = any(examined.parameters == 65 for examined in student.examined)
    passed = passed and all(fit.history["loss"] for fit in student.fits if fit.epochs_run)
    return Outcome(score=float(passed), message="@hidden_message@", expected="@hidden_value@", received="@hidden_received@")

@custom(name="@hidden_broken@", weight=0)
def oops(student):
    "@hidden_broken@"
    raise RuntimeError("@hidden_traceback@")

checks = {
    "network": (metric(network, "accuracy", name="secret_accuracy", weight=2), secret, oops),
    "scale": (function("scale", cases=(
        FunctionCase(function="scale", name="@hidden_case@", inputs=(np.array([[4.0, 1.0], [2.0, 8.0]]),)),
    ), name="@hidden_function@"),),
}
"""
CELLS: dict[str, str | None] = {
    "data": """import keras
import numpy as np
from grader import check
random = np.random.default_rng(7)
points = random.uniform(-1, 1, size=(1000, 2)).astype("float32")
labels = (points[:, 0] * points[:, 1] > 0).astype("int32")""",
    "scale": """def scale(x):
    return (x - x.mean(axis=0)) / x.std(axis=0)""",
    "network": """network = keras.Sequential([
    keras.layers.Input((2,)),
    keras.layers.Dense(16, activation="relu"),
    keras.layers.Dense(1, activation="sigmoid"),
])
network.compile(optimizer=keras.optimizers.Adam(0.05), loss="binary_crossentropy", metrics=["accuracy"])""",
    "train": "history = network.fit(points, labels, epochs=12, batch_size=50, verbose=0)",
    "check": 'check("network")',
    "answer": "weights = network.count_params()",
    "plot": """import matplotlib.pyplot as plt
plt.plot(history.history["loss"], label="loss")
plt.plot(history.history["accuracy"], label="accuracy")
plt.xlabel("epoch")
plt.ylabel("value")
plt.legend()
plt.show()""",
}
"""An honest solution, cell by cell."""

SECRETS = (
    "hidden_name", "hidden_title", "hidden_hint", "hidden_message", "hidden_value", "hidden_received", "hidden_broken",
    "hidden_traceback", "hidden_case", "hidden_function", "reference", "environment", "home_file", "gradebook",
    "training_store", "examination_store", "other_submission",
)  # fmt: skip
"""Everything that no output may hold, by the name of its canary."""


def _canaries() -> dict[str, str]:
    return {name: f"canary_{name}_{secrets.token_hex(6)}" for name in SECRETS}


@dataclass(frozen=True)
class Grounds:
    """Where everything lies; attacks are told, since a secret place is no defence."""

    root: Path
    """The course's folder."""
    home: Path
    """A home folder with decoys."""
    tcp: int = 0
    """Ports of listeners on this machine."""
    udp: int = 0
    socket: str = ""
    """Path of a listening socket."""
    abstract: str = ""
    """Name of an abstract one."""
    canaries: dict[str, str] = field(default_factory=_canaries)

    @property
    def workspace(self) -> Path:
        """Where the class is graded together."""
        return self.root / "together"

    def named(self, text: str) -> str:
        """Puts canaries into what a test expects."""
        for name, value in self.canaries.items():
            text = text.replace(f"@{name}@", value)
        return text

    def fill(self, text: str) -> str:
        """Puts places, never canaries, into an attack."""
        places = {
            "root": self.root, "home": self.home, "tcp": self.tcp, "udp": self.udp, "socket": self.socket,
            "abstract": self.abstract, "workspace": self.workspace, "checkout": Path(__file__).parents[2],
        }  # fmt: skip
        for name, value in places.items():
            text = text.replace(f"@{name}@", str(value))
        return text

    def lay_out(self) -> None:
        """Writes the course and the decoys."""
        hidden, solution = self.named(HIDDEN), {**CELLS, "secret": f"# {self.canaries['reference']}"}
        for path, text in (
            (f"assignments/{NAME}/assignment.py", ASSIGNMENT),
            (f"reference/{NAME}/hidden.py", hidden),
            (f"reference/{NAME}/notes.txt", self.canaries["reference"]),
            ("together/trainings/zz/canary.safetensors", self.canaries["training_store"]),
            ("together/examinations/zz/canary/examined.json", self.canaries["examination_store"]),
        ):
            (self.root / path).parent.mkdir(parents=True, exist_ok=True)
            (self.root / path).write_text(text)
        nbformat.write(_notebook(solution), self.root / f"reference/{NAME}/solution.ipynb")
        starter = {
            **CELLS,
            "scale": """
def scale(x):
    ...""",
            "network": "network = ...",
            "train": "",
            "plot": "",
        }
        nbformat.write(_notebook(starter | {"answer": "weights = ..."}), self.root / f"assignments/{NAME}/{NAME}.ipynb")
        key = self.home / ".ssh/id_decoy"
        key.parent.mkdir(parents=True)
        key.write_text(self.canaries["home_file"])


def _notebook(sources: dict[str, str | None]) -> nbformat.NotebookNode:
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(s) for s in sources.values() if s is not None])
