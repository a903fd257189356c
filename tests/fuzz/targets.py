"""What is fuzzed: each takes any bytes, and lets nothing out but what its caller expects.

An exception that leaves a target is a fault. A target that holds a promise of its own says so with `assert`.
"""

from __future__ import annotations

import contextlib
import csv
import importlib.util
import io
import json
import os
import shutil
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import nbformat
import numpy as np

from grader.assignment import Assignment, Limits
from grader.course import Course
from grader.errors import EvidenceError, MachineError, SubmissionError
from grader.evidence import Evidence
from grader.execute.frames import BadFrame, Caps, FrameReader
from grader.execute.job import Ended, How
from grader.execute.observed import Observed
from grader.execute.settle import code_cells, ended_of
from grader.expectations import Expectations
from grader.inside.allowed import Refused, allowed_model
from grader.inside.arrays import read_npy, read_weights
from grader.inside.frames import Channel, PipeBroken
from grader.inside.tensors import unpacked
from grader.job_folder import JobFolder
from grader.judge import for_student, judge
from grader.layer_names import unnamed
from grader.notebook.align import align, restored
from grader.notebook.attempt import attempted
from grader.notebook.doctor import examine as doctor
from grader.notebook.free_text import answers_in
from grader.notebook.reading import read_repaired
from grader.records import decode, encode
from grader.render import FORMATS, Work, renderer
from grader.report import Report, SubmissionId, Verdict

ROOT = Path(__file__).parents[2]
SCRATCH = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
ENDED = Ended(how=How.COMPLETED, sandbox="bubblewrap")
RUN = Caps(total_bytes=1 << 20, files=100)


def notebook(data: bytes) -> None:
    """What is read can be written, and reads the same every time and without a repair."""
    with contextlib.suppress(SubmissionError):
        read, said = read_repaired(data)
        code_cells(nbformat.writes(read, version=4).encode())
        assert read_repaired(data) == (read, said)
        again, notes = read_repaired(nbformat.writes(read, version=4).encode())
        assert not notes, notes
        assert again.cells == read.cells


def look(data: bytes) -> None:
    """The doctor and whatever else reads a notebook without running it; text that is no notebook is a cell of code."""
    made = _notebook_or_cell(data)
    if made is not None:
        assignment, starter, _ = _tiny()
        encode(doctor(made, assignment=assignment, starter=starter, installed=lambda _: False))


def alignment(data: bytes) -> None:
    """Alignment with the starter, and what rests on it."""
    made = _notebook_or_cell(data)
    if made is not None:
        assignment, starter, _ = _tiny()
        found = align(made, starter, assignment)
        nbformat.writes(restored(made, found), version=4)
        attempted(made, starter)
        answers_in(made, starter, assignment, Evidence())


def evidence(data: bytes) -> None:
    """A job folder with these records: a JSON object of a record for each file name."""
    files = _json(data)
    if not isinstance(files, dict):
        return
    with _folder() as folder:
        for name, record in files.items():
            kind, _, file = name.partition("/")
            if kind.isalpha() and file.replace(".", "").isalnum() and name.isascii() and len(name) < 100:
                (folder / kind).mkdir(exist_ok=True)
                (folder / kind / file).write_bytes(json.dumps(record).encode())
        job = JobFolder(path=folder)
        job.outputs()
        with contextlib.suppress(EvidenceError):
            job.predictions(1, "moons-test")
        found = job.read(ENDED, seed=1, data_source="none")
        job.save(found)
        assert encode(job.load()) == encode(found)


def judgement(data: bytes) -> None:
    """No evidence breaks a check: a human would have to decide about a broken one's points."""
    with contextlib.suppress(EvidenceError):
        found, known = decode(data, Evidence), _tiny()[2].reference
        assert known is not None
        # What the sandbox with student code says may be anything; this doesn't come from there.
        examined = tuple(replace(known.examined[-1], snapshot=m.snapshot) for m in found.models)
        report = _judged(replace(found, examined=examined, measurements=known.measurements, overlaps=known.overlaps))
        broken = _broken(report) - _broken_anyway()
        assert not broken, broken
        assert not [note for note in report.notes if "could not be" in note and note not in _told_anyway()]
        encode(for_student(report))


def arrays(data: bytes) -> None:
    """An array file as the host and as the examiner reads it, and the same bytes as a weights file."""
    with contextlib.suppress(Refused):
        read_npy(data)
    with _folder() as folder:
        (folder / "held_out").mkdir()
        (folder / "held_out/0001-x.npy").write_bytes(data)
        with contextlib.suppress(EvidenceError):
            JobFolder(path=folder).predictions(1, "x")
        with contextlib.suppress(Refused):
            read_weights(folder / "held_out/0001-x.npy")


def config(data: bytes) -> None:
    """A model's config: refused, or a copy that holds nothing but JSON."""
    content = _json(data)
    with contextlib.suppress(Refused):
        json.dumps(allowed_model(content), allow_nan=False)


def compiling(data: bytes) -> None:
    """Compile configs and callbacks, as the trainer takes them."""
    from grader.inside.allowed_compile import allowed_compile
    from grader.inside.fit_form import Unidentified, callback_from

    content = _json(data)
    with contextlib.suppress(Refused):
        json.dumps(allowed_compile(content))
    if isinstance(content, dict):
        with contextlib.suppress(Unidentified):
            callback_from(content)


def names(data: bytes) -> None:
    """Layer names go out of a config and come back into its record."""
    content = _json(data)
    before = json.dumps(content)
    without = unnamed(content)
    json.dumps(without.config)
    assert json.dumps(content) == before
    if without.names:
        record = {"layers": [{"name": name, "config": {"name": name}} for name in without.names]}
        assert without.named(without.placed(record)) == record


def reports(data: bytes) -> None:
    """Every renderer on a report of any content."""
    with contextlib.suppress(EvidenceError):
        report = decode(data, Report)
        for name in FORMATS:
            with contextlib.suppress(MachineError):
                _render(name, report)


def page(data: bytes) -> None:
    """A notebook and its outputs as HTML: an object with `cells` and, by index, `outputs`."""
    content = _json(data)
    if not isinstance(content, dict) or not isinstance(content.get("outputs", {}), dict):
        return
    found = {
        int(k): v for k, v in content.get("outputs", {}).items() if k.isdecimal() and len(k) < 5 and isinstance(v, list)
    }
    with contextlib.suppress(SubmissionError):
        read, _ = read_repaired(json.dumps({"cells": content.get("cells"), "nbformat": 4}).encode())
        del read.cells[3:]
        _inert(renderer("html").one(_sample(), Work(notebook=read, outputs=found)))


def frames(data: bytes) -> None:
    """Both ends of the pipe; nothing is written outside the job folder's own rooms."""
    with _folder() as folder:
        reader, seen = FrameReader(folder, RUN), Observed(has_cells=True)
        with contextlib.suppress(BadFrame):
            cut = 1 + len(data) // 3
            for at in range(0, len(data), cut):
                for event in reader.feed(data[at : at + cut]):
                    seen.follow(event)
        reader.close()
        assert all(p.is_dir() or p.parent.parent == folder for p in folder.rglob("*"))
        assert not list(folder.rglob(".*"))
        encode(ended_of(seen, {}, Limits(), sandbox="bubblewrap"))
    read, write = os.pipe()
    try:
        os.write(write, data[:60_000])
        os.close(write)
        with contextlib.suppress(PipeBroken):
            channel = Channel(read, -1)
            while channel.receive() is not None:
                pass
    finally:
        os.close(read)


def requests(data: bytes) -> None:
    """What a kernel wants trained, as the trainer reads it: arrays within the file, or no such file."""
    fd = os.memfd_create("fuzz")
    try:
        os.write(fd, data)
        with contextlib.suppress(ValueError):
            _, found = unpacked(fd)
            assert sum(array.nbytes for array in found.values()) <= len(data) * len(found)
    finally:
        os.close(fd)


TARGETS: Mapping[str, Callable[[bytes], None]] = {
    "notebook": notebook,
    "doctor": look,
    "alignment": alignment,
    "evidence": evidence,
    "judgement": judgement,
    "arrays": arrays,
    "config": config,
    "compiling": compiling,
    "names": names,
    "reports": reports,
    "page": page,
    "requests": requests,
    "frames": frames,
}
"""By the name of their folder in the corpus."""


def _json(data: bytes) -> Any:
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return None


def _notebook_or_cell(data: bytes) -> Any:
    try:
        return read_repaired(data)[0]
    except SubmissionError:
        text = data.decode(errors="ignore").replace("\x00", "")
        return None if data.lstrip()[:1] == b"{" else nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(text)])


@contextlib.contextmanager
def _folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(dir=SCRATCH, prefix="grader-fuzz-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


@cache
def _tiny() -> tuple[Assignment, Any, Expectations]:
    folder = Course(root=ROOT).folder("tiny_mlp")
    expectations = folder.expectations("none", hidden=True)
    return folder.assignment(hidden=True), folder.starter_notebook(), expectations


def _judged(found: Evidence) -> Report:
    assignment, _, expectations = _tiny()
    return judge(assignment, found, expectations, submission=SubmissionId(student="a", file="a.ipynb", sha256=""))


def _broken(report: Report) -> frozenset[str]:
    return frozenset(f"{f.check}: {f.message}" for f in report.findings if f.verdict is Verdict.BROKEN)


@cache
def _broken_anyway() -> frozenset[str]:
    """Where the assignment has checks that its expectations don't know yet."""
    return _broken(_judged(_tiny()[2].reference or Evidence()))


@cache
def _told_anyway() -> tuple[str, ...]:
    return _judged(_tiny()[2].reference or Evidence()).notes


@cache
def _sample() -> Report:
    path = ROOT / "tests/render/sample_reports.py"
    spec = importlib.util.spec_from_file_location("fuzzed_sample_reports", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    report: Report = for_student(module.report())
    return report


def _render(name: str, report: Report) -> None:
    for text in (renderer(name).one(report, Work()), renderer(name).many([report])):
        text.encode()
        if name == "html":
            _inert(text)
        elif name == "csv":
            list(csv.reader(io.StringIO(text)))
        elif name == "json":
            json.loads(text)
        elif name == "junit":
            ET.fromstring(text)


def _inert(page: str) -> None:
    low = page.lower()
    assert "<script" not in low
    assert "<iframe" not in low


warnings.simplefilter("ignore")
np.seterr(all="ignore")
