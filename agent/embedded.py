"""What a page holds: its report, its run and its measurements are read out of it, and the page is made again from them.

A page can be anybody's, so what is unpacked is bounded, and nothing in it is opened, run or asked for.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import zlib
from collections.abc import Iterator
from html import escape, unescape
from pathlib import Path

from chimera_report.agent import differences as differ
from chimera_report.agent.publishing import TABLE, html, publish
from chimera_report.tools.errors import StoreError
from chimera_report.tools.schema import Dataset, Json, Report
from chimera_report.tools.store import RunFolder

MOST = 512 << 20  # bytes that one embedded file may have, and all that a page may have itself
_BLOB = re.compile(
    r'(<script type="application/octet-stream" id="embedded-([a-z]+)" data-name="[^"]*">)([A-Za-z0-9+/=]*)(</script>)'
)
_GENERATOR = re.compile(r'<meta name="generator" content="([^"]*)">')
_WHY = re.compile(r'<details class="why">.*?</details>', re.DOTALL)
_TILES = re.compile(r'<ul class="tiles">.*?</ul>', re.DOTALL)
FILES = {"report": "report.json", "run": "run.json", "measurements": TABLE}


class Damaged(StoreError):
    """A packed file of a page that is not what was packed."""

    def __init__(self, what: str, *, where: str, name: str) -> None:
        self.name = name
        super().__init__(what, where=where)

    def difference(self) -> differ.Difference:
        return differ.told("page", f"report.html, embedded {self.name}", "the file as it was packed", self.what)


def read(path: Path) -> str:
    """The page's text. Raises StoreError."""
    try:
        if path.stat().st_size > MOST:
            raise StoreError("is too large for a report", where=str(path))
        return path.read_bytes().decode("utf-8", "surrogateescape")
    except OSError as exc:
        raise StoreError(f"cannot be read ({exc.strerror})", where=str(path)) from exc


def unpacked(text: str, path: Path) -> dict[str, bytes]:
    """The files inside the page, by their names. Raises StoreError for what is no page of this program, Damaged for one
    that was changed."""
    found: dict[str, bytes] = {}
    for blob in _BLOB.finditer(text):
        name = FILES.get(blob[2])
        if name is None:
            continue
        if name in found:
            raise StoreError(f"holds {name} twice", where=str(path))
        found[name] = _gunzip(blob[3], name, path)
    missing = [name for name in FILES.values() if name not in found and name != TABLE]  # a large table stays outside
    if missing == ["run.json"]:
        raise StoreError(
            "was made of report.json alone: without its run and measurements nothing can be computed again",
            where=str(path),
            hint="Verify the folder of the report, or make the page there with `render`.",
        )
    if missing:
        raise StoreError(f"has no {missing[0]} in it: this program did not make this page", where=str(path))
    return found


def _gunzip(text: str, name: str, path: Path) -> bytes:
    """Raises Damaged."""
    try:
        packed = base64.b64decode(text, validate=True)
        engine = zlib.decompressobj(wbits=31)
        data = engine.decompress(packed, MOST)
    except (binascii.Error, zlib.error) as exc:
        raise Damaged(f"its {name} is damaged ({exc})", where=str(path), name=name) from exc
    if not engine.eof or engine.unused_data:
        raise Damaged(f"its {name} is damaged, or too large", where=str(path), name=name)
    return data


def restored(text: str, path: Path, place: Path) -> RunFolder:
    """A report folder in the empty folder `place`, from what the page holds. Raises StoreError, Damaged."""
    for name, data in unpacked(text, path).items():
        (place / name).write_bytes(data)
    folder = RunFolder(place)
    try:
        report = Report.model_validate(folder.read_json("report.json"))
    except ValueError as exc:
        line = next((x.strip() for x in str(exc).splitlines() if x.strip()), "")
        raise StoreError(f"its report.json is not of this version ({line})", where=str(path)) from exc
    record = folder.read_json("run.json")
    settings = record.get("settings") if isinstance(record, dict) else None
    publish(folder, report, record, ["md"], authorship=bool((settings or {}).get("authorship")))
    return folder


def dataset(folder: RunFolder, record: Json) -> Dataset:
    """The measurements that the page holds, with the files that they were read from. Raises StoreError."""
    from chimera_report.agent.chat.saved import load

    if not isinstance(record, dict):
        raise StoreError("is not the record of a run", where=str(folder.path / "run.json"))
    return load(folder).world.dataset


def differences(text: str, report: Report, record: Json, folder: RunFolder) -> Iterator[differ.Difference]:
    """The page against the one that is made of the same report, run and measurements.

    Of a page that another version made, what a reader sees is compared; `other_version` says so.
    """
    from chimera_report.tools.render import unsealed

    body, sealed = unsealed(text)
    if not sealed:
        yield differ.told("page", "report.html last line", "the SHA-256 of all above", "another, or none")
    wanted, _ = unsealed(html(report, record, folder))
    if not sealed:
        yield from _at(wanted, body)
    if other_version(text, report):
        if not _TILES.search(body):  # a version before there were tiles
            wanted = _TILES.sub("", wanted)
        if not _WHY.search(body):  # … and before points were explained
            wanted = _WHY.sub("", wanted)
        yield from differ.lines("page", "report.html, its text,", _visible(wanted), _visible(body))
        return
    made, given = _blobs(wanted), _blobs(body)
    for name in dict.fromkeys((*made, *given)):
        if name != "measurements" and not _same(made.get(name), given.get(name)):  # those are compared by their values
            yield differ.told("page", f"report.html, embedded {name}", "what the report gives", "something else")
    yield from differ.lines("page", "report.html", _BLOB.sub(r"\1\4", wanted), _BLOB.sub(r"\1\4", body))


def _at(wanted: str, body: str) -> Iterator[differ.Difference]:
    """Where a page was changed that says the same as before: the line that names its versions, or how a file is
    packed. What says something else is found by itself."""
    ours, theirs = _GENERATOR.search(wanted), _GENERATOR.search(body)
    if ours and theirs and ours[1] != theirs[1] and _GENERATOR.sub(lambda _: ours[0], body) == wanted:
        yield differ.told("page", "report.html, meta generator", unescape(ours[1]), unescape(theirs[1]))
    made, given = ({m[2]: m[3] for m in _BLOB.finditer(text)} for text in (wanted, body))
    other = [name for name in given if name in made and made[name] != given[name]]
    if len(other) < len(given):  # one that is packed alike shows that all of them would be
        for name in other:
            yield differ.told("page", f"report.html, embedded {name}", "the file as it was packed", "packed otherwise")


def other_version(text: str, report: Report) -> bool:
    """Whether the page says that another version made it, whose style and scripts are not at hand to compare."""
    from chimera_report.tools.render import generator

    found = _GENERATOR.search(text)
    return found is None or found[1] != escape(generator(report), quote=True)


def _visible(text: str) -> str:
    """What a reader sees or hears of a page, a line for each piece of text and for what a picture is said to show."""
    start, end = text.find("<main"), text.rfind("</main>")
    shown = re.sub(r"<(svg|footer)\b.*?</\1>", "", text[max(start, 0) : end], flags=re.DOTALL)
    shown = re.sub(r'<[^>]*\brole="img"[^>]*\baria-label="([^"]*)"[^>]*>', r"\n\1\n", shown)
    return "\n".join(line.strip() for line in unescape(re.sub(r"<[^>]*>", "\n", shown)).split("\n") if line.strip())


def _blobs(text: str) -> dict[str, bytes]:
    """The packed files, unpacked: another version of zlib packs the same bytes in another way."""
    found = {}
    for match in _BLOB.finditer(text):
        try:
            found[match[2]] = _gunzip(match[3], match[2], Path("report.html"))
        except StoreError:
            found[match[2]] = b"damaged: " + match[3].encode()
    return found


def _same(made: bytes | None, given: bytes | None) -> bool:
    """Whether two embedded parts say the same; the last digits of a sum depend on the processor."""
    if made is None or given is None or made == given:
        return made == given
    try:
        return not any(True for _ in differ.unlike(json.loads(made), json.loads(given), ""))
    except ValueError:
        return False
