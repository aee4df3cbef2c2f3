"""The script that makes the charts of a page answer: Vega, Vega-Lite and Vega-Embed as vl-convert bundles them."""

from __future__ import annotations

from importlib import metadata
from pathlib import Path

from chimera_report.tools.render.figures import VEGA_LITE


def vega_script(cache: Path | None = None) -> str:
    """One script that sets `vegaEmbed`. Bundling takes a second or two, so it is kept in the folder `cache`, if any."""
    name = f"vega-{metadata.version('vl-convert-python')}-{VEGA_LITE}.js"
    if cache is not None:
        try:
            return (cache / name).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            pass
    import vl_convert

    made = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;", vl_version=VEGA_LITE)
    # Within a script element no text may look like its end (HTML, 4.12.1.3); in JavaScript the two are the same.
    made = made.replace("</script", "<\\/script").replace("<!--", "<\\!--")
    if cache is not None:
        _keep(cache / name, made)
    return made


def _keep(path: Path, text: str) -> None:
    """Beside, then renamed; where that cannot be, the script is bundled again next time."""
    import os

    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_text(text, encoding="utf-8")
        temporary.replace(path)
    except OSError:
        pass
