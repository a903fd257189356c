"""Cell outputs: progress bars, streams in pieces, and what is no output at all."""

from hypothesis import given
from hypothesis import strategies as st

from grader.render.outputs import coloured, final_state, readable

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["output_type", "text", "data", "name", "traceback", "ename", "text/html", "image/png"]), inner),
)  # fmt: skip


def stream(text, name="stdout"):
    return {"output_type": "stream", "name": name, "text": text}


def test_a_progress_bar_is_shown_in_its_final_state(samples):
    shown = final_state(samples.progress_bar())
    assert shown.count("\n") == 2
    assert "469/469" in shown
    assert "468/469" not in shown


def test_a_progress_bar_in_pieces_is_joined_first():
    (output,) = readable([stream("1/3"), stream("\r2/3"), stream("\r3/3\n"), stream(" done")])
    assert output["text"] == "3/3\n done"


def test_streams_of_two_names_stay_apart():
    shown = readable([stream("a"), stream("w", "stderr"), stream("b")])
    assert [(o["name"], o["text"]) for o in shown] == [("stdout", "a"), ("stderr", "w"), ("stdout", "b")]


def test_single_backspaces_erase_and_windows_line_ends_are_lines():
    assert final_state("abx\bc\r\nd\r\n") == "abc\nd\n"


def test_a_bar_that_ends_with_a_return_keeps_its_last_line():
    assert final_state("1/2\r2/2\r") == "2/2"


def test_colours_stay_and_other_sequences_go():
    assert coloured("\x1b[31mred\x1b[0m\x1b[2J\x1b]0;title\x07\x00") == "\x1b[31mred\x1b[0m\\x00"


def test_a_picture_must_be_one(samples):
    good = {"output_type": "display_data", "data": {"image/png": samples.png(), "text/plain": "x"}}
    fake = {"output_type": "display_data", "data": {"image/png": 'QUJD" onload=x', "text/plain": "x"}}
    assert list(readable([good])[0]["data"]) == ["image/png"]
    assert readable([fake])[0]["data"] == {"text/plain": "x"}


def test_scripts_and_widgets_give_way_to_their_text():
    kinds = {"application/javascript": "alert(1)", "application/vnd.jupyter.widget-view+json": {}, "text/plain": "x"}
    (output,) = readable([{"output_type": "display_data", "data": kinds}])
    assert output["data"] == {"text/plain": "x"}


@given(st.lists(JSON))
def test_nothing_that_is_no_output_hurts(outputs):
    for output in readable(outputs):
        assert output["output_type"] in {"stream", "display_data", "error"}
