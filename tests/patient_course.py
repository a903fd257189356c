"""The course's tiny_mlp with time limits that a machine under load keeps, too."""

import shutil
from pathlib import Path

ROOT = Path(__file__).parents[1]


def patient_course(target: Path) -> Path:
    """Copies the assignment's public and private folder."""
    for kind in ("assignments", "reference"):
        shutil.copytree(ROOT / kind / "tiny_mlp", target / kind / "tiny_mlp")
    path = target / "assignments/tiny_mlp/assignment.py"
    text = path.read_text()
    assert "cell_seconds=60, notebook_seconds=300" in text
    path.write_text(text.replace("cell_seconds=60, notebook_seconds=300", "cell_seconds=900, notebook_seconds=1800"))
    return target
