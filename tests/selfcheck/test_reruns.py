"""Which runs of cells no longer hold."""

from __future__ import annotations

import pytest

from grader.selfcheck.reruns import Run, outdated

BUILD = "network = keras.Sequential([keras.layers.Dense(16)])\nnetwork.compile('sgd', 'mse')"
MENDED = BUILD.replace("16", "32")


def run(number: int, source: str, cell_id: str | None = None) -> Run:
    return Run(number=number, source=source, cell_id=cell_id)


def test_a_cell_takes_the_place_of_its_earlier_runs_and_of_no_others() -> None:
    earlier = [run(1, BUILD, "a"), run(2, MENDED, "b"), run(3, "x = 1", "a")]
    assert outdated(earlier, run(4, "anything", "a")) == {1, 3}
    assert outdated(earlier, run(4, BUILD, "c")) == set(), "two cells may hold the same text"


@pytest.mark.parametrize(
    ("sources", "now", "gone"),
    [
        ([BUILD], BUILD, {1}),
        ([BUILD], MENDED, {1}),
        ([BUILD, 'check("network")', "%grader network"], MENDED, {1}),
        ([BUILD, "from grader import check\n\ncheck('network')  # how far?"], MENDED, {1}),
        ([BUILD, "history = network.fit(x, y)"], MENDED, set()),
        ([BUILD, "history = network.fit(x, y)"], BUILD, {1}),
        ([BUILD], BUILD.replace("network", "larger"), set()),
        ([BUILD], "network = something_else_altogether(with_other, arguments, and_more)", set()),
        (["print(1)"], "print(2)", set()),
        (["x = ("], "x = (", {1}),
        ([""], "", set()),
        ([], BUILD, set()),
    ],
)
def test_without_ids_the_text_tells(sources: list[str], now: str, gone: set[int]) -> None:
    earlier = [run(n, source) for n, source in enumerate(sources, 1)]
    assert outdated(earlier, run(len(sources) + 1, now)) == gone


def test_the_cell_of_the_import_is_known_by_its_text() -> None:
    first = "from grader import check\nx = 1"
    assert outdated([run(1, first)], run(2, first, "a")) == {1}


@pytest.mark.parametrize(
    ("source", "only"),
    [
        ("check()", True),
        ("from grader import check\n\ncheck('a')\nhint('a');", True),
        ("%load_ext grader\n%grader", True),
        ("import grader\ngrader.check('a')", True),
        ("x = 1\ncheck()", False),
        ("check(assignment=find())", False),
        ("checked = check()", False),
    ],
)
def test_a_self_check_alone_changes_nothing(source: str, only: bool) -> None:
    assert run(1, source).only_asks is only
