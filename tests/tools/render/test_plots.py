"""Pictures: the escape sequences decode to the picture that was drawn, names are never markup, and text fits."""

from __future__ import annotations

import base64
import io
import re
import xml.etree.ElementTree as ET
from typing import Any

import numpy as np
import pytest
from PIL import Image

from chimera_report.tools.render import png, svg, terminal, way
from chimera_report.tools.schema import Plot, Series

EVIL = "<script>&\x1b[31m $x^2$ \u202e\x9b2J\x07"
BARS = Plot(
    kind="bars",
    title="decode rate",
    x_label="",
    y_label="decode rate (tokens/s)",
    series=(
        Series(
            name="decode rate",
            x=("gemma3:270m", EVIL, "a-name-" * 20 + "q4_0"),
            y=(286.0, 184.0, 20.0),
            low=(280.0, 183.0, 20.0),
            high=(292.0, 185.0, 20.0),
        ),
    ),
)
LINE = Plot(
    kind="line",
    title="decode rate over num_ctx",
    x_label="num_ctx",
    y_label="decode rate (tokens/s)",
    series=(
        Series(name="a", x=("1024", "2048"), y=(30.0, 15.0), low=(29.0, 14.0), high=(31.0, 16.0)),
        Series(name=EVIL, x=("1024",), y=(7.5,)),
    ),
)
HISTOGRAM = Plot(
    kind="histogram",
    title="Spread of the TTFT",
    x_label="TTFT (ms)",
    y_label="records",
    series=(Series(name=EVIL, x=(), y=tuple(float(x % 7) for x in range(90))), Series(name="none", x=(), y=())),
)
PLOTS = pytest.mark.parametrize("plot", [BARS, LINE, HISTOGRAM], ids=lambda p: p.kind)


def pixels(data: bytes) -> Any:
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB")).astype(int)


def kitty_decoded(text: str) -> bytes:
    """The file that the sequences carry, each checked against the protocol."""
    parts = re.findall(r"\x1b_G([^;]*);([^\x1b]*)\x1b\\", text)
    assert "".join(f"\x1b_G{head};{body}\x1b\\" for head, body in parts) == text
    heads = [dict(item.split("=") for item in head.split(",")) for head, _ in parts]
    assert heads[0] == {"a": "T", "f": "100", "q": "2", "m": "1" if len(parts) > 1 else "0"}
    assert heads[1:] == [{"m": "1"}] * (len(parts) - 2) + [{"m": "0"}] * (len(parts) > 1)
    assert all(len(body) <= 4096 for _, body in parts)
    assert all(len(body) % 4 == 0 for _, body in parts[:-1])
    return base64.standard_b64decode("".join(body for _, body in parts))


def sixel_decoded(text: str) -> Any:
    """The pixels that DEC's sixel sequence draws."""
    found = re.fullmatch(r'\x1bPq"1;1;(\d+);(\d+)((?:#\d+;2;\d+;\d+;\d+)+)([#\d!?-~$-]*)\x1b\\', text)
    assert found, text[:80]
    width, height = int(found[1]), int(found[2])
    colours = {int(n): [int(r), int(g), int(b)] for n, r, g, b in re.findall(r"#(\d+);2;(\d+);(\d+);(\d+)", found[3])}
    picture = np.full((height + 6, width, 3), -1)
    x, top, colour = 0, 0, -1
    for change, number, count, mark in re.findall(r"#(\d+)|([$-])|(?:!(\d+))?([?-~])", found[4]):
        if change:
            colour = int(change)
        elif number:
            x, top = 0, top + (6 if number == "-" else 0)
        else:
            bits, many = ord(mark) - 63, int(count or 1)
            for row in (top + bit for bit in range(6) if bits >> bit & 1):
                assert (picture[row, x : x + many] == -1).all(), "a pixel is drawn twice"
                picture[row, x : x + many] = colours[colour]
            x += many
    assert (picture[height:] == -1).all()
    assert (picture[:height] >= 0).all()
    return picture[:height]


@PLOTS
def test_kitty_sequences_carry_the_picture(plot: Plot) -> None:
    assert kitty_decoded(terminal(plot, "kitty")) == png(plot)


@PLOTS
def test_sixel_sequences_draw_the_picture(plot: Plot) -> None:
    drawn = sixel_decoded(terminal(plot, "sixel"))
    picture = pixels(png(plot, factor=1.0))
    assert drawn.shape == picture.shape
    # Four levels a channel: no pixel is farther from the picture than half a step, and rounding to whole percents.
    assert np.abs(drawn * 2.55 - picture).max() <= 255 / 6 + 2


@PLOTS
def test_svg_is_the_same_again_and_holds_names_as_text(plot: Plot) -> None:
    made = svg(plot)
    assert made == svg(plot)
    texts = [e.text or "" for e in ET.fromstring(made).iter("{http://www.w3.org/2000/svg}text")]
    assert any("<script>& [31m $x^2$" in t for t in texts)
    assert "<script" not in made
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]", made)


@PLOTS
@pytest.mark.parametrize("width", [40, 80, 120])
def test_text_fits_and_shows_no_control_characters(plot: Plot, width: int) -> None:
    shown = terminal(plot, "text", width=width)
    if plot.kind == "bars":
        assert max(len(line) for line in shown.splitlines()) <= width
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", shown)


def test_text_bars_are_as_long_as_their_values() -> None:
    first, *_, last = [line for line in terminal(LINE, "text").splitlines() if "█" in line]
    assert first.endswith("30 (29 to 31)")
    assert last.endswith(" 7.5")
    assert first.count("█") == 4 * last.count("█")


def test_text_histogram_counts_every_value() -> None:
    rows = [line.rsplit(" ", 1)[1] for line in terminal(HISTOGRAM, "text").splitlines() if " to " in line]
    assert sum(map(int, rows)) == 90


@pytest.mark.parametrize("y", [(0.0, 0.0), (-2.0, 4.0), (-1.5, -0.1)])
def test_text_of_values_that_are_not_positive(y: tuple[float, ...]) -> None:
    plot = BARS.model_copy(update={"series": (Series(name="", x=("a", "b"), y=y),)})
    lines = terminal(plot, "text").splitlines()[1:]
    assert [line.split()[-1] for line in lines] == [f"{v:.4g}" for v in y]
    assert ["█" in line for line in lines] == [v > 0 for v in y]


@pytest.mark.parametrize(
    ("env", "expected"),
    [
        ({}, "text"),
        ({"TERM": "xterm-256color"}, "text"),
        ({"TERM": "dumb"}, "text"),
        ({"TERM": "xterm-kitty"}, "kitty"),
        ({"KITTY_WINDOW_ID": "1", "TERM": "xterm-256color"}, "kitty"),
        ({"KITTY_WINDOW_ID": "1", "TERM": "tmux-256color", "TMUX": "/tmp/tmux-0/default,1,0"}, "text"),
        ({"KITTY_WINDOW_ID": "1", "TERM": "screen-256color"}, "text"),
        ({"TERM_PROGRAM": "WezTerm"}, "kitty"),
        ({"TERM_PROGRAM": "ghostty"}, "kitty"),
        ({"KONSOLE_VERSION": "230805"}, "kitty"),
        ({"KONSOLE_VERSION": "210800"}, "text"),
        ({"KONSOLE_VERSION": "new"}, "text"),
        ({"TERM": "foot"}, "sixel"),
        ({"TERM": "mlterm-256color"}, "sixel"),
        ({"TERM": "xterm-sixel"}, "sixel"),
        ({"TERM_PROGRAM": "iTerm.app"}, "sixel"),
    ],
)
def test_a_terminal_is_known_by_its_environment(env: dict[str, str], expected: str) -> None:
    assert way(env, terminal=True) == expected
    assert way(env, terminal=False) == "text"
    assert way(env, terminal=False, wanted="kitty") == "text"
    assert way(env, terminal=True, wanted="sixel") == "sixel"
    assert way(env, terminal=True, wanted="text") == "text"
