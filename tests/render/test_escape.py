"""Any text, in any format, is only text."""

import csv
import html
import io
import re
import unicodedata
from xml.etree import ElementTree as ET

from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from grader.render import escape

WILD = st.text(alphabet=st.characters()) | st.text(
    alphabet="<>&|`*_[]()#@!\\-+=~:$\"'\n\r\t \x1b\x9bw.1a/h\u202e\u200b"
)
INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


@given(WILD)
@example("\x1b[31m\u202e\u200b\ud800\ufffe\U000e0041")
def test_nothing_invisible_is_left(text):
    shown = escape.visible(text)
    assert not [c for c in shown if unicodedata.category(c) in INVISIBLE and c not in "\n\t"]


@given(st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=126)))
def test_plain_text_stays_as_it_is(text):
    assert escape.visible(text) == text


def test_letters_of_all_scripts_stay():
    text = "Jürgen 王小明 Ελένη महेश שלום محمد 김 – “quoted”"
    assert escape.visible(text) == text


def test_invisible_characters_are_shown_in_pythons_notation():
    assert escape.visible("a\x1bb\u202ec\U000e0041\x85") == "a\\x1bb\\u202ec\\U000e0041\\x85"


@given(WILD, st.integers(2, 20))
def test_one_line_is_one_line_and_keeps_its_limit(text, limit):
    shown = escape.one_line(text, limit=limit)
    assert len(shown) <= limit
    assert not set(shown) & set("\n\r\t")


def test_ansi_sequences_are_taken_out_whole():
    assert escape.strip_ansi("\x1b[1;31mred\x1b[0m \x1b]8;;http://evil\x07link\x1b]8;;\x07 \x9b2Jx") == "red link x"


@given(WILD)
@example("=1+1")
@example("\t=1")
@example("  -1")
@example("\uff1d1")
@example("\x00=1")
def test_no_csv_cell_is_a_formula(text):
    cell = escape.csv_cell(text)
    assert not re.match(r"\s*[=+\-@]", unicodedata.normalize("NFKC", cell))
    shown = escape.visible(text, keep="\n")
    assert cell in {shown, f"'{shown}"}


@given(st.lists(WILD, min_size=1))
def test_csv_comes_back_from_a_reader(texts):
    cells = [escape.csv_cell(text) for text in texts]
    out = io.StringIO()
    csv.writer(out).writerow(cells)
    assert next(csv.reader(io.StringIO(out.getvalue(), newline=""))) == cells


@given(WILD)
@example("<script>alert(1)</script>")
@example("| a | b |")
@example("[x](javascript:1) ![y](z)")
@example("---")
@example("1. one")
@example("    code")
@example("&lt;b&gt; \\<b>")
@example("~~x~~ **y** _z_ `w` $m$")
@example("www.evil.example https://evil.example")
def test_markdown_shows_the_text_and_nothing_else(text):
    rendered = MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(f"- x\n  {escape.markdown(text)}")
    inner = re.fullmatch(r"<ul>\n<li>x\n?(.*?)</li>\n</ul>\n", rendered, re.DOTALL)
    assert inner is not None
    assert "<" not in inner[1]
    assert html.unescape(inner[1]).replace("\u200b", "") == escape.one_line(text)


def test_markdown_breaks_mentions_issues_and_addresses():
    shown = escape.markdown("@team #12 https://x.y www.x.y")
    assert "@team" not in shown
    assert "#12" not in shown
    assert "https:/" not in shown
    assert "www." not in shown


@given(WILD)
def test_xml_takes_any_text(text):
    element = ET.Element("a", b=escape.xml_text(text))
    element.text = escape.xml_text(text)
    parsed = ET.fromstring(ET.tostring(element, encoding="unicode"))
    assert (parsed.text or "") == escape.xml_text(text)


@given(WILD)
def test_encodable_text_can_be_encoded(text):
    escape.encodable(text).encode("utf-8")
