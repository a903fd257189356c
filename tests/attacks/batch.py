"""Grades attacks and honest notebooks together by the command line, and looks at everything from outside."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import socket
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from attacks.attack import Attack
from attacks.course import NAME, Grounds
from attacks.honest import honest

from grader.cli import run
from grader.gradebook import Gradebook
from grader.judge import for_student
from grader.render import FORMATS, Work, renderer

WRITTEN = tuple(name for name in FORMATS if name != "terminal")
"""Every format that there is: a new one is looked at as well, without a line here."""


@dataclass(frozen=True, kw_only=True)
class Batch:
    """A graded batch and what was seen around it."""

    grounds: Grounds
    level: str
    reports: dict[str, Any]
    """What the instructor is told, by student."""
    shown: Path
    """Everything that students are shown, in every format."""
    pages: dict[str, dict[str, Any]]
    """What each student is told, by student."""
    jobs: dict[str, Path]
    """Job folders, by student."""
    alone: dict[str, Any]
    """The honest notebooks' reports when no attack was graded with them."""
    heard: tuple[str, ...]
    """Listeners that were reached."""
    changed: tuple[str, ...]
    """Decoys that are not as they were."""
    left: tuple[str, ...]
    """What attacks left in places that everybody shares; cleared away."""
    warned: str
    """What the command line said of the isolation."""
    seconds: float

    def outputs(self, student: str) -> str:
        """Everything that a notebook put out."""
        folder = self.jobs.get(student)
        if folder is None:
            return ""
        return "".join(path.read_text(errors="replace") for path in sorted((folder / "outputs").glob("*.json")))


def grade(folder: Path, level: str, attacks: Sequence[Attack], names: Sequence[str], *, jobs: int = 2) -> Batch:
    """Calibrates the course, grades the honest notebooks alone, then everybody together."""
    if level == "none":
        assert os.geteuid(), "without a sandbox only as an ordinary user"
        attacks = [attack for attack in attacks if not attack.unsafe]
    begun = time.monotonic()
    with _listeners() as (places, hits):
        grounds = Grounds(root=folder / "course", home=folder / "home", **places)
        grounds.lay_out()
        before = _digests(grounds)
        with _surroundings(grounds):
            _calibrate(level)
            alone = _class(grounds, level, names, (), "alone", jobs) if names else {}
            _remember(grounds, level)
            with contextlib.redirect_stderr(io.StringIO()) as said:
                together = _class(grounds, level, names, attacks, "together", jobs)
            _for_platforms(grounds, level)
        time.sleep(0.5)
        heard = tuple(hits())
    left = tuple(_cleared())
    warned = next((line for line in said.getvalue().splitlines() if line.startswith("Warning: ")), "")
    changed = tuple(name for name, digest in _digests(grounds).items() if before.get(name) != digest)
    changed += tuple(_tampered())
    shown = grounds.root / "shown-together"
    told = {r["submission"]["student"]: r for r in json.loads((shown / "class.json").read_text())["reports"]}
    results = list(Gradebook.at(grounds.workspace / "gradebook.db", "test").each_latest(NAME))
    found = {result.student: grounds.workspace / "jobs" / NAME / result.job for result in results if result.job}
    for number, result in enumerate(results):
        if result.student in told:
            text = renderer("terminal").one(for_student(result.report), Work(notebook=None, outputs={}))
            (shown / f"terminal-{number}.txt").write_text(text)
    return Batch(
        grounds=grounds, level=level, reports=together, shown=shown, pages=told, jobs=found, alone=alone, heard=heard,
        changed=changed, left=left, warned=warned, seconds=time.monotonic() - begun,
    )  # fmt: skip


def _calibrate(level: str) -> None:
    assert run(["calibrate", NAME, "--runs", "4", "--sandbox", level, "--jobs", "2"]) == 0


def _class(
    grounds: Grounds, level: str, names: Sequence[str], attacks: Sequence[Attack], workspace: str, jobs: int
) -> dict[str, Any]:
    """Grades a class; writes what students see and, apart from it, what the instructor sees."""
    folder = grounds.root / f"class-{workspace}"
    folder.mkdir()
    for name in names:
        nbformat.write(honest(name, grounds), folder / f"{name}.ipynb")
    for attack in attacks:
        attack.place(folder, grounds)
    archives = sorted(folder.glob("*.zip"))
    submissions = [str(folder), *map(str, archives)]
    command = [NAME, *submissions, "--workspace", workspace, "--sandbox", level]
    formats = [word for name in WRITTEN for word in ("--format", name)]
    run(["grade", *command, "--jobs", str(jobs), *formats, "--audience", "student", "--output", f"shown-{workspace}"])
    # Graded already: stored evidence is judged again, for other eyes.
    run(["grade", *command, "--format", "json", "--audience", "instructor", "--output", f"told-{workspace}.json"])
    told = json.loads((grounds.root / f"told-{workspace}.json").read_text())["reports"]
    return {report["submission"]["student"]: report for report in told}


def _for_platforms(grounds: Grounds, level: str) -> None:
    """What `grader ci` writes and logs, where students read all of it."""
    shown, log, folder = grounds.root / "shown-together", io.StringIO(), grounds.root / "class-together"
    submissions = [str(folder), *map(str, sorted(folder.glob("*.zip")))]
    with contextlib.redirect_stdout(log), contextlib.redirect_stderr(log):
        run(["ci", NAME, *submissions, "--workspace", "together", "--sandbox", level, "--output", str(shown / "ci")])
    (shown / "ci-log.txt").write_text(log.getvalue())


def _remember(grounds: Grounds, level: str) -> None:
    """Puts a canary into the gradebook: a student of another class."""
    other = grounds.root / f"{grounds.canaries['gradebook']}.ipynb"
    other.write_text("{")
    run(["grade", NAME, str(other), "--workspace", "together", "--sandbox", level, "--format", "json", "-o", "x.json"])


@contextlib.contextmanager
def _surroundings(grounds: Grounds) -> Iterator[None]:
    """The grader's own folder, home and environment, with something to steal in them."""
    before, folder = dict(os.environ), Path.cwd()
    os.chdir(grounds.root)
    os.environ.update(HOME=str(grounds.home), SECRET_TOKEN=grounds.canaries["environment"])
    try:
        yield
    finally:
        os.chdir(folder)
        os.environ.clear()
        os.environ.update(before)


def _digests(grounds: Grounds) -> dict[str, str]:
    """What must not change: course and decoys."""
    found = {}
    for top in (grounds.home / ".ssh", grounds.root / "assignments", grounds.root / "reference"):
        for path in sorted(top.rglob("*")):
            if path.is_file() and "expectations" not in path.parts and "__pycache__" not in path.parts:
                found[str(path)] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def _tampered() -> Iterator[str]:
    """Files that an attack put, or put something, where Python looks, and decoys that it made."""
    checkout = Path(__file__).parents[2]
    places = {checkout / "grader", *(Path(place) for place in sys.path if place)}
    for place in places:
        yield from (str(place / name) for name in ("zz_attack.pth", "usercustomize.py") if (place / name).exists())
        for name in ("__init__.py", "sitecustomize.py"):
            if (place / name).is_file() and "tampered by an attack" in (place / name).read_text(errors="replace"):
                yield str(place / name)
    yield from map(str, Path(tempfile.gettempdir()).glob("grader-decoy-*"))


def _cleared() -> Iterator[str]:
    """Takes away what an attack without a sandbox leaves; names it."""
    for place in ("/dev/shm", "/tmp", "/dev/mqueue"):
        file = Path(place) / "left-for-the-next"
        with contextlib.suppress(OSError):
            file.unlink()
            yield str(file)


@contextlib.contextmanager
def _listeners() -> Iterator[tuple[dict[str, Any], Any]]:
    """Listeners of every kind that a sandbox must not reach; `hits` names those that were."""
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ga")))
        folder.chmod(0o755)
        tcp = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        udp = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        udp.bind(("127.0.0.1", 0))
        path = stack.enter_context(socket.socket(socket.AF_UNIX))
        path.bind(str(folder / "s"))
        (folder / "s").chmod(0o777)
        abstract = stack.enter_context(socket.socket(socket.AF_UNIX))
        name = f"grader-attack-{os.getpid()}"
        abstract.bind("\0" + name)
        for listening in (path, abstract):
            listening.listen()
        for each in (tcp, udp, path, abstract):
            each.setblocking(False)

        def hits() -> Iterator[str]:
            for what, each in (("tcp", tcp), ("udp", udp), ("unix", path), ("abstract", abstract)):
                with contextlib.suppress(BlockingIOError):
                    each.recv(1) if what == "udp" else each.accept()[0].close()
                    yield what

        ports = {"tcp": tcp.getsockname()[1], "udp": udp.getsockname()[1]}
        yield {**ports, "socket": str(folder / "s"), "abstract": name}, hits
