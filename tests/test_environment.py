"""What counts as another environment than calibration's, and who is told."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from grader import environment
from grader.course import AssignmentFolder, Course
from grader.environment import BACKENDS, differences, here, notice, remedy
from grader.errors import AssignmentError, NotCalibrated, UsageError
from grader.recipe import Recipe
from grader.variant import Replace

TINY = Course(root=Path(__file__).parents[1]).folder("tiny_mlp")
THEN = {"python": "3.11.7", "keras": "3.15.1", "tensorflow": "2.21.0", "numpy": "2.4.6"}


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({}, []),
        ({"keras": "3.15.9", "tensorflow": "2.21.4", "python": "3.11.0"}, []),
        ({"numpy": "2.9.0"}, []),
        ({"numpy": "3.0.0"}, ["NumPy"]),
        ({"keras": "3.16.0"}, ["Keras"]),
        ({"tensorflow": "2.20.1", "python": "3.13.1"}, ["Python", "TensorFlow"]),
        ({"jax": "0.10.2", "backend": "jax"}, []),
    ],
)
def test_a_minor_version_is_a_difference(changed: dict[str, str], told: list[str]) -> None:
    now = {**THEN, **changed}
    assert [d.name for d in differences(THEN, now)] == told
    assert bool(notice(THEN, now)) is bool(told)
    for name in told:
        assert name in notice(THEN, now)


def test_another_backend_is_a_difference_where_both_are_said() -> None:
    told = notice({**THEN, "backend": "tensorflow"}, {**THEN, "backend": "jax"})
    assert "backend tensorflow, run with backend jax" in told


def test_the_remedy_names_the_packages_to_install() -> None:
    told = remedy(THEN, {**THEN, "keras": "3.16.0", "python": "3.12.0"}, "xor")
    assert told == "grader calibrate xor, or pip install 'keras==3.15.1'"


def test_no_reference_knows_a_package_that_is_not_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KERAS_BACKEND", raising=False)
    assert here().keys() == {"python", "backend", "grader", "tensorflow", "keras", "numpy"}
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    assert here().keys() == {"python", "backend", "grader", "jax", "jaxlib", "keras", "numpy"}


def test_an_unknown_backend_is_refused_with_the_known_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KERAS_BACKEND", "theano")
    with pytest.raises(UsageError, match="theano") as raised:
        environment.backend()
    assert all(name in raised.value.remedy for name in BACKENDS)


def test_a_backend_that_is_not_installed_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    monkeypatch.setattr(environment, "find_spec", lambda _: None)
    with pytest.raises(UsageError, match="pip install torch"):
        environment.require_backend()


def test_expectations_are_kept_for_each_backend(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    folder = AssignmentFolder(name="xor", public=tmp_path, private=None, asked="full")
    assert folder.expectations_file("none", hidden=False).name == "none.jax.json"
    small = replace(folder, asked="small")
    assert small.expectations_file("keras", hidden=False).name == "keras.small.jax.json"
    with pytest.raises(NotCalibrated, match="KERAS_BACKEND=jax grader calibrate xor"):
        folder.expectations("none", hidden=False)


def test_what_is_calibrated_is_found_by_backend() -> None:
    found = {(source, seen.backend) for source, seen in TINY.calibrated(hidden=True)}
    assert found == {("none", "tensorflow"), ("none", "jax")}
    assert found == {(source, seen.backend) for source, seen in TINY.calibrated(hidden=False)}
    for source, seen in TINY.calibrated(hidden=True):
        assert seen.expectations(source, hidden=True).environment.get("backend", "tensorflow") == seen.backend


def test_no_recipe_takes_the_name_of_a_backend() -> None:
    with pytest.raises(AssignmentError, match="backend"):
        Recipe(name="jax", why="smaller", replace=(Replace("a", "b"),))
