"""Gradescope's autograder: a zip with setup.sh and run_autograder at its root.

Format: https://gradescope-autograders.readthedocs.io/en/latest/specs/; sizes of containers and the time limits are those of
its "Autograder Settings". The solution and the test set stay at home: no notebook can read what isn't there.
"""

from __future__ import annotations

import math
import platform
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from grader.course import AssignmentFolder
from grader.errors import NotCalibrated, UsageError
from grader.job_folder import write_atomically
from grader.package.this_grader import requirements, wheel
from grader.render.gradescope import VISIBILITIES

SCRIPTS = ("setup.sh", "run_autograder")
AT_HOME = ("solution.ipynb", "variants.py", "headlines.py")
"""Files of the reference that grading never reads."""
CONTAINERS = ((0.5, 0.75), (1.0, 1.5), (2.0, 3.0), (4.0, 6.0))
"""CPUs and GB of memory, as Gradescope offers them."""
TENSORFLOW_GB = 1.2
"""What the two workers take before a notebook begins, at most."""
LONGEST = 40
"""Minutes."""


@dataclass(frozen=True, kw_only=True)
class Needs:
    """What to set in Gradescope's "Autograder Settings"; its defaults are too small for TensorFlow."""

    cpus: float
    gigabytes: float
    minutes: int
    enough: bool
    """Whether Gradescope has as much."""


@dataclass(frozen=True, kw_only=True)
class Packaged:
    """The package."""

    path: Path
    needs: Needs
    data_source: str
    hidden_checks: int


def package_gradescope(
    folder: AssignmentFolder, target: Path, *, hidden: str = "hidden", sandbox: str = "any"
) -> Packaged:
    """Writes the package of one assignment.

    Args:
        folder: The assignment, seen by the recipe that is to be graded.
        target: The zip file.
        hidden: When students see hidden checks: `hidden`, `after_due_date`, `after_published` or `visible`.
        sandbox: As for `grader grade`. In Gradescope's containers often none works.

    Raises:
        UsageError: no such visibility.
        NotCalibrated: there is nothing to grade by.
    """
    if hidden not in VISIBILITIES:
        raise UsageError(f"no visibility {hidden!r}", remedy=f"one of {', '.join(VISIBILITIES)}")
    assignment = folder.assignment(hidden=True)
    source = _source(folder, assignment.datasets)
    settings = {
        "GRADER_ASSIGNMENT": folder.name,
        "GRADER_RECIPE": folder.recipe,
        "GRADER_DATA": source,
        "GRADER_SANDBOX": sandbox,
        "GRADER_HIDDEN_TESTS": hidden,
        "GRADER_PYTHON_VERSION": ".".join(platform.python_version_tuple()[:2]),
    }
    name, data = wheel()
    content = {
        "grader.env": "".join(f"{key}='{value}'\n" for key, value in settings.items()).encode(),
        "requirements.txt": "".join(f"{line}\n" for line in requirements()).encode(),
        name: data,
        **dict(_course(folder)),
    }
    template = files("grader.package") / "template"
    _write(target, {script: (template / f"{script}.txt").read_bytes() for script in SCRIPTS}, content)
    peak = folder.measured_peak(source, hidden=folder.private is not None)
    return Packaged(
        path=target,
        needs=_needs(peak or assignment.limits.memory_bytes, assignment.limits.notebook_seconds),
        data_source=source,
        hidden_checks=sum(check.hidden for _, check in assignment.checks()),
    )


def _source(folder: AssignmentFolder, datasets: tuple[str, ...]) -> str:
    """The best data source that the assignment is calibrated for."""
    for source in ("keras", "stand-in") if datasets else ("none",):
        if folder.expectations_file(source, hidden=folder.private is not None).is_file():
            return source
    raise NotCalibrated(
        f"{folder.name} is not calibrated", where=str(folder.public), remedy=f"grader calibrate {folder.name}"
    )


def _course(folder: AssignmentFolder) -> Iterator[tuple[str, bytes]]:
    for kind, root in (("assignments", folder.public), ("reference", folder.private)):
        for path in sorted(root.rglob("*")) if root else ():
            parts = path.relative_to(root).parts if root else ()
            left_out = any(part.startswith(".") or part == "__pycache__" for part in parts)
            if path.is_file() and not left_out and not (kind == "reference" and path.name in AT_HOME):
                yield f"course/{kind}/{folder.name}/{'/'.join(parts)}", path.read_bytes()


def _needs(memory: int, notebook_seconds: float) -> Needs:
    gigabytes = memory / 2**30 + TENSORFLOW_GB
    # Starting the workers, examination and rendering come on top of the notebook itself.
    minutes = math.ceil((notebook_seconds + 180) / 60)
    cpus, size = next((c for c in CONTAINERS if c[1] >= max(gigabytes, 1.5)), CONTAINERS[-1])
    return Needs(
        cpus=cpus, gigabytes=size, minutes=min(minutes, LONGEST), enough=gigabytes <= size and minutes <= LONGEST
    )


def _write(target: Path, scripts: dict[str, bytes], content: dict[str, bytes]) -> None:
    import io

    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in (*scripts.items(), *content.items()):
            member = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            member.external_attr = (0o755 if name in scripts else 0o644) << 16
            archive.writestr(member, data, zipfile.ZIP_DEFLATED)
    target.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(target, out.getvalue())
