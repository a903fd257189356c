"""Curves as text and as SVG."""

from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.render.spark import LONGEST, place, spark
from grader.render.svg import HEIGHT, WIDTH, chart, describe
from grader.report import Curve

VALUE = st.floats(allow_nan=True, allow_infinity=True, width=32)
BAND = st.lists(VALUE, max_size=50).map(tuple)


def test_the_spark_rises_with_the_values():
    drawn = spark(Curve(metric="accuracy", values=(0.0, 0.5, 1.0)))
    assert drawn.line == "▁▅█"
    assert drawn.band == ""
    assert drawn.words == "epoch 3: 1"


def test_the_band_says_where_each_epoch_lies():
    curve = Curve(metric="loss", values=(5, 1.5, 0, None), lower=(1, 1, 1, 1), upper=(2, 2, 2, 2))
    assert spark(curve).band == "▲=▼"
    assert [place(curve, e) for e in range(5)] == ["above", "inside", "below", "", ""]
    assert spark(curve).words == "epoch 4: not finite (reference 1–2)"


def test_long_curves_are_thinned():
    assert len(spark(Curve(metric="mae", values=tuple(range(500)))).line) == LONGEST


def test_the_chart_names_itself_and_stays_in_its_frame(samples):
    root = ET.fromstring(chart(samples.CURVES[0], key="f-1"))
    assert root.get("aria-labelledby") == "f-1-title f-1-desc"
    assert [root.find(tag).text for tag in ("title", "desc")] == [
        "accuracy by epoch",
        "accuracy, epoch 5: 0.9655 (reference 0.985–0.993); of 5 epochs 5 below the reference's band",
    ]
    assert [c.get("class") for c in root.iter("circle")] == ["dot out"] * 5
    for x, y in (point.split(",") for shape in root.iter("polygon") for point in shape.get("points").split()):
        assert 0 <= float(x) <= WIDTH
        assert 0 <= float(y) <= HEIGHT


def test_a_gap_breaks_the_line(samples):
    root = ET.fromstring(chart(samples.CURVES[1], key="k"))
    assert len(list(root.iter("polyline"))) == 2
    assert len(list(root.iter("circle"))) == 4


@pytest.mark.parametrize("epochs", [0, 1, 2, 500])
def test_epochs_are_labelled_without_crowding(epochs):
    values = tuple(float(e) for e in range(epochs))
    root = ET.fromstring(chart(Curve(metric="m", values=values, lower=values, upper=values), key="k"))
    assert 2 <= len(list(root.iter("text"))) <= 18


@given(st.text(alphabet=st.characters()), st.lists(st.none() | VALUE, max_size=80).map(tuple), BAND, BAND)
def test_any_curve_can_be_drawn(metric, values, lower, upper):
    curve = Curve(metric=metric, values=values, lower=lower, upper=upper)
    root = ET.fromstring(chart(curve, key="k"))
    assert "nan" not in " ".join(e.get("points", "") for e in root.iter())
    assert root.find("desc").text == describe(curve)
    assert spark(curve).words
