"""Pictures of a Plot: SVG, PNG for terminals that show images, and text for those that do not.

kitty: the terminal graphics protocol of kitty, chunks of 4096 bytes of base64 (sw.kovidgoyal.net/kitty).
sixel: DEC's VT340 graphics, six rows a band (vt100.net, "Sixel graphics").
"""

from __future__ import annotations

import base64
import io
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

from chimera_report.tools.render.plain import safe
from chimera_report.tools.schema import Plot, Series

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Way = Literal["kitty", "sixel", "text"]
_BARS = 40  # characters of the longest bar
_COLOURS = ("#2f6f9f", "#c8642b", "#4f8a3c", "#8a4f8a", "#6b6b6b", "#b59a2d")
_LONGEST = 60  # characters of a name


def svg(plot: Plot) -> str:
    """The picture as SVG, the same bytes for the same plot; names are text, never markup."""
    import matplotlib as mpl

    with mpl.rc_context({"svg.hashsalt": "chimera-report", "svg.fonttype": "none", "text.parse_math": False}):
        figure = _figure(plot)
        buffer = io.StringIO()
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": "chimera-report"})
    return buffer.getvalue()


def png(plot: Plot, *, dpi: int = 100) -> bytes:
    """The picture as PNG."""
    import matplotlib as mpl

    with mpl.rc_context({"text.parse_math": False}):
        buffer = io.BytesIO()
        _figure(plot).savefig(buffer, format="png", dpi=dpi)
    return buffer.getvalue()


def _figure(plot: Plot) -> Figure:
    from matplotlib.figure import Figure

    count = max((len(s.x) for s in plot.series), default=1)
    height = 1.2 + 0.32 * count if plot.kind == "bars" else 4.2
    figure = Figure(figsize=(8.0, max(2.4, min(height, 12.0))), layout="constrained")
    axes: Any = figure.subplots()
    title = _name(plot.title)
    axes.set_title(title[:1].upper() + title[1:])
    {"bars": _bars, "line": _lines, "histogram": _histogram}[plot.kind](axes, plot)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    return figure


def _name(text: object) -> str:
    return _short(safe(str(text)), _LONGEST)


def _errors(low: tuple[float, ...], y: tuple[float, ...], high: tuple[float, ...]) -> list[list[float]] | None:
    if not low:
        return None
    return [
        [max(v - lo, 0.0) for v, lo in zip(y, low, strict=True)],
        [max(hi - v, 0.0) for v, hi in zip(y, high, strict=True)],
    ]


def _bars(axes: Any, plot: Plot) -> None:
    series = plot.series[0]
    places = list(range(len(series.y)))
    axes.barh(places, series.y, color=_COLOURS[0], xerr=_errors(series.low, series.y, series.high), capsize=3)
    axes.set_yticks(places, [_name(x) for x in series.x])
    axes.invert_yaxis()
    axes.set_xlabel(_name(plot.y_label))


def _lines(axes: Any, plot: Plot) -> None:
    levels = list(dict.fromkeys(x for s in plot.series for x in s.x))
    place = {x: i for i, x in enumerate(levels)}
    for i, series in enumerate(plot.series):
        at = [place[x] for x in series.x]
        errors = _errors(series.low, series.y, series.high)
        colour = _COLOURS[i % len(_COLOURS)]
        axes.errorbar(at, series.y, yerr=errors, marker="o", capsize=3, label=_name(series.name), color=colour)
    axes.set_xticks(list(place.values()), [_name(x) for x in levels])
    axes.set_xlabel(_name(plot.x_label))
    axes.set_ylabel(_name(plot.y_label))
    axes.set_ylim(bottom=0)
    if any(s.name for s in plot.series):
        axes.legend(fontsize="small", frameon=False)


def _histogram(axes: Any, plot: Plot) -> None:
    for i, series in enumerate(plot.series):
        axes.hist(
            series.y, bins=_bins(series.y), alpha=0.6, label=_name(series.name), color=_COLOURS[i % len(_COLOURS)]
        )
    axes.set_xlabel(_name(plot.x_label))
    axes.set_ylabel(_name(plot.y_label))
    axes.legend(fontsize="small", frameon=False)


def _bins(values: tuple[float, ...]) -> int:
    """Sturges' rule, at most 30."""
    return min(30, max(5, math.ceil(math.log2(max(len(values), 1))) + 1))


# --- terminals ---


def way(env: Mapping[str, str], *, terminal: bool, wanted: str = "auto") -> Way:
    """How this terminal shows a picture: as is wanted, else by what it says of itself in its environment.

    It is never asked, for one that does not answer would keep the reader waiting. Inside tmux and screen, which let no
    pictures through, the picture is text.
    """
    if not terminal or wanted == "text":
        return "text"
    if wanted == "kitty" or wanted == "sixel":
        return wanted  # type: ignore[return-value]
    name, program, konsole = env.get("TERM", ""), env.get("TERM_PROGRAM", ""), env.get("KONSOLE_VERSION", "")
    if "TMUX" in env or name.startswith(("screen", "tmux")):
        return "text"
    if (
        "KITTY_WINDOW_ID" in env
        or "WEZTERM_PANE" in env
        or name in ("xterm-kitty", "xterm-ghostty")
        or program in ("ghostty", "WezTerm")
        or (konsole.isdecimal() and int(konsole) >= 220400)
    ):
        return "kitty"
    if "sixel" in name or name.startswith(("foot", "mlterm", "yaft", "contour")) or program in ("iTerm.app", "mintty"):
        return "sixel"
    return "text"


def terminal(plot: Plot, how: Way, *, width: int = 100) -> str:
    """The picture for a terminal."""
    if how == "kitty":
        return _kitty(png(plot))
    if how == "sixel":
        return _sixel(png(plot, dpi=80))
    return text(plot, width=width)


def _kitty(data: bytes) -> str:
    coded = base64.standard_b64encode(data).decode("ascii")
    chunks = [coded[i : i + 4096] for i in range(0, len(coded), 4096)]
    out = []
    for i, chunk in enumerate(chunks):
        more = int(i + 1 < len(chunks))
        head = f"a=T,f=100,q=2,m={more}" if i == 0 else f"m={more}"
        out.append(f"\x1b_G{head};{chunk}\x1b\\")
    return "".join(out)


def _sixel(data: bytes) -> str:
    """16 colours by rounding each channel; runs are packed."""
    import numpy as np
    from matplotlib import image

    pixels: Any = image.imread(io.BytesIO(data), format="png")[:, :, :3]
    levels = np.rint(pixels * 3).astype(int)
    codes = levels[:, :, 0] * 16 + levels[:, :, 1] * 4 + levels[:, :, 2]
    used = [int(c) for c in np.unique(codes)]
    height, width = codes.shape
    out = ["\x1bPq", f'"1;1;{width};{height}']
    number = {code: i for i, code in enumerate(used)}
    for code in used:
        rgb = [round(100 * v / 3) for v in (code // 16, code // 4 % 4, code % 4)]
        out.append(f"#{number[code]};2;{rgb[0]};{rgb[1]};{rgb[2]}")
    for top in range(0, height, 6):
        band = codes[top : top + 6]
        weights = 1 << np.arange(band.shape[0])
        for code in np.unique(band):
            bits = ((band == code) * weights[:, None]).sum(axis=0)
            out.append(f"#{number[int(code)]}{_packed(bits.tolist())}$")
        out.append("-")
    return "".join([*out, "\x1b\\"])


def _packed(bits: list[int]) -> str:
    parts, i = [], 0
    while i < len(bits):
        j = i
        while j < len(bits) and bits[j] == bits[i]:
            j += 1
        mark = chr(63 + bits[i])
        parts.append(f"!{j - i}{mark}" if j - i > 3 else mark * (j - i))
        i = j
    return "".join(parts)


def text(plot: Plot, *, width: int = 100) -> str:
    """The picture in Unicode blocks, no line longer than `width` (from 40 on), with the ends of the intervals."""
    label = plot.x_label if plot.kind == "histogram" else plot.y_label
    title = safe(label if label.startswith(plot.title) else f"{plot.title}: {label}")
    lines = [title[:1].upper() + title[1:]]
    if plot.kind == "histogram":
        for series in plot.series:
            lines += [f"  {_name(series.name)}", *_counts(series.y, width)]
        return "\n".join(lines)
    told = [_told(s) for s in plot.series]
    longest = max((len(t) for part in told for t in part), default=0)
    names = [_short(_name(x), max(12, width // 2 - 8)) for s in plot.series for x in s.x]
    aside = max((len(n) for n in names), default=0)
    top = max((v for s in plot.series for v in s.y if math.isfinite(v)), default=0.0)
    room = max(4, min(_BARS, width - aside - longest - 5))
    remaining = iter(names)
    for series, values in zip(plot.series, told, strict=True):
        if plot.kind == "line" and series.name:
            lines.append(f"  {_name(series.name)}")
        for y, value in zip(series.y, values, strict=True):
            lines.append(f"  {next(remaining).rjust(aside)} {_block(y / top * room if top > 0 else 0)} {value}")
    return "\n".join(lines)


def _told(series: Series) -> list[str]:
    """The values in figures; with the interval where it has two ends."""
    ends = list(zip(series.low, series.high, strict=True)) or [(y, y) for y in series.y]
    return [
        f"{y:.4g}" + (f" ({lo:.4g} to {hi:.4g})" if lo < hi else "") for y, (lo, hi) in zip(series.y, ends, strict=True)
    ]


def _short(text: str, most: int) -> str:
    """Names differ at their ends, so the middle goes."""
    return text if len(text) <= most else f"{text[: most // 2]}…{text[most // 2 + 1 - most :]}"


def _block(length: float) -> str:
    length = max(length, 0.0)
    whole, part = int(length), round((length - int(length)) * 8)
    return "█" * whole + ("", "▏", "▎", "▍", "▌", "▋", "▊", "▉", "█")[part]


def _counts(values: tuple[float, ...], width: int) -> list[str]:
    if not values:
        return []
    low, high = min(values), max(values)
    bins = _bins(values)
    step = (high - low) / bins or 1.0
    counts = [0] * bins
    for v in values:
        counts[min(bins - 1, int((v - low) / step))] += 1
    room = max(10, min(_BARS, width - 40))
    most = max(counts)
    return [
        f"  {f'{low + i * step:.4g} to {low + (i + 1) * step:.4g}'.rjust(24)} {_block(n / most * room)} {n}"
        for i, n in enumerate(counts)
    ]
