"""What the documents of a folder say about the machine, read again while they are the files that the report read."""

# ruff: noqa: E501 — tables are read as a whole

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from chimera_report.tools.patterns import compiled
from chimera_report.tools.schema import Dataset, Source

MOST_BYTES = 1 << 20
MOST_FILES = 5000  # of a folder that are looked at
_LINE = re.compile(
    r"\b(?:RTX|GTX|GeForce|Radeon|RX ?\d{4}|Quadro|Tesla|NVIDIA|A100|A10G?|H100|H200|L40S?|L4|T4|V100|B200|GB200|MI\d{2,3}X?|Ryzen|EPYC|Xeon|"
    r"Core i\d|Core Ultra|Apple M\d|Apple Silicon|Mac Studio|Mac mini|MacBook|iMac|M\d (?:Ultra|Max|Pro)|i[3579]-\d{4,5}\w*|Threadripper|Jetson|Orin|Raspberry Pi|Snapdragon|Graviton\d?|TPU|Gaudi\d?|"
    r"Strix Halo|\d+ ?GB VRAM)\b"
)
# A key of JSON whose value names a machine.
_KEY = re.compile(
    r'"(?:\w*gpu\w*|\w*device\w*|cpu\w*|processor|platform|machine|hardware|name|model_name|host\w*|accelerator|chip)"\s*:\s*"([^"]{2,120})"',
    re.IGNORECASE,
)
# What a program writes where it breaks.
_BROKE = re.compile(
    r"out of memory|OutOfMemory|illegal memory access|Traceback \(most recent|Segmentation fault|core dumped|\bOOM[- ]killed",
    re.IGNORECASE,
)
_SAYS = re.compile(r"(?:gpu|cpu|hardware|environment|machine|processor|system)\b[^:]{0,30}:", re.IGNORECASE)


def machine_lines(dataset: Dataset, target: str) -> tuple[tuple[str, str], ...]:
    """(file, line) of documents and receipts that name a machine, those that say what they name first.

    A file is read only where it lies in the folder that the report is of and has the bytes that the report read.
    """
    found: list[tuple[int, str, str]] = []
    seen: set[str] = set()
    for source, text in _texts(dataset.sources, target):
        keyed = source.kind == "JSON" and not source.path.endswith("receipt.json")
        lines = (
            [f"{m[0].split(':')[0]}: {m[1]}".replace('"', "") for m in _KEY.finditer(text)]
            if keyed
            else text.splitlines()
        )
        for line in lines:
            if line.lstrip().startswith(("![", "[!", "<img")):
                continue  # a badge
            plain = " ".join(re.sub(r"[*_`#>|]+", " ", line).split())
            plain = plain if len(plain) <= 160 else plain[:160].rsplit(" ", 1)[0] + " …"
            if names_a_machine(plain) and plain.lower() not in seen:
                seen.add(plain.lower())
                found.append((0 if _SAYS.search(plain) else 1, source.path, plain))
    found.sort(key=lambda f: f[0])
    return tuple((where, line) for _, where, line in found[:6])


def names_a_machine(text: str) -> bool:
    """Whether a text names a machine or a chip: an address does not, and a maker alone does not."""
    plain = re.sub(r"\S*://\S+", " ", text)
    return any(name != "NVIDIA" for name in _LINE.findall(plain)) or re.search(r"NVIDIA[ -]\w*\d", plain) is not None


def titled(dataset: Dataset, target: str) -> frozenset[str]:
    """The words of the first headings of documents at the top of the folder: what all of the folder is about."""
    found: set[str] = set()
    at_the_top = [s for s in dataset.sources if s.kind == "Markdown" and "/" not in s.path]
    for _, text in _texts(at_the_top, target):
        heading = next((x for x in text.splitlines() if x.lstrip().startswith("#")), "")
        found.update(re.findall(r"[a-z0-9][\w.+-]*", heading.lower()))
    return frozenset(found)


_TEXTS = frozenset((".csv", ".tsv", ".json", ".jsonl", ".md", ".txt", ".log", ".yaml", ".yml", ".toml"))


def standing(words: Sequence[str], dataset: Dataset, target: str) -> dict[str, str]:
    """Word or number → the first file of the folder that has it, of any kind that is text and still as it was read."""
    found: dict[str, str] = {}
    root = Path(target)
    if not target or not root.is_dir():
        return found
    for source in dataset.sources:
        path = root / source.path
        if source.size > MOST_BYTES or not path.is_file() or path.suffix.lower() not in _TEXTS:
            continue
        low = path.read_text(encoding="utf-8", errors="replace").lower()
        for word in words:
            if word not in found and compiled(rf"(?<![^\W_]){re.escape(word)}(?![^\W_]|\.\d)").search(low):
                found[word] = source.path
    return found


def failing_lines(dataset: Dataset, target: str) -> tuple[tuple[str, str], ...]:
    """(file, line) of documents and logs in which a program says that it broke; one line a file."""
    found = []
    for source, text in _texts(dataset.sources, target):
        if source.kind == "JSON":
            continue
        line = next((x for x in text.splitlines() if _BROKE.search(x)), "")
        if line:
            found.append((source.path, " ".join(line.split())[:160]))
    return tuple(found)


def lines_with(pattern: re.Pattern[str], dataset: Dataset, target: str) -> tuple[tuple[str, str], ...]:
    """(file, line) of documents in which a pattern stands, one line a file."""
    found = []
    for source, text in _texts(dataset.sources, target):
        if source.kind == "JSON":
            continue
        line = next((x for x in text.splitlines() if pattern.search(x)), "")
        if line:
            plain = " ".join(re.sub(r"[*_`#>|]+", " ", line).split())
            found.append((source.path, plain if len(plain) <= 160 else plain[:160].rsplit(" ", 1)[0] + " …"))
    return tuple(found)


def _texts(sources: Sequence[Source], target: str) -> Iterator[tuple[Source, str]]:
    """The documents and JSON files of the folder that are still the bytes that the report read."""
    root = Path(target)
    if not target or not root.is_dir():
        return
    inside = root.resolve()
    for source in sources:
        texts = source.kind == "Markdown" or source.path.lower().endswith((".txt", ".log", ".md"))
        if not (texts or source.kind == "JSON") or not source.sha256 or source.size > MOST_BYTES:
            continue
        path = root / source.path
        try:
            if path.is_symlink() or not path.resolve().is_relative_to(inside):
                continue
            data = path.read_bytes()
        except (OSError, ValueError):
            continue
        if hashlib.sha256(data).hexdigest() != source.sha256:
            continue
        yield source, data.decode("utf-8", "replace")


def beside(dataset: Dataset, target: str) -> tuple[tuple[str, int], ...]:
    """Files of the folder that the report is of and that it did not read: what accompanies a benchmark's results."""
    root = Path(target)
    if not target or not root.is_dir():
        return ()
    known = {s.path for s in dataset.sources}
    found = []
    for place, path in enumerate(sorted(root.rglob("*"))):
        if place >= MOST_FILES:
            break
        name = path.relative_to(root).as_posix()
        if name in known or any(p.startswith(".") for p in name.split("/")) or path.is_symlink() or not path.is_file():
            continue
        found.append((name.encode("utf-8", "replace").decode(), path.stat().st_size))
    return tuple(found)
