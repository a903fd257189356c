"""Open tests in code in a student's own kernel: what they say, and that they leave nothing behind."""

from __future__ import annotations

from typing import Any

from grader.inside.code_tests import run_live


def said(source: str, form: str = "cell", **names: Any) -> dict[str, Any]:
    (record,) = run_live([{"name": "t", "form": form, "source": source}], names)
    return record


def test_a_cell_passes_fails_and_gives_numbers() -> None:
    assert said("assert x == 1", x=1) == {"test": "t", "value": None}
    assert said("y = x / 2\ny", x=3)["value"] == 1.5
    failed = said("print('hello')\nassert x == 2, 'not two'", x=1)
    assert failed["status"] == "error"
    assert failed["error"]["message"] == "assert x == 2, 'not two'\nAssertionError: not two"


def test_doctests_and_functions() -> None:
    assert "status" not in said(">>> x\n1", "doctest", x=1)
    assert "Got:\n    1" in said(">>> x\n2", "doctest", x=1)["error"]["message"]
    assert said("def t(x):\n    assert x > 1", "function", x=1)["error"]["message"] == "assert x > 1\nAssertionError"


def test_a_test_leaves_the_names_as_they_were_and_its_own_deletions_work() -> None:
    names: dict[str, Any] = {}
    exec("def helper(): return 1\ndef f(): return helper()", names)
    kept = dict(names)
    source = "del helper\nmade = 1\ntry:\n    f()\nexcept NameError:\n    pass\nelse:\n    raise AssertionError"
    (record,) = run_live([{"name": "t", "form": "cell", "source": source}], names)
    assert "status" not in record
    assert names == kept


def test_what_is_no_plain_python_is_left_to_the_instructors_grader() -> None:
    assert run_live([{"name": "t", "form": "cell", "source": "%matplotlib inline"}], {}) == []
