"""Imports point down only, the host side never imports TensorFlow, and `inside/` stands apart."""

import ast
from pathlib import Path

import grader

ROOT = Path(grader.__file__).parent

LEVELS = [
    ["cli", "web", "pytest_plugin"],
    ["selfcheck"],
    ["lint"],
    ["pipeline"],
    ["workers", "examination", "early", "interop"],
    ["hand_out", "package", "marksheet", "release", "scaffold"],
    [
        "calibration",
        "held_out",
        "leakage",
        "judge",
        "findings",
        "marking",
        "score",
        "render",
        "execute",
        "schedule",
        "gradebook",
        "course",
        "job_folder",
        "shared_files",
        "kit",
        "run_spec",
    ],
    [
        "notebook",
        "submission",
        "variant",
        "headline",
        "thresholds",
        "checks",
        "architecture",
        "layer_names",
        "layer_settings",
        "layer_table",
        "datasets",
        "assignment",
        "question",
        "mark",
        "recipe",
        "rerun",
        "honesty",
        "expectations",
        "report",
    ],
    ["evidence", "environment", "records"],
    ["errors"],
]
"""Rooms from the top down; a room may import its own level and those below."""

INSIDE_ONLY = {"tensorflow", "keras", "IPython", "ipykernel", "jupyter_client", "nbclient", "zmq", "matplotlib"}


def imports(path: Path) -> set[str]:
    """Absolute names of everything that a file imports, also inside functions."""
    package = ["grader", *path.relative_to(ROOT).parent.parts]
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            found.add(module)
            found.update(f"{module}.{alias.name}" for alias in node.names)
    return found


def host_files() -> list[Path]:
    return [p for p in sorted(ROOT.rglob("*.py")) if "inside" not in p.relative_to(ROOT).parts]


def room(path: Path) -> str:
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


def level_of(name: str) -> int:
    return next(i for i, rooms in enumerate(LEVELS) if name in rooms)


def test_every_room_has_a_level() -> None:
    known = {name for rooms in LEVELS for name in rooms} | {"inside", "__init__", "__main__"}
    rooms = {room(p) for p in ROOT.rglob("*.py")}
    assert rooms <= known, f"give {sorted(rooms - known)} a place in LEVELS"


def test_imports_point_down() -> None:
    wrong = []
    for path in host_files():
        if room(path) in {"__init__", "__main__"}:
            continue
        for name in imports(path):
            parts = name.split(".")
            if parts[0] == "grader" and len(parts) > 1 and parts[1] not in {"inside"}:
                target = parts[1]
                exists = (ROOT / f"{target}.py").exists() or (ROOT / target).is_dir()
                if exists and level_of(target) < level_of(room(path)):
                    wrong.append(f"{path.relative_to(ROOT)} imports {name}")
    assert not wrong


def test_host_side_never_imports_what_belongs_inside() -> None:
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in host_files()
        if room(path) != "selfcheck"
        for name in imports(path)
        if name.split(".")[0] in INSIDE_ONLY or name.startswith("grader.inside")
    ]
    assert not wrong


def test_inside_imports_nothing_of_the_host_side() -> None:
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in sorted((ROOT / "inside").rglob("*.py"))
        for name in imports(path)
        if name.split(".")[0] == "grader" and not name.startswith("grader.inside")
    ]
    assert not wrong


def test_nothing_imports_the_command_line() -> None:
    wrong = [
        path.name
        for path in host_files()
        if room(path) not in {"cli", "__main__"} and any(name.startswith("grader.cli") for name in imports(path))
    ]
    assert not wrong
