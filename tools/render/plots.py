"""Pictures of a Plot: SVG, PNG for terminals that show images, and text for those that do not.

kitty: the terminal graphics protocol of kitty, chunks of 4096 bytes of base64 (sw.kovidgoyal.net/kitty).
sixel: DEC's VT340 graphics, six rows a band (vt100.net, "Sixel graphics").
"""

from __future__ import annotations

import base64
import io
import math
from collections.abc import Mapping
from typing import Literal

from chimera_report.tools.render.figures import spec_png, spec_svg
from chimera_report.tools.render.plain import safe
from chimera_report.tools.schema import Plot, Series

Way = Literal["kitty", "sixel", "text"]
_BARS = 40  # characters of the longest bar
_LONGEST = 60  # characters of a name


def svg(plot: Plot) -> str:
    """The picture as SVG, the same bytes for the same plot; names are text, never markup."""
    from chimera_report.tools.charts import plotted

    return spec_svg(plotted(plot))


def png(plot: Plot, *, factor: float = 1.5) -> bytes:
    """The picture as PNG; `factor` pixels a unit."""
    from chimera_report.tools.charts import plotted

    return spec_png(plotted(plot), factor=factor)


def _name(text: object) -> str:
    return _short(safe(str(text)), _LONGEST)


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
        return _sixel(png(plot, factor=1.0))
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
    from PIL import Image

    with Image.open(io.BytesIO(data)) as picture:
        pixels = np.asarray(picture.convert("RGB"))
    levels = np.rint(pixels / 85).astype(int)
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
    from chimera_report.tools.charts import bins

    found = bins(values)
    room = max(10, min(_BARS, width - 40))
    most = max((n for *_, n in found), default=1)
    return [f"  {f'{low:.4g} to {high:.4g}'.rjust(24)} {_block(n / most * room)} {n}" for low, high, n in found]
