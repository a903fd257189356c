"""The hostile page in a real browser: nothing runs, nothing is fetched, the mark is seen."""

import shutil

import pytest

from grader.render import html

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def browser():
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("no chromium on this machine")
    with playwright.sync_playwright() as running:
        opened = running.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        yield opened
        opened.close()


@pytest.fixture
def opened(browser, tmp_path):
    """Opens a page from a file and watches it."""
    contexts = []

    def show(text, **options):
        context = browser.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        page.seen = []
        page.failures = {}
        page.on("dialog", lambda dialog: (page.seen.append(f"dialog {dialog.message}"), dialog.dismiss()))
        page.on("request", lambda request: page.seen.append(request.url))
        page.on("requestfailed", lambda request: page.failures.update({request.url: request.failure}))
        page.on("console", lambda message: page.seen.append(message.text))
        page.on("popup", lambda _: page.seen.append("popup"))
        file = tmp_path / "page.html"
        file.write_text(text)
        page.goto(file.as_uri())
        page.wait_for_timeout(300)
        page.seen[:] = [s for s in page.seen if s != file.as_uri() and not s.startswith("data:image/")]
        return page

    yield show
    for context in contexts:
        context.close()


def test_nothing_of_a_hostile_notebook_acts(samples, opened):
    report = samples.hostile(samples.ATTACK)
    page = opened(html.render_html(report, samples.hostile_notebook(), samples.hostile_outputs()))
    title = page.title()
    score = page.locator("header .score")
    assert score.is_visible()
    assert score.inner_text().split()[-3:] == ["4.5", "of", "11"]
    box = score.bounding_box()
    inside = "([x, y]) => document.elementFromPoint(x, y).closest('.score') !== null"
    score.scroll_into_view_if_needed()
    assert page.evaluate(inside, [box["x"] + 5, box["y"] + box["height"] / 2])
    for link in page.locator("main a").all()[:20]:
        if (link.get_attribute("href") or "").startswith("#"):
            link.click(force=True)
    assert page.seen == []
    assert page.title() == title
    assert "pwned" not in title or title.startswith("<script>")


def test_markup_that_slipped_through_would_still_be_inert(samples, opened):
    """The policy alone: the attack is put into the page raw."""
    text = html.render_html(samples.report(), samples.notebook(), samples.outputs())
    attack = (
        "<script>document.title='pwned'</script><img src='http://evil.example/' onerror=\"document.title='pwned'\">"
    )
    attack += "<style>.score{display:none}</style><p style='position:fixed;inset:0'>x</p>"
    page = opened(text.replace('<section class="notebook"', f'{attack}<section class="notebook"'))
    assert page.title().startswith("ada")
    assert page.locator("header .score").is_visible()
    assert page.failures == {"http://evil.example/": "csp"}
    assert any("Content Security Policy" in s for s in page.seen)


@pytest.mark.parametrize("width", [360, 400, 1200])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_fits_and_reads_in_light_and_dark(samples, opened, width, scheme):
    text = html.render_html(samples.report(), samples.notebook(), samples.outputs())
    page = opened(text, viewport={"width": width, "height": 800}, color_scheme=scheme)
    assert page.evaluate("document.documentElement.scrollWidth") == width
    ground, ink = page.evaluate(
        "[getComputedStyle(document.body).backgroundColor, getComputedStyle(document.body).color]"
    )
    bright = {name: sum(map(int, colour[4:-1].split(","))) for name, colour in (("ground", ground), ("ink", ink))}
    assert (bright["ground"] > bright["ink"]) == (scheme == "light")
    assert page.seen == []


def test_folds_open_without_scripts(samples, opened):
    text = html.render_html(samples.report(), samples.notebook(), samples.outputs())
    page = opened(text, java_script_enabled=False)
    fold = page.locator(".failures details").first
    fold.locator("summary").click()
    assert fold.locator("li").first.is_visible()


@pytest.mark.parametrize("width", [360, 1200])
def test_an_answer_that_waits_is_read_and_acts_on_nothing(samples, opened, width):
    text = f"{samples.ATTACK}\n\n{'x' * 400}\nIt learns by heart."
    page = opened(
        html.render_html(samples.for_student(samples.waiting(text)), None, {}), viewport={"width": width, "height": 800}
    )
    answer = page.locator(".finding.waiting .answer")
    assert answer.is_visible()
    assert "<script>" in answer.inner_text()
    assert answer.inner_text().endswith("It learns by heart.")
    assert "2 points wait for a human" in page.locator("header .waits").inner_text()
    assert page.locator(".rubric li").count() == 1
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert page.title().startswith("ada")
    assert page.seen == []


def test_the_index_says_whose_answers_wait(samples, opened):
    page = opened(html.render_index([samples.waiting(), samples.full_marks()]))
    assert page.locator("header .waits").is_visible()
    assert page.locator("td .mark.waiting").count() == 1
    assert page.seen == []


def test_the_index_fits_a_phone(samples, opened):
    page = opened(html.render_index(samples.a_class()), viewport={"width": 400, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") == 400
    assert page.locator(".class .total").first.is_visible()
    assert page.seen == []
