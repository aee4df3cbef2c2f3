"""A badge for a README: a label and a value as a small SVG picture."""

from __future__ import annotations

from html import escape

from chimera_report.tools.render.words import clean

_NARROW, _WIDE = "fijlrt1.,:;'|!()[] ", "mwMW@%"
_LONGEST = 60


def badge(label: str, value: str) -> str:
    """The badge. Texts are text in it, whatever they hold; its colours keep 4.5:1 (WCAG 1.4.3)."""
    label, value = (_short(clean(text)) or "–" for text in (label, value))
    left, right = _width(label), _width(value)
    whole = left + right
    told = escape(f"{label}: {value}", quote=True)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{whole}" height="20" role="img" aria-label="{told}">'
        f"<title>{told}</title>"
        f'<rect width="{left}" height="20" fill="#3b4652"/>'
        f'<rect x="{left}" width="{right}" height="20" fill="#1f6cb0"/>'
        '<g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11" text-anchor="middle">'
        f'<text x="{left / 2:g}" y="14" textLength="{left - 12}">{escape(label)}</text>'
        f'<text x="{left + right / 2:g}" y="14" textLength="{right - 12}">{escape(value)}</text></g></svg>\n'
    )


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _width(text: str) -> int:
    """Near the width of the text at 11 px in Verdana, and the room beside it; the text is fitted to it."""
    return 12 + round(sum(4.2 if c in _NARROW else 10.0 if c in _WIDE else 7.0 for c in text))
