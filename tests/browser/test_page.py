"""report.html as people open it: two sizes, light and dark, with scripts and without; what it says, asks and shows."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from chimera_report.tools.render.figures import COLOURS

from .pages import PAYLOADS, long_names, made, nasty  # type: ignore[import-not-found]

SIZES = pytest.mark.parametrize("size", ["wide", "narrow"])
SCHEMES = ("light", "dark")


@pytest.fixture(scope="session")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made(tmp_path_factory.mktemp("page"))


@pytest.fixture(scope="session")
def evil(report: Path) -> Path:
    return nasty(report)


@SIZES
def test_with_scripts(report: Path, opened: Any, size: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    with opened(report, size=size) as watched:
        page = watched.page
        watched.draw_all()
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)
            page.locator(f"#theme:text-is('{'Light' if scheme == 'dark' else 'Dark'}')").wait_for()
            width = page.evaluate("document.documentElement.scrollWidth")
            assert width <= page.viewport_size["width"], "the page scrolls sideways"
            assert _serious(page, Axe) == []
        assert _unfit(page) == []
        assert watched.said == [] and watched.asked == [report.resolve().as_uri()]


# Of each chart that is shown: what of it does not fit, in words.
_UNFIT = """figure => {
  const draw = figure.querySelector('.draw'), found = [];
  const svg = [...draw.querySelectorAll('svg')].find((s) => s.getBoundingClientRect().width > 0);
  const box = svg.getBoundingClientRect(), room = draw.clientWidth - parseFloat(getComputedStyle(draw).paddingLeft);
  if (box.width > room + 1) found.push(`is ${box.width} px wide in ${room} px`);
  const fixed = !draw.querySelector('div'); // of these there is one for all narrow screens
  if (box.width < (fixed ? 0.8 : 0.93) * svg.getAttribute('width')) found.push('is made smaller, type and all');
  if (draw.scrollWidth > draw.clientWidth + 1) found.push('scrolls sideways');
  const plot = svg.querySelector('path.background');
  if (plot.getBoundingClientRect().width < 90) found.push('has no room for its marks');
  for (const text of svg.querySelectorAll('text')) {
    const at = text.getBoundingClientRect();
    const wide = at.right > box.right + 1 || at.left < box.left - 1;
    const high = at.bottom > box.bottom + 1 || at.top < box.top - 1;
    if (at.width && (wide || high)) found.push(`cuts off "${text.textContent}"`);
  }
  return found.map((what) => `${figure.dataset.chart} ${what}`);
}"""


def _unfit(page: Any) -> list[str]:
    return [what for figure in page.locator("figure[data-chart]").all() for what in figure.evaluate(_UNFIT)]


@pytest.mark.parametrize("size", ["narrow", "least"])
def test_charts_with_long_names_fit_a_narrow_screen(report: Path, opened: Any, size: str) -> None:
    page = long_names(report)
    with opened(page, size=size, scripts=False) as watched:
        assert watched.page.locator("figure[data-chart]").count() >= 5
        assert _unfit(watched.page) == []
    with opened(page, size=size) as watched:
        watched.draw_all()
        assert _unfit(watched.page) == []


def _serious(page: Any, axe: Any) -> list[str]:
    """What axe-core finds, but for minor advice. The page's own policy keeps scripts out, so axe comes by CDP."""
    violations = axe().run(page).response["violations"]
    return [f"{v['id']}: {v['nodes'][0]['html'][:200]}" for v in violations if v["impact"] != "minor"]


@SIZES
def test_without_scripts(report: Path, opened: Any, size: str) -> None:
    with opened(report, size=size, scripts=False) as watched:
        page = watched.page
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)
            assert page.locator("figure svg:visible").count() == page.locator("figure").count()
        assert _unfit(page) == []
        note = page.locator("a.note").first
        assert page.locator(f"{note.get_attribute('href')}").count() == 1
        assert page.locator("#search").is_visible() is False
        assert watched.asked == [report.resolve().as_uri()]
        assert [s for s in watched.said if not s.startswith("info")] == []


def test_evidence_by_mouse_and_by_keyboard(report: Path, opened: Any) -> None:
    with opened(report) as watched:
        page = watched.page
        number = page.locator("section p .f, section li .f").first
        number.click()
        panel = page.locator("#panel")
        panel.wait_for(state="visible")
        assert number.inner_text().split()[0].lower() in panel.inner_text().lower()
        page.keyboard.press("Escape")
        assert panel.is_hidden()
        note = page.locator("a.note").nth(3)
        note.focus()
        page.keyboard.press("Enter")
        panel.wait_for(state="visible")
        assert "sha256" in panel.inner_text() and "runs.csv" in panel.inner_text()
        page.keyboard.press("Escape")
        assert page.evaluate("document.activeElement.classList.contains('note')"), "the focus comes back"
        for fold in page.locator("main .fold").all():
            fold.locator("> summary").click()
        cells = page.locator("table.sortable:has(.f) .f[tabindex='0']")
        cells.first.focus()
        page.keyboard.press("ArrowRight")
        page.keyboard.press("Enter")
        panel.wait_for(state="visible")
        assert watched.said == []


def test_points_are_explained_by_keyboard_and_without_scripts(report: Path, opened: Any) -> None:
    for scripts in (True, False):
        with opened(report, scripts=scripts) as watched:
            page = watched.page
            finding = page.locator("#s-findings .card").first
            told = finding.locator("details.why")
            assert told.locator("dl").is_hidden()
            told.locator("summary").focus()
            page.keyboard.press("Enter")
            terms = told.locator("dt").all_inner_texts()
            assert "How it was found" in terms and "How to read it" in terms and "Read from" in terms
            assert (
                any(m in " ".join(terms).lower() for m in ("decode rate", "ttft")) and "runs.csv" in told.inner_text()
            )
            link = told.locator("dd a[href^='#s-actions-']").first
            assert page.locator(link.get_attribute("href")).count() == 1
            page.set_viewport_size({"width": 320, "height": 600})
            page.eval_on_selector_all("details", "all => all.forEach((d) => { d.open = true })") if scripts else None
            assert page.evaluate("document.documentElement.scrollWidth") <= 320, "WCAG 2.2, 1.4.10"
            assert page.locator("main details.why").count() > page.locator(".card").count()
            page.emulate_media(media="print")
            assert told.is_hidden()


def test_search_and_sorting(report: Path, opened: Any) -> None:
    with opened(report) as watched:
        page = watched.page
        page.fill("#search", "large:7b")
        page.locator("#found:has-text('place')").wait_for()
        shown = page.locator("main section > *:not(h2):not(.fold):not(.off), main .fold > *:not(summary):not(.off)")
        assert shown.count() > 0
        assert all("large:7b" in t.lower() for t in shown.all_text_contents())
        page.fill("#search", "")
        page.locator("#found:empty").wait_for(state="attached")
        assert page.locator("main .off").count() == 0
        for fold in page.locator("main .fold").all():
            fold.locator("> summary").click()
        table = page.locator("table.sortable:has(thead button)").first
        column = table.locator("thead th button").last
        column.click()
        assert table.locator("thead th").last.get_attribute("aria-sort") == "ascending"
        up = table.locator("tbody tr").all_text_contents()
        column.click()
        assert sorted(table.locator("tbody tr").all_text_contents()) == sorted(up)
        assert watched.said == []


def test_the_theme_turns_round_and_charts_with_it(report: Path, opened: Any) -> None:
    with opened(report) as watched:
        page = watched.page
        figure = page.locator("figure[data-chart]").first
        figure.scroll_into_view_if_needed()
        figure.locator(".draw > div svg").wait_for(state="attached")
        ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
        page.click("#theme")
        figure.locator(f"svg text[fill='{COLOURS['dark']['ink']}']").first.wait_for()
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") != ground
        assert page.locator("figure .draw svg").first.is_visible()
        assert watched.said == []


def test_tiles_lead_to_what_they_count(report: Path, opened: Any) -> None:
    with opened(report) as watched:
        page = watched.page
        tiles = page.locator(".tiles a")
        assert tiles.count() >= 3
        for i in range(tiles.count()):
            target = page.locator(tiles.nth(i).get_attribute("href") or "none")
            assert target.count() == 1
            head = tiles.nth(i).locator("strong").inner_text()
            shown = re.search(r"[\d,]+", head)
            assert shown is not None
            if "values" not in head:
                assert int(shown[0]) == target.locator(".card, > ul > li").count()
        first = page.locator("#s-findings .card h3").first.inner_text()
        assert tiles.first.locator("span").last.inner_text() in first


def test_the_whole_report_is_on_paper(report: Path, opened: Any) -> None:
    with opened(report) as watched:
        page = watched.page
        page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
        page.emulate_media(media="print")
        assert page.locator("nav.side").is_hidden() and page.locator("#theme").is_hidden()
        assert page.locator("main .fold").count() == page.locator("main .fold[open]").count() > 0
        assert page.locator("ol.notes li").last.is_visible()
        # Chromium repeats no head that holds a button, but where the button has no box.
        heads = page.locator("thead th button")
        assert heads.count() > 0
        assert set(heads.evaluate_all("all => all.map((b) => getComputedStyle(b).display)")) == {"contents"}
        page.set_viewport_size({"width": 688, "height": 900})  # what an A4 page leaves
        cut = "[...document.querySelectorAll('main *')].filter((e) => e.getBoundingClientRect().right > innerWidth + 1)"
        assert page.evaluate(f"{cut}.filter((e) => !e.closest('svg')).map((e) => e.outerHTML.slice(0, 80))") == []


def test_a_page_allows_nothing_but_itself(report: Path) -> None:
    text = report.read_text(encoding="utf-8")
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', text)
    assert policy is not None
    assert policy[1].startswith("default-src 'none'") and "unsafe" not in policy[1] and "http" not in policy[1]
    assert not re.search(r"\son\w+=", text.split("<script", 1)[0]) and "javascript:" not in text.split("<script", 1)[0]
    assert not re.search(r'(?:src|href)="(?!#)', text.split("<script", 1)[0])


@pytest.mark.parametrize("scripts", [True, False])
def test_markup_of_the_data_is_inert(evil: Path, opened: Any, scripts: bool) -> None:
    assert len(PAYLOADS) >= 200
    with opened(evil, scripts=scripts) as watched:
        if scripts:
            watched.draw_all()
            watched.page.locator(".f").first.click()
            watched.page.locator("#panel").wait_for(state="visible")
            assert watched.page.evaluate("window.pwned") is None
        assert watched.said == [] and watched.asked == [evil.resolve().as_uri()] and watched.dialogs == []
        odd = (
            "img:not(figure img), iframe, object, embed, form, base, link, meta[http-equiv=refresh], main a[href^='j']"
        )
        assert watched.page.locator(odd).count() == 0
        assert watched.page.locator("main script, main style").count() == 0
