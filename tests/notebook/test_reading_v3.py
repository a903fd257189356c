"""A notebook of an old format is the same notebook each time it is read."""

from __future__ import annotations

import json

from grader.notebook.reading import read_notebook


def test_a_notebook_of_format_3_gets_the_same_ids_each_time() -> None:
    cells = [{"cell_type": "code", "input": ["x = 1"], "language": "python", "outputs": [], "metadata": {}}] * 2
    old = json.dumps({"nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": [{"cells": cells}]}).encode()
    # Else it would be run again each time, and a stored result never be found.
    assert [c.id for c in read_notebook(old).cells] == [c.id for c in read_notebook(old).cells]
