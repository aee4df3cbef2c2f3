"""Charts as pictures: SVG and PNG by vl-convert, in the page's type and colours, light or dark.

The picture is the same bytes for the same chart. Names of the data are text in it, never markup, and no address is
fetched: all data is inline.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import lru_cache
from html import unescape
from typing import Literal, TypeVar

from chimera_report.tools.render.direction import isolated
from chimera_report.tools.schema import Chart, Json

Scheme = Literal["light", "dark"]
VEGA_LITE = "6.4"
# vl-convert brings Liberation Sans, so that pictures are set alike on every machine; the others have its widths.
FONT = "'Liberation Sans', Arial, Helvetica, sans-serif"
# Told apart with every common kind of colour blindness, and at least 3:1 on either ground (WCAG 1.4.11).
COLOURS: dict[Scheme, dict[str, str]] = {
    "light": {
        "ground": "#ffffff",
        "ink": "#1d2733",
        "quiet": "#5b6774",
        "line": "#dfe4ea",
        "main": "#1f6cb0",
        "warm": "#c2540a",
        "band": "#e8edf3",
        "third": "#0b7f6b",
        "fourth": "#8455a8",
        "fifth": "#8a6d00",
        "sixth": "#66707a",
    },
    "dark": {
        "ground": "#14191f",
        "ink": "#e6ebf1",
        "quiet": "#a3aeba",
        "line": "#39424d",
        "main": "#6cb2f0",
        "warm": "#f2955a",
        "band": "#2a323c",
        "third": "#4ec3ac",
        "fourth": "#c49be6",
        "fifth": "#d9b846",
        "sixth": "#9aa4ae",
    },
}


_BESIDE: dict[str, dict[str, Json]] = {
    "right": {"fontSize": 11, "align": "left", "dx": 9, "baseline": "middle"},
    "left": {"fontSize": 11, "align": "right", "dx": -9, "baseline": "middle"},
}


def config(scheme: Scheme = "light") -> dict[str, Json]:
    """The look of every chart: type, colours, and the styles that `charts` names."""
    c = COLOURS[scheme]
    return {
        "background": None,
        "font": FONT,
        "padding": {
            "left": 12,
            "right": 12,
            "top": 4,
            "bottom": 4,
        },  # room for a wider face, where there is none of them
        "view": {"stroke": None},
        "axis": {
            "labelColor": c["ink"],
            "titleColor": c["quiet"],
            "gridColor": c["line"],
            "domainColor": c["quiet"],
            "tickColor": c["line"],
            "labelFontSize": 12,
            "titleFontSize": 12,
            "titleFontWeight": 400,
            "labelLimit": 260,
            "titlePadding": 8,
            "labelPadding": 6,
            "labelFlush": False,
            "labelSeparation": 4,
            "tickCount": 6,
        },
        "axisY": {"domain": False},
        "axisXQuantitative": {"grid": True, "domain": False},
        "axisYNominal": {"grid": False, "ticks": False},
        "legend": {
            "labelColor": c["ink"],
            "titleColor": c["quiet"],
            "labelFontSize": 12,
            "titleFontSize": 12,
            "titleFontWeight": 400,
            "labelLimit": 240,
            "orient": "top",
            "direction": "horizontal",
            "offset": 6,
        },
        "header": {"labelColor": c["ink"], "titleColor": c["quiet"], "labelFontSize": 12, "titleFontSize": 12},
        "range": {"category": [c[n] for n in ("main", "warm", "third", "fourth", "fifth", "sixth")]},
        "style": {
            "sample": {"color": c["main"], "opacity": 0.28, "size": 16},
            "interval": {"color": c["ink"], "strokeWidth": 2},
            "estimate": {"color": c["ink"], "filled": True, "size": 62, "opacity": 1},
            "figure": {"color": c["ink"], "fontSize": 12, "align": "left", "dx": 10, "baseline": "middle"},
            "note": {"color": c["quiet"], "fontSize": 11, "baseline": "middle"},
            "band": {"color": c["band"], "opacity": 1},
            "reference": {"color": c["quiet"], "strokeWidth": 1},
            "curve": {"strokeWidth": 1.8},
            "under": {"strokeWidth": 9, "opacity": 0.4},
            "single": {"color": c["ink"], "strokeWidth": 1.2, "opacity": 0.55},
            "point": {"filled": True, "size": 70, "opacity": 1},
            "many": {"filled": True, "size": 16, "opacity": 1},
            "bar": {"strokeWidth": 2},
            "bin": {"color": c["main"], "opacity": 0.75, "stroke": c["line"], "strokeWidth": 0.5},
            "state": {"opacity": 0.55, "size": 26},
            "typical": {"color": c["ink"], "thickness": 2.5, "size": 20, "orient": "vertical"},
            **{f"beside-{side}": {"color": c["ink"], **_BESIDE[side]} for side in _BESIDE},
            **{f"halo-{side}": {"stroke": c["ground"], "strokeWidth": 4, **_BESIDE[side]} for side in _BESIDE},
            "average": {"color": c["quiet"], "strokeWidth": 1, "strokeDash": [4, 3]},
            "strip": {"fill": c["quiet"], "fontSize": 12, "fontWeight": 400},
            "front": {"color": c["main"], "strokeWidth": 1.5, "strokeDash": [4, 3]},
            "event": {"color": c["warm"], "strokeWidth": 1.5, "strokeDash": [4, 3]},
            "phase": {"opacity": 0.16},
            "level": {"color": c["ink"], "strokeWidth": 2},
            "course": {"color": c["main"], "opacity": 0.6, "size": 14},
            "trace": {"color": c["main"], "strokeWidth": 1.2},
        },
    }


def styled(spec: dict[str, Json], scheme: Scheme = "light") -> dict[str, Json]:
    """The specification in the page's look."""
    return {**spec, "config": config(scheme)}


def chart_svg(chart: Chart, scheme: Scheme = "light", *, plain: bool = False) -> str:
    """The chart as SVG. On a dark ground the reader's colour scheme turns its colours round by itself,
    unless it is `plain`."""
    return spec_svg(chart.spec, scheme, plain=plain)


def spec_svg(spec: dict[str, Json], scheme: Scheme = "light", *, plain: bool = False) -> str:
    """A specification of `charts` as SVG; see `chart_svg`."""
    found = steady(_drawn(json.dumps(spec), scheme))
    return found if scheme == "dark" or plain else _adaptive(found)


@lru_cache(maxsize=32)
def _drawn(spec: str, scheme: Scheme) -> str:
    """The picture. The pages of a report show the same charts, and each takes a twentieth of a second to draw."""
    import vl_convert

    def draw(given: dict[str, Json]) -> str:
        made: str = vl_convert.vegalite_to_svg(styled(given, scheme), vl_version=VEGA_LITE, allowed_base_urls=[])
        return made

    return _whole(isolated(json.loads(spec)), draw)


T = TypeVar("T")
_PARTS = re.compile(r"( / | \()")  # between the sides of a pair, and before what stands in brackets
_FITS, _WIDE = 24, 6.5  # halves of UTF-16 of a name that no label cuts, and px of each of them


def _whole(spec: dict[str, Json], draw: Callable[[dict[str, Json]], T]) -> T:
    """The picture. Vega cuts a label that is too long by halves of UTF-16, and where it cuts through a sign of two of
    them (an emoji), nothing can be drawn and a trace of its own goes to the terminal: names with such signs are made so
    short that it need not cut them."""
    for most in (_FITS, 7, 4, 2):
        try:
            return draw(_cut(spec, most))
        except ValueError as exc:
            if not _TORN.search(str(exc)):
                raise
    return draw(_cut(spec, 1))


def _cut(spec: Json, most: int) -> Json:
    """The specification with names that hold signs above U+FFFF of at most so many signs; with 1, such a sign is a
    square."""

    def short(text: str) -> str:
        if max(text) <= "\uffff":
            return text
        if most == 1:
            return re.sub("[\U00010000-\U0010ffff]", "□", text)
        parts = _PARTS.split(text) if most == _FITS else [text]  # each has a line of its own where there is no room
        return "".join(p if _room(p) <= max(most, 2) else f"{p[: _shown(p, most - 1)]}…" for p in parts)

    return retold(spec, short)


def readable(specs: Json) -> Json:
    """Specifications as a browser gets them: names in their own direction, none that would be cut through a sign."""
    return _cut(isolated(specs), _FITS)


def _room(text: str) -> float:
    """What a name needs of a label: in halves of UTF-16, of which some are wide."""
    return max(len(text.encode("utf-16-le")) / 2, width(text) / _WIDE)


def _shown(text: str, most: int) -> int:
    """How many of its signs have room there."""
    return max((n for n in range(len(text) + 1) if _room(text[:n]) <= most), default=0)


def retold(spec: Json, change: Callable[[str], str]) -> Json:
    """The specification with its texts that are not plain ASCII changed, no two of them to the same: two rows would
    become one."""
    known: dict[str, str] = {}

    def told(text: str) -> str:
        if text.isascii():
            return text
        if text not in known:
            base = made = change(text)
            i = 2
            while made in known.values():
                made, i = f"{base} ({i})", i + 1
            known[text] = made
        return known[text]

    def walked(given: Json) -> Json:
        if isinstance(given, dict):
            return {k: walked(v) for k, v in given.items()}
        if isinstance(given, list):
            return [walked(v) for v in given]
        return told(given) if isinstance(given, str) else given

    return walked(spec)


# Advance widths of Liberation Sans, which has those of Helvetica: thousandths of the size, from U+0020 to U+007E.
_WIDTHS = dict(
    zip(
        map(chr, range(0x20, 0x7F)),
        [
            *(278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, *[556] * 10, 278, 278),
            *(584, 584, 584, 556, 1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833, 722, 778),
            *(667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556, 333, 556, 556, 500),
            *(556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722),
            *(500, 500, 500, 334, 260, 334, 584),
        ],
        strict=True,
    )
) | {"…": 1000, "–": 556, "−": 584, "×": 584, "±": 549, "°": 400, "µ": 576}
_TEXT = re.compile(r'<text\b([^>]*\bfont-size="([\d.]+)px"[^>]*)>([^<]+)</text>')
_LINES = re.compile(r'(<text\b[^>]*\bfont-size="([\d.]+)px"[^>]*>)((?:<tspan\b[^>]*>[^<]*</tspan>)+)(?=</text>)')
_LINE = re.compile(r"<tspan\b([^>]*)>([^<]+)</tspan>")
_TORN = re.compile("unexpected end of hex escape|lone (leading|trailing) surrogate|text info", re.IGNORECASE)
_MEASURE = re.compile(r' textLength="[\d.]+" lengthAdjust="spacingAndGlyphs"')


def width(text: str, size: float = 12.0) -> float:
    """Pixels that a text takes; of signs that are not plain Latin, as many as the widest of them."""
    return sum(_WIDTHS.get(sign, 1000) for sign in text) * size / 1000


def steady(svg: str) -> str:
    """The picture with the width of each text that is plain Latin. Where a reader has none of its faces, another one is
    wider by a sixth, and labels would be cut off at the picture's edge."""

    def measure(text: str, size: str) -> str:
        widths = [_WIDTHS.get(sign) for sign in unescape(text)]
        known = [w for w in widths if w is not None]
        if len(known) < len(widths) or len(known) < 2:
            return ""
        return f' textLength="{sum(known) * float(size) / 1000:.1f}" lengthAdjust="spacingAndGlyphs"'

    def fixed(match: re.Match[str]) -> str:
        return f"<text{match[1]}{measure(match[3], match[2])}>{match[3]}</text>"

    def lines(match: re.Match[str]) -> str:
        size = match[2]
        return match[1] + _LINE.sub(lambda m: f"<tspan{m[1]}{measure(m[2], size)}>{m[2]}</tspan>", match[3])

    return _LINES.sub(lines, _TEXT.sub(fixed, svg))


def loose(svg: str) -> str:
    """The picture without those widths, to be set in another face."""
    return _MEASURE.sub("", svg)


def chart_png(chart: Chart, scheme: Scheme = "light", *, factor: float = 1.0) -> bytes:
    """The chart as PNG on the ground of the page; `factor` pixels a unit."""
    return spec_png(chart.spec, scheme, factor=factor)


def spec_png(spec: dict[str, Json], scheme: Scheme = "light", *, factor: float = 1.0) -> bytes:
    """A specification of `charts` as PNG; see `chart_png`."""
    import vl_convert

    def draw(given: dict[str, Json]) -> bytes:
        made = styled(given, scheme)
        made["config"] = {**made["config"], "background": COLOURS[scheme]["ground"]}
        return vl_convert.vegalite_to_png(made, vl_version=VEGA_LITE, scale=factor, allowed_base_urls=[])

    return _whole(isolated(spec), draw)


def _adaptive(svg: str) -> str:
    """The picture with a style that exchanges its colours where the reader prefers a dark ground."""
    rules = []
    for name, colour in COLOURS["light"].items():
        dark = COLOURS["dark"][name]
        rules += [f'[fill="{colour}"]{{fill:{dark}}}', f'[stroke="{colour}"]{{stroke:{dark}}}']
    style = f"<style>@media (prefers-color-scheme:dark){{{''.join(rules)}}}</style>"
    return re.sub(r"(<svg\b[^>]*>)", lambda m: m[1] + style, svg, count=1)
