"""The one small file that a self-check needs: complete, and nothing hidden in it."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from grader.course import AssignmentFolder, Course
from grader.errors import UsageError
from grader.hand_out import hand_out
from grader.kit import Kit, beside, inside_notebook, kit_of, packed, read, unpack, written
from grader.release import hidden_leaks
from grader.scaffold import make_course
from grader.submission import read_notebook

COURSE = Course(root=Path(__file__).parents[1])


@pytest.fixture(scope="module")
def kit() -> Kit:
    return kit_of(COURSE.folder("mnist_dense"))


def test_it_holds_all_that_the_public_folder_does(kit: Kit, tmp_path: Path) -> None:
    folder, made = COURSE.folder("mnist_dense"), unpack(read(written(kit), "a file"), tmp_path)
    assert [name for name, _ in made.assignment(hidden=False).checks()] == [
        name for name, _ in folder.assignment(hidden=False).checks()
    ]
    for source in ("keras", "stand-in"):
        kept = made.expectations(source, hidden=False)
        assert kept == replace(folder.expectations(source, hidden=False), checks=kept.checks)
        assert json.loads(made.expectations_file(source, hidden=False).read_bytes()) == json.loads(
            folder.expectations_file(source, hidden=False).read_bytes()
        )
    assert [c.source for c in made.starter_notebook().cells] == [c.source for c in folder.starter_notebook().cells]


def test_it_is_of_the_recipe_in_force(tmp_path: Path) -> None:
    small = COURSE.folder("imdb_binary").by("small")
    made = unpack(kit_of(small), tmp_path)
    assert made.recipe == made.assignment(hidden=False).recipe == "small"
    assert made.expectations("keras", hidden=False).recipe == "small"
    assert [c.source for c in made.starter_notebook().cells] == [c.source for c in small.starter_notebook().cells]


@pytest.mark.parametrize("name", COURSE.names())
def test_nothing_hidden_is_in_it(name: str, tmp_path: Path) -> None:
    folder = COURSE.folder(name)
    made = kit_of(folder)
    everything = replace(folder, public=unpack(made, tmp_path).public)
    (everything.public / f"{name}.grader.json").write_bytes(written(made))
    assert hidden_leaks(everything) == []
    hidden = {check_id for check_id, check in folder.assignment(hidden=True).checks() if check.hidden}
    assert hidden, "every reference holds something back"
    assert not hidden & {check_id for kept in made.expectations.values() for check_id in kept["checks"]}
    assert all(kept["reference"] is None for kept in made.expectations.values())


def test_something_hidden_would_be_found_in_it(tmp_path: Path) -> None:
    folder = COURSE.folder("mnist_dense")
    check_id = next(i for i, check in folder.assignment(hidden=True).checks() if check.hidden)
    kit = kit_of(folder)
    everything = replace(folder, public=unpack(kit, tmp_path).public)
    leaky = replace(kit, definition=f"{kit.definition}# {check_id}\n")
    (everything.public / "mnist_dense.grader.json").write_bytes(written(leaky))
    found = hidden_leaks(everything)
    assert any(check_id in leak.what for leak in found)


def test_what_is_handed_out_carries_it_twice(tmp_path: Path) -> None:
    course = make_course(tmp_path / "course")
    made = hand_out(course, tmp_path / "class")
    (file,) = made.glob("*.grader.json")
    notebook = read_notebook((made / f"{course.name}.ipynb").read_bytes())
    carried = inside_notebook(notebook, "the notebook")
    assert carried is not None
    assert carried == replace(read(file.read_bytes(), file.name), starter={})
    assert inside_notebook(course.starter_notebook(), "the starter") is None


def test_it_is_found_by_name_or_alone(tmp_path: Path, kit: Kit) -> None:
    assert beside(tmp_path) is None
    first = tmp_path / "mnist_dense.grader.json"
    first.write_bytes(written(kit))
    assert beside(tmp_path, "homework") == first
    shutil.copy(first, tmp_path / "other.grader.json")
    assert beside(tmp_path, "homework", "other") == tmp_path / "other.grader.json"
    with pytest.raises(UsageError, match="mnist_dense, other"):
        beside(tmp_path, "homework")


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data[: len(data) // 2],
        lambda _: b"",
        lambda _: b"[]",
        lambda data: data.replace(b"grader/kit/v1", b"grader/kit/v9"),
        lambda data: data.replace(b'"assignment":"mnist_dense"', b'"assignment":"../../etc"'),
        lambda data: data.replace(b'"recipe":""', b'"recipe":"/../../x"', 1),
    ],
)
def test_a_damaged_one_is_refused_in_a_sentence(kit: Kit, damage: object) -> None:
    assert callable(damage)
    with pytest.raises(UsageError) as refused:
        read(damage(written(kit)), "mnist_dense.grader.json")
    assert "mnist_dense.grader.json" in str(refused.value)


@pytest.mark.parametrize("text", ["no base64!", "AAAA", packed(Kit(assignment="a", definition=""))[:-8]])
def test_a_notebook_with_a_damaged_one_is_refused_in_a_sentence(text: str) -> None:
    with pytest.raises(UsageError, match="damaged"):
        inside_notebook({"metadata": {"grader": {"kit": text}}}, "the notebook")


@pytest.mark.parametrize("metadata", [{}, {"grader": None}, {"grader": {"kit": 3}}, {"grader": {"assignment": "x"}}])
def test_most_notebooks_carry_none(metadata: dict[str, object]) -> None:
    assert inside_notebook({"metadata": metadata}, "a notebook") is None


def test_two_kits_never_share_a_place(kit: Kit, tmp_path: Path) -> None:
    first = unpack(kit, tmp_path)
    other = unpack(replace(kit, definition=kit.definition + "\n"), tmp_path)
    assert first.public != other.public
    assert isinstance(first, AssignmentFolder)
    assert unpack(kit, tmp_path) == first
