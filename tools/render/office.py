"""A report for other writing programs, by Pandoc: a Word document, or LaTeX with its pictures beside it."""

from __future__ import annotations

from importlib import metadata
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from chimera_report.tools.errors import ChimeraError, UsageError
from chimera_report.tools.render.figures import chart_png
from chimera_report.tools.render.markdown import PICTURES, markdown
from chimera_report.tools.schema import Chart, Report


def office(report: Report, target: Literal["docx", "latex"]) -> tuple[bytes, dict[str, bytes]]:
    """The document, and the pictures that LaTeX reads beside it (path → PNG). Raises UsageError without Pandoc."""
    try:
        import pypandoc
    except ImportError as exc:
        raise UsageError(
            "Word and LaTeX need Pandoc", where="--format", hint="Install it: pip install 'chimera-report[office]'."
        ) from exc
    charts = [b for s in report.sections for b in s.blocks if isinstance(b, Chart)]
    pictures = {f"{PICTURES}/{c.key}.png": _signed(chart_png(c, factor=2.0)) for c in charts}
    text = markdown(report)
    for chart in charts:
        text = text.replace(f"]({PICTURES}/{chart.key}.svg)", f"]({PICTURES}/{chart.key}.png)")
    with TemporaryDirectory(prefix="chimera-report-") as place:
        root = Path(place)
        for path, data in pictures.items():
            (root / path).parent.mkdir(exist_ok=True)
            (root / path).write_bytes(data)
        out = root / f"report.{target}"
        # Nothing of the text is read as HTML, TeX or a citation; a name is a name (the extensions are switched off).
        reader = "commonmark+pipe_tables+footnotes+implicit_figures+attributes-raw_html"
        try:
            pypandoc.convert_text(
                text,
                target,
                format=reader,
                outputfile=str(out),
                extra_args=["--standalone", f"--resource-path={root}", "--sandbox=false"],
                cworkdir=str(root),
            )
        except (RuntimeError, OSError) as exc:
            line = (str(exc).strip().splitlines() or ["no reason"])[0][:200]
            raise ChimeraError(f"Pandoc could not make the document ({line})") from exc
        return out.read_bytes(), pictures if target == "latex" else {}


def _signed(picture: bytes) -> bytes:
    """A PNG with the version of vl-convert that drew it, so that `verify` does not take what another version draws for
    an edit."""
    from PIL import Image
    from PIL.PngImagePlugin import PngInfo

    made, out = PngInfo(), BytesIO()
    made.add_text("Software", f"vl-convert {metadata.version('vl-convert-python')}")
    with Image.open(BytesIO(picture)) as image:
        image.save(out, "PNG", pnginfo=made)
    return out.getvalue()


def drawn(picture: bytes) -> tuple[tuple[tuple[int, int], bytes] | None, str]:
    """The size and points of a PNG, None where it is none, and what drew it."""
    from PIL import Image

    try:
        with Image.open(BytesIO(picture), formats=["PNG"]) as image:
            return (image.size, image.convert("RGBA").tobytes()), str(image.info.get("Software", ""))
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        return None, ""
