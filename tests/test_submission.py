"""Submissions are found wherever platforms put them, and no file of any kind stops the class."""

import contextlib
import json
import os
import stat
import zipfile

import nbformat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.errors import SubmissionError, UsageError
from grader.notebook.reading import DEPTH, NOTEBOOK_BYTES, read_repaired
from grader.submission import collect, read_notebook, read_submission


def notebook_bytes(*sources, **top):
    nb = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(s) for s in sources or ("x = 1",)])
    nb.update(top)
    return nbformat.writes(nb).encode()


def raw(**changes):
    """A notebook as a dict that can be bent."""
    return json.loads(notebook_bytes()) | changes


def zipped(path, members):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return path


def sources(submission):
    return [cell.source for cell in submission.notebook.cells]


# Where they are.


def test_one_file(tmp_path):
    path = tmp_path / "alice.ipynb"
    path.write_bytes(notebook_bytes("a = 1"))
    (only,) = collect([path])
    assert (only.student, only.file, only.problem, sources(only)) == ("alice", "alice.ipynb", "", ["a = 1"])
    assert len(only.sha256) == 64


def test_files_of_one_name_go_by_their_folders(tmp_path):
    for student in ("alice", "bob"):
        (tmp_path / student).mkdir()
        (tmp_path / student / "hw.ipynb").write_bytes(notebook_bytes())
    found = collect([tmp_path / "alice" / "hw.ipynb", tmp_path / "bob" / "hw.ipynb"])
    assert [s.student for s in found] == ["alice", "bob"]


def test_folder_of_files_and_clones(tmp_path):
    for place in (
        "carol.ipynb",
        "dan/hw.ipynb",
        "dan/more/extra.ipynb",
        "eve/.ipynb_checkpoints/hw.ipynb",
        "eve/a/b/hw.ipynb",
    ):
        (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / place).write_bytes(notebook_bytes())
    (tmp_path / "dan" / "notes.txt").write_text("no notebook")
    assert sorted(s.student for s in collect([tmp_path])) == ["carol", "dan", "dan (extra.ipynb)", "eve"]


def test_canvas(tmp_path):
    path = zipped(
        tmp_path / "submissions.zip",
        [(f"{name}.ipynb", notebook_bytes()) for name in ("doejane_1042_99123_hw-1", "roebob_LATE_1043_99124_my_hw")],
    )
    assert [(s.student, s.file) for s in collect([path])] == [("doejane", "hw-1.ipynb"), ("roebob", "my_hw.ipynb")]


def test_moodle_lists_who_handed_in_something_else(tmp_path):
    path = zipped(
        tmp_path / "course.zip",
        [
            ("Jané Doe_512_assignsubmission_file_/hw.ipynb", notebook_bytes()),
            ("Bob O'Neil_513_assignsubmission_file_/hw.pdf", b"%PDF"),
        ],
    )
    jane, bob = collect([path])
    assert (jane.student, jane.problem) == ("Jané Doe", "")
    assert bob.student == "Bob O'Neil"
    assert "hw.pdf" in bob.problem


def test_gradescope(tmp_path):
    metadata = (
        "---\n"
        "submission_7:\n"
        "  :submitters:\n"
        "  - :name: Jane Doe\n"
        "    :sid: '12'\n"
        "    :email: jane@example.org\n"
        "  - :name: 'Miles O''Brien'\n"
        "    :sid:\n"
        "  :created_at: 2026-03-01 10:00:00.000000000 Z\n"
        "  :score: 0.0\n"
        "  :history:\n"
        "  - :name: Someone Else\n"
        "submission_8:\n"
        "  :submitters:\n"
        '  - :name: "Zoë \\"Z\\" Ng"\n'
    )
    path = zipped(
        tmp_path / "export.zip",
        [
            ("assignment_1_export/submission_metadata.yml", metadata),
            ("assignment_1_export/submission_7/hw.ipynb", notebook_bytes()),
            ("assignment_1_export/submission_8/hw.ipynb", notebook_bytes()),
        ],
    )
    assert [s.student for s in collect([path])] == ["Jane Doe, Miles O'Brien", 'Zoë "Z" Ng']


def test_outer_folder_and_litter_are_left_out(tmp_path):
    path = zipped(
        tmp_path / "c.zip",
        [
            ("class/alice/hw.ipynb", notebook_bytes()),
            ("class/bob/hw.ipynb", notebook_bytes()),
            ("__MACOSX/class/bob/._hw.ipynb", b"\0\5"),
            ("class/bob/.ipynb_checkpoints/hw-checkpoint.ipynb", notebook_bytes()),
        ],
    )
    assert [s.student for s in collect([path])] == ["alice", "bob"]


@pytest.mark.parametrize("make", ["nothing", "empty folder", "not a zip", "not a notebook"])
def test_what_holds_no_notebook_is_a_usage_error(tmp_path, make):
    path = tmp_path / {"not a zip": "x.zip", "not a notebook": "x.txt"}.get(make, "x")
    if make == "empty folder":
        path.mkdir()
    elif make != "nothing":
        path.write_bytes(b"hello")
    with pytest.raises(UsageError):
        collect([path])


# Hostile archives.


def test_names_that_lead_out_are_only_names(tmp_path):
    path = zipped(
        tmp_path / "c.zip",
        [(name, notebook_bytes()) for name in ("../../etc/a.ipynb", "/root/b.ipynb", "C:\\x\\c.ipynb", "fine/d.ipynb")],
    )
    found = collect([path])
    assert sorted(s.file for s in found) == ["a.ipynb", "b.ipynb", "c.ipynb", "d.ipynb"]
    assert sum(any("leads out" in note for note in s.notes) for s in found) == 3
    assert sorted(p.name for p in tmp_path.rglob("*")) == ["c.zip"]


def test_bomb_is_stopped_while_it_inflates(tmp_path):
    path = zipped(
        tmp_path / "c.zip", [("bomb.ipynb", b" " * (NOTEBOOK_BYTES + (2 << 20))), ("ok.ipynb", notebook_bytes())]
    )
    bomb, fine = collect([path])
    assert "larger than" in bomb.problem
    assert fine.problem == ""


def test_link_and_duplicate_in_an_archive(tmp_path):
    path = tmp_path / "c.zip"
    with zipfile.ZipFile(path, "w") as archive:
        link = zipfile.ZipInfo("link.ipynb")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
        archive.writestr("twice.ipynb", notebook_bytes("a = 1"))
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("twice.ipynb", notebook_bytes("a = 2"))
    link, first, second = collect([path])
    assert "link" in link.problem
    assert (sources(first), sources(second)) == (["a = 1"], ["a = 2"])
    assert first.student != second.student
    assert "several files" in second.notes[0]


def test_damaged_member_does_not_touch_the_others(tmp_path):
    path = zipped(tmp_path / "c.zip", [("a.ipynb", notebook_bytes("a" * 300)), ("b.ipynb", notebook_bytes())])
    data = bytearray(path.read_bytes())
    data[60:75] = bytes(15)
    path.write_bytes(data)
    damaged, fine = collect([path])
    assert "damaged" in damaged.problem
    assert fine.problem == ""


def test_link_in_a_clone_is_not_followed(tmp_path):
    secret = tmp_path / "secret.ipynb"
    secret.write_bytes(notebook_bytes("secret"))
    clone = tmp_path / "class" / "mallory"
    clone.mkdir(parents=True)
    (clone / "hw.ipynb").symlink_to(secret)
    os.mkfifo(clone / "pipe.ipynb")
    found = collect([tmp_path / "class"])
    assert all(s.notebook is None for s in found)
    assert "link" in found[0].problem


@given(st.binary(max_size=400), st.integers(0, 300))
@settings(max_examples=60, deadline=None)
def test_any_damage_to_an_archive(tmp_path_factory, noise, at):
    path = tmp_path_factory.mktemp("zip") / "c.zip"
    zipped(path, [("a.ipynb", notebook_bytes()), ("b/c.ipynb", notebook_bytes())])
    data = bytearray(path.read_bytes())
    data[at : at + len(noise)] = noise
    path.write_bytes(data)
    with contextlib.suppress(UsageError):
        collect([path])


# What is in them.


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "empty"),
        (b"\0" * 100, "blanks"),
        (b"PK\x03\x04rest", "zip"),
        (b"<!DOCTYPE html>", "HTML"),
        (b"%PDF-1.7", "PDF"),
        (b"[1, 2]", "not a notebook"),
        (b'{"a": 1}', "no list of cells"),
        (b"import keras\n", "line 1, column 1"),
        (b'{"cells": [\n  {"cell_type": "code",,\n', "line 2, column 24"),
        (notebook_bytes()[:-20], "ends too early"),
        (b'{"cells": [\n<<<<<<< HEAD\n', "git merge"),
        (b"[" * 100_000, "nested too deeply"),
        (json.dumps(raw(metadata={"a": json.loads("[" * DEPTH + "]" * DEPTH)})).encode(), "nested too deeply"),
        (b'{"cells": [], "nbformat": 5}', "format version is 5"),
        (b'{"cells": [], "n": ' + b"9" * 5000 + b"}", "not valid JSON"),
        (b" " * (NOTEBOOK_BYTES + 1), "at most 50 MB"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_unreadable_says_where_and_what_to_do(data, said):
    found = read_submission("alice", "a.ipynb", data)
    assert found.notebook is None
    assert said in found.problem
    with pytest.raises(SubmissionError):
        read_notebook(data)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"\xef\xbb\xbf" + notebook_bytes(), "byte order mark"),
        (b"\xff\xfe" + notebook_bytes().decode().encode("utf-16-le"), "byte order mark"),
        (notebook_bytes() + b"\0\0\0", "NUL"),
        (notebook_bytes() + b"\n}}", "after the end"),
        (notebook_bytes("# caf\u00e9\nx = 1").decode().encode("cp1252"), "not UTF-8"),
        (json.dumps(raw(cells=[{**raw()["cells"][0], "id": "same"}] * 2)).encode(), "occurs twice"),
        (json.dumps({k: v for k, v in raw().items() if k != "nbformat"}).encode(), "no format version"),
        (json.dumps(raw(cells=[{**raw()["cells"][0], "outputs": [{"output_type": "??"}]}])).encode(), "saved outputs"),
        (notebook_bytes("x = '\\ud800'").replace(b"\\\\ud800", b"\\ud800"), "surrogates"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_repaired_and_said(data, said):
    found = read_submission("alice", "a.ipynb", data)
    assert found.problem == ""
    assert any(said in note for note in found.notes)
    nbformat.validate(found.notebook)
    nbformat.writes(found.notebook).encode()


def test_missing_ids_of_older_notebooks_are_filled_the_same_way_each_time():
    old = raw(nbformat_minor=4)
    for cell in old["cells"]:
        del cell["id"]
    first, second = (read_notebook(json.dumps(old).encode()) for _ in range(2))
    assert first == second
    assert first.cells[0].id
    assert read_repaired(json.dumps(old).encode())[1] == ()


def test_version_3_is_converted():
    old = {
        "nbformat": 3,
        "nbformat_minor": 0,
        "metadata": {"name": ""},
        "worksheets": [
            {
                "metadata": {},
                "cells": [
                    {"cell_type": "heading", "level": 1, "metadata": {}, "source": ["Title"]},
                    {
                        "cell_type": "code",
                        "collapsed": False,
                        "input": ["x = 1\n", "y = 2"],
                        "language": "python",
                        "metadata": {},
                        "outputs": [],
                    },
                ],
            }
        ],
    }
    found = read_submission("alice", "a.ipynb", json.dumps(old).encode())
    assert [c.source for c in found.notebook.cells] == ["# Title", "x = 1\ny = 2"]
    assert any("nbformat 3" in note for note in found.notes)


def test_the_class_reads_as_it_is_written():
    found = read_submission("alice", "a.ipynb", notebook_bytes("a = 1\n", "print('ü')"))
    assert found.notes == ()
    assert sources(found) == ["a = 1\n", "print('ü')"]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=10,
)
cell_like = st.dictionaries(
    st.sampled_from(["cell_type", "source", "outputs", "id", "metadata", "execution_count", "attachments", "input"]),
    st.sampled_from(["code", "markdown", "x", 1, None]) | json_values,
    max_size=6,
)
notebook_like = st.fixed_dictionaries(
    {},
    optional={
        "cells": st.lists(cell_like | json_values, max_size=4) | json_values,
        "nbformat": st.sampled_from([3, 4, 4.0, "4", None, True]),
        "nbformat_minor": json_values,
        "metadata": json_values,
        "worksheets": st.lists(st.dictionaries(st.just("cells"), st.lists(cell_like, max_size=3)), max_size=2),
    },
)


@given(st.binary(max_size=300) | notebook_like.map(lambda n: json.dumps(n).encode()))
@settings(max_examples=150, deadline=None)
def test_any_bytes_are_a_submission(data):
    found = read_submission("alice", "a.ipynb", data)
    assert (found.notebook is None) == bool(found.problem)
    if found.notebook is not None:
        nbformat.validate(found.notebook)
        again = read_submission("alice", "a.ipynb", nbformat.writes(found.notebook).encode())
        assert again.problem == ""


@given(st.integers(0, 600), st.binary(max_size=20))
@settings(max_examples=80, deadline=None)
def test_any_damage_to_a_notebook(at, noise):
    data = bytearray(notebook_bytes("import keras\nmodel = keras.Sequential()"))
    data[at : at + len(noise)] = noise
    found = read_submission("alice", "a.ipynb", bytes(data))
    assert (found.notebook is None) == bool(found.problem)


def test_where_a_file_breaks_is_shown_with_the_text_nearby() -> None:
    data = b'{"cells": [],\n "metadata": {"kernelspec": oops}}'
    with pytest.raises(SubmissionError) as found:
        read_repaired(data)
    assert "line 2, column" in found.value.what
    assert "near '" in found.value.what
    assert '"kernelspec": oops' in found.value.what
