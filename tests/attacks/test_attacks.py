"""Hostile inputs graded together with honest ones: contained, named rightly, without gain, and nobody else notices."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest
from attacks.attack import Attack
from attacks.batch import Batch
from attacks.catalogue import ALL, FAMILIES
from attacks.course import FULL
from attacks.held import canaries_in, problems
from attacks.honest import HONEST, LOSES_UNDER
from attacks.table import ROW
from bs4 import BeautifulSoup

pytestmark = pytest.mark.xdist_group("attacks")

HARMLESS = re.compile(r"#|data:image/|[A-Za-z0-9_-]+\.html$")
OBEYED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
FORMULA = ("=", "+", "-", "@")
NUMBER = re.compile(r"-?[0-9.]+")
by_name = pytest.mark.parametrize("attack", ALL, ids=lambda attack: attack.name)


@pytest.mark.slow
@by_name
def test_attacks(everything: Batch, attack: Attack) -> None:
    assert not list(problems(attack, everything))


@pytest.mark.slow
@pytest.mark.parametrize("name", HONEST)
def test_honest_notebooks_keep_their_marks_among_attacks(everything: Batch, name: str) -> None:
    together, alone = everything.reports[name], everything.alone[name]
    assert together["score"] == FULL or name in LOSES_UNDER.get(everything.level, {})
    assert together["findings"] == alone["findings"]
    assert together["status"] == alone["status"]
    assert not together["honesty"]


@pytest.mark.slow
def test_nothing_outside_was_reached_or_changed(everything: Batch) -> None:
    assert not everything.heard
    assert not everything.changed


@pytest.mark.slow
def test_no_output_holds_a_secret(everything: Batch) -> None:
    assert not canaries_in(everything)


@pytest.mark.slow
def test_the_batch_is_whole(everything: Batch) -> None:
    graded = {name for attack in ALL for name in attack.graded_as} | set(HONEST)
    assert graded <= set(everything.reports)


@pytest.mark.slow
def test_pages_hold_nothing_that_runs_loads_or_hides(everything: Batch) -> None:
    pages = sorted(everything.shown.rglob("*.html"))
    assert len(pages) > len(ALL)
    for path in pages:
        page = BeautifulSoup(path.read_text(), "html.parser")
        assert not page.find_all(["script", "iframe", "form", "base", "object", "embed", "link", "foreignobject"]), path
        policy = page.find("meta", attrs={"http-equiv": "Content-Security-Policy"})
        assert policy is not None
        assert "default-src 'none'" in str(policy["content"])
        for tag in page.find_all(True):
            assert not [name for name in tag.attrs if name.lower().startswith("on")], path
            addresses = [str(tag[name]) for name in ("href", "src", "action", "srcset", "data") if tag.has_attr(name)]
            assert all(HARMLESS.match(address) for address in addresses), f"{path}: {addresses}"


@pytest.mark.slow
def test_texts_hold_no_sign_that_is_obeyed(everything: Batch) -> None:
    for path in sorted(everything.shown.rglob("*.*")):
        if path.suffix != ".json":  # data, which escapes control characters, and whose reader decides what it shows
            assert not OBEYED.search(path.read_text()), path
    with (everything.shown / "class.csv").open(newline="") as table:
        for row in csv.reader(table):
            assert not [cell for cell in row if cell[:1] in FORMULA and not NUMBER.fullmatch(cell)]


def test_the_catalogue_is_what_it_promises() -> None:
    names = [attack.name for attack in ALL]
    assert len(names) == len(set(names)) >= 60
    assert len(HONEST) == 20
    assert {attack.look_alike for attack in ALL} - {""} <= set(HONEST)
    assert len(FAMILIES) == 7


def test_the_committed_table_lists_these_attacks() -> None:
    page = (Path(__file__).parents[2] / "docs/security.md").read_text()
    assert ROW.findall(page) == [attack.name for attack in ALL]
    assert "not contained**" not in page
    assert page.count("| attack | tries | bubblewrap | landlock | none | what comes of it |") == len(FAMILIES)
    assert all(f"not run: {attack.unsafe}" in page for attack in ALL if attack.unsafe)
    for told in (
        "no isolation. Notebooks run with your rights",
        "Run without isolation.",
        "Run with reduced isolation",
    ):
        assert told in page
