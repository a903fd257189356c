"""The Grader that runs here, as a wheel and the versions that it runs with: a platform gets what the course was calibrated by.

Format of the wheel: https://packaging.python.org/en/latest/specifications/binary-distribution-format/.
"""

from __future__ import annotations

import base64
import hashlib
import importlib.resources
import io
import re
import zipfile
from collections.abc import Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from grader.errors import MachineError

NAME = "grader"
_WHEEL = "Wheel-Version: 1.0\nGenerator: grader\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
_LONG_AGO = (1980, 1, 1, 0, 0, 0)


def wheel() -> tuple[str, bytes]:
    """A wheel of the installed package, by its file name; the same bytes each time.

    Raises:
        MachineError: Grader runs here without being installed.
    """
    found = _installed(NAME)
    if found is None:
        raise MachineError("grader runs here without being installed", remedy="pip install it, then package again")
    about = f"{NAME}-{found.version}.dist-info"
    files = dict(_package_files())
    files[f"{about}/METADATA"] = (found.read_text("METADATA") or "").encode()
    files[f"{about}/entry_points.txt"] = (found.read_text("entry_points.txt") or "").encode()
    files[f"{about}/WHEEL"] = _WHEEL.encode()
    rows = [f"{name},{_digest(data)},{len(data)}" for name, data in files.items()]
    files[f"{about}/RECORD"] = "\n".join([*rows, f"{about}/RECORD,,", ""]).encode()
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name, _LONG_AGO), data, zipfile.ZIP_DEFLATED)
    return f"{NAME}-{found.version}-py3-none-any.whl", out.getvalue()


def requirements() -> tuple[str, ...]:
    """Every package that Grader needs here, directly or not, with its version: `numpy==2.2.1`."""
    from packaging.requirements import Requirement

    pinned: dict[str, str] = {}
    asked = [Requirement(NAME)]
    seen: set[tuple[str, frozenset[str]]] = set()
    while asked:
        wish = asked.pop()
        name = re.sub(r"[-_.]+", "-", wish.name).lower()
        key = (name, frozenset(wish.extras))
        found = _installed(wish.name)
        if key in seen or found is None:
            continue
        seen.add(key)
        pinned[name] = found.version
        for line in found.requires or ():
            needed = Requirement(line)
            extras = wish.extras or {""}
            if needed.marker is None or any(needed.marker.evaluate({"extra": extra}) for extra in extras):
                asked.append(needed)
    del pinned[NAME]
    return tuple(f"{name}=={version}" for name, version in sorted(pinned.items()))


def _installed(name: str) -> Distribution | None:
    try:
        return distribution(name)
    except PackageNotFoundError:
        return None


def _package_files() -> Iterator[tuple[str, bytes]]:
    root = Path(str(importlib.resources.files(NAME)))
    for path in sorted(root.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            yield f"{NAME}/{path.relative_to(root).as_posix()}", path.read_bytes()


def _digest(data: bytes) -> str:
    return "sha256=" + base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
