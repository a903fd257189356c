"""Markdown through a parser that is not ours."""

import re

from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from grader.render import Work, markdown


def to_html(text):
    return MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(text)


def tags(text):
    return sorted(set(re.findall(r"<(\w+)", to_html(text))))


def test_the_class_is_one_table_and_a_fold_for_each_student(samples):
    found = to_html(markdown.many(samples.a_class()))
    table = found[found.index("<table>") : found.index("</table>")]
    assert table.count("<tr>") == 12
    assert found.count("<details>") == 11
    assert "1 ungraded" in found


def test_one_student_has_findings_layers_and_models(samples):
    text = markdown.one(samples.report(), Work())
    assert "- ✗ **The network has the reference's layers** 0/2 (cell 3)" in text
    assert "| ► | Dense(512, relu) → (None, 512) | 401,920 | Dense(256, relu) → (None, 256) | 200,960 |" in text
    assert "only followed from it: cell 7, 8" in text
    assert to_html(text).count("<table>") == 2


def test_hostile_texts_add_no_element(samples):
    plain = samples.hostile("plain")
    for text in samples.HOSTILE:
        assert tags(markdown.one(samples.hostile(text), Work())) == tags(markdown.one(plain, Work()))
        assert tags(markdown.many([samples.hostile(text)])) == tags(markdown.many([plain]))


@given(st.text(alphabet=st.characters(), min_size=1))
def test_any_text_adds_no_element(samples, text):
    report = samples.hostile(text)
    assert set(tags(markdown.one(report, Work()))) <= set(tags(markdown.one(samples.hostile("plain"), Work())))


def test_what_does_not_fit_is_left_out_with_a_note(samples):
    reports = [samples.report(f"student-{i}") for i in range(400)]
    text = markdown.many(reports)
    assert len(text.encode()) <= 1024 * 1024
    assert text.rstrip().endswith("one step's summary._")
    assert "student-399 |" not in text[-2000:]
    assert "left out" not in markdown.many(reports[:5])


def test_one_student_with_endless_texts_fits(samples):
    assert len(markdown.one(samples.hostile("<" * 500_000), Work()).encode()) <= 1024 * 1024
