"""The feedback page: what stands where, and that nothing of the student's acts."""

import copy
import re
import time

import pytest
from bs4 import BeautifulSoup
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.render import Work, html
from grader.render.notebook_html import fragments
from grader.render.sanitize import sanitize

WILD = st.text(alphabet=st.characters()) | st.text(alphabet="<>&\"'`=/ aimgscriptonx:!-\n\x1b")


def soup(text):
    return BeautifulSoup(text, "html.parser")


@pytest.fixture(scope="module")
def page(samples):
    return soup(html.render_html(samples.report(), samples.notebook(), samples.outputs()))


def inert(parsed):
    """No element, attribute or address that could act or load."""
    assert not parsed.find_all(["script", "iframe", "form", "input", "object", "embed", "base", "link", "template"])
    for element in parsed.find_all(True):
        assert not [name for name in element.attrs if name.lower().startswith("on") or name in {"style", "srcset"}]
        for name in ("href", "src", "action", "xlink:href"):
            address = element.get(name, "#")
            assert re.match(r"(#|https?://|mailto:|data:image/(png|jpeg|svg\+xml);base64,)", address), address
        if element.name == "img":
            assert element["src"].startswith("data:image/")
    assert [m.get("http-equiv") for m in parsed.find_all("meta") if m.get("http-equiv")] == ["Content-Security-Policy"]
    assert len(parsed.find_all("style")) == 1


def test_the_summary_says_score_status_and_what_to_do(page):
    summary = page.select_one(".summary")
    assert summary.select_one("h1").text == "ada"
    assert summary.select_one(".score").get_text() == "Score: 4.5 of 11"
    assert summary.select_one(".status").text == "errors"
    steps = summary.select(".steps li")
    assert [s.a.text for s in steps] == [
        "The network has the reference's layers",
        "Test accuracy is within reach of the reference's",
        "Pixels are scaled to 0–1",
    ]
    assert all(page.select_one(s.a["href"]) for s in steps)


def test_findings_stand_beside_their_cell_or_under_their_exercise(page):
    beside = page.find(id="cell-3").parent.select(".beside .finding h4")
    assert [h.get_text(" ", strip=True) for h in beside] == ["✗ not yet The network has the reference's layers 0/2"]
    exercise = next(s for s in page.select(".exercise") if "Train it" in s.h3.text)
    assert [f.h4.span.get("title") for f in exercise.select(".finding")] == ["could not be checked", "not yet"]
    assert len(page.select(".finding")) == 8


def test_the_first_difference_of_the_layers_is_marked(page):
    rows = page.select(".layers tbody tr")
    assert [row["class"] for row in rows] == [["same"], ["first"], ["other"], ["other"]]
    assert rows[1].td.get_text() == "►first difference"
    assert "no layer" in rows[2].get_text()


def test_curves_are_drawn_with_title_and_description(page):
    charts = page.select("svg.chart")
    assert [c.title.text for c in charts] == ["accuracy by epoch", "loss by epoch"]
    assert len({e["id"] for e in page.find_all(id=True)}) == len(page.find_all(id=True))


def test_errors_are_folded_under_their_root(page):
    (first, second, not_run) = page.select(".failures > li")
    assert "cell 6: TypeError" in first.get_text()
    assert "2 later errors only followed from it" in first.details.get_text()
    assert "300 s for one cell" in second.get_text()
    assert "not run: cell 10" in not_run.get_text()
    notes = [page.find(id=f"cell-{i}").parent.select_one(".note") for i in (7, 8)]
    assert [n.a["href"] for n in notes] == ["#cell-6", "#cell-6"]


def test_models_name_the_graded_one_and_why(page):
    (chosen,) = page.select("tr.chosen")
    assert "net, model" in chosen.get_text()
    assert "as network: trained on 60,000 rows" in chosen.get_text()


def test_outputs_are_those_of_the_graded_run_never_the_stored_ones(samples):
    notebook = copy.deepcopy(samples.notebook())
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = [{"output_type": "stream", "name": "stdout", "text": "STORED accuracy 1.0"}]
    text = html.render_html(samples.report(), notebook, samples.outputs())
    assert "STORED" not in text
    assert "(60000, 784)" in text


def test_progress_bars_and_long_outputs_are_short(page):
    assert "469/469" in page.find(id="cell-4").get_text()
    assert "468/469" not in page.get_text()
    folded = page.find(id="cell-9").select_one("details")
    assert folded.summary.text == "370 more lines"


def test_an_unreadable_file_has_a_page(samples):
    page = soup(html.one(samples.bare("b", samples.Status.UNREADABLE, "line 1 is not JSON"), Work()))
    assert "line 1 is not JSON" in page.select_one(".summary").get_text()
    assert not page.select(".notebook")


def test_ungraded_is_no_zero(samples):
    page = soup(html.one(samples.bare("b", samples.Status.MACHINE_ERROR, "out of disk"), Work()))
    assert page.select_one(".score").get_text() == "Score: – of 11"


def test_full_marks_say_so(samples):
    assert "everything that was asked is there" in html.one(samples.full_marks(), Work())


def test_the_page_loads_nothing_and_allows_only_its_own_style(samples, page):
    inert(page)
    policy = page.find("meta", attrs={"http-equiv": True})["content"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    inert(soup(html.many(samples.a_class())))


def test_the_hostile_notebook_is_inert(samples):
    page = soup(
        html.render_html(samples.hostile(samples.ATTACK), samples.hostile_notebook(), samples.hostile_outputs())
    )
    inert(page)
    assert page.select_one(".score").get_text() == "Score: 4.5 of 11"
    assert len(page.select(".score")) == len(page.select("header.card")) == 1
    assert len(page.select(".cell")) == 5


def test_links_of_the_index_are_paths(samples):
    page = soup(html.render_index([samples.report(), samples.full_marks()], ["ada 1.html", "javascript:alert(1)"]))
    assert [a["href"] for a in page.select(".class a")] == ["ada%201.html", "javascript%3Aalert%281%29"]


def test_the_index_counts_what_was_missed(samples):
    page = soup(html.render_index(samples.a_class()))
    assert len(page.select(".class tbody tr")) == 11
    assert "Pixels are scaled to 0–1 6 of 11" in " ".join(page.get_text().split())


def test_names_between_backticks_are_code_and_nothing_else_is():
    assert str(html.ticked("use `x<y` & <b>")) == "use <code>x&lt;y</code> &amp; &lt;b&gt;"


@given(WILD)
@settings(deadline=None, max_examples=40)
def test_any_text_adds_no_element_to_the_page(samples, text):
    def tags(parsed):
        return [e.name for e in parsed.find_all(True) if e.name != "code"]

    hostile = soup(html.one(samples.hostile(f"a{text}".replace("`", "'")), Work()))
    assert tags(hostile) == tags(soup(html.one(samples.hostile("plain"), Work())))


@given(WILD)
@settings(deadline=None, max_examples=40)
def test_any_text_in_a_cell_stays_inert(text):
    cells = [{"cell_type": kind, "source": text} for kind in ("code", "markdown", "raw", "else")]
    outputs = {
        0: [{"output_type": "display_data", "data": {k: text}} for k in ("text/html", "text/markdown", "text/x")]
    }
    for fragment in fragments({"cells": cells}, outputs):
        parsed = soup(fragment)
        assert not parsed.find_all(
            ["script", "style", "iframe", "form", "svg", "math", "object", "meta", "link", "base"]
        )
        for element in parsed.find_all(True):
            assert set(element.attrs) <= {"class", "href", "src", "alt", "title", "start"}


@pytest.mark.parametrize(
    ("given_html", "kept"),
    [
        ("<b onclick=x>y</b>", "<b>y</b>"),
        ("<p class='card score' id=x style='color:red'>t</p>", "<p>t</p>"),
        ("<span class='ansi-red-fg'>t</span>", '<span class="ansi-red-fg">t</span>'),
        ("<span class='score'>t</span>", "<span>t</span>"),
        ("<a href='JavaScript:x'>t</a>", "<a>t</a>"),
        ("<a href='https://keras.io'>t</a>", '<a href="https://keras.io">t</a>'),
        ("<a href='data:text/html,x'>t</a>", "<a>t</a>"),
        ("<img src='http://evil.example/x.png'>", ""),
        ("<img src='data:image/svg+xml;base64,AAAA'>", ""),
        ("<style>p{}</style><td>", ""),
        ("<table><tr><td rowspan='2' bgcolor=red>t", '<table><tbody><tr><td rowspan="2">t</td></tr></tbody></table>'),
        ("<b>unclosed", "<b>unclosed</b>"),
        ("</div></div>t", "t"),
    ],
)
def test_sanitized(given_html, kept):
    assert sanitize(given_html) == kept


def test_a_cell_that_breaks_markdown_is_shown_as_it_is():
    deep = ">" * 3000 + "x"
    (fragment,) = fragments({"cells": [{"cell_type": "markdown", "source": deep}]}, {})
    assert "x" in fragment


def test_a_missing_attachment_breaks_nothing():
    source = "**bold** ![a](attachment:gone.png)"
    (fragment,) = fragments({"cells": [{"cell_type": "markdown", "source": source}]}, {})
    assert "<strong>bold</strong>" in fragment


def test_an_attached_picture_is_shown(samples):
    cell = {"cell_type": "markdown", "source": "![a](attachment:my%20p.png)"}
    cell["attachments"] = {"my p.png": {"image/png": samples.png()}}
    (fragment,) = fragments({"cells": [cell]}, {})
    assert 'src="data:image/png;base64,' in fragment


def test_endless_nesting_is_shown_as_text_in_no_time():
    output = {"output_type": "display_data", "data": {"text/html": "<div>" * 20_000}}
    started = time.perf_counter()
    (fragment,) = fragments({"cells": [{"cell_type": "code", "source": ""}]}, {0: [output]})
    assert time.perf_counter() - started < 5
    assert "&lt;div&gt;&lt;div&gt;" in fragment
