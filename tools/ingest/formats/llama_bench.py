"""llama-bench of llama.cpp: JSON, JSON lines, CSV, SQL, table. Keys from its source, `llama-bench.cpp`."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from pathlib import PureWindowsPath

from chimera_report.tools.ingest.reading import Reading
from chimera_report.tools.schema import Json

from .build import Observations, cell_value, items, number, objects

NAME = "llama-bench"
KEYS = frozenset(("build_commit", "model_filename", "avg_ts"))
MODEL_FILE = "model_file"  # a factor until `same_model` has told models of one kind apart
_FACTORS = {
    "n_prompt": "n_prompt", "n_gen": "n_gen", "n_depth": "n_depth", "n_batch": "num_batch", "n_ubatch": "n_ubatch",
    "n_threads": "num_thread", "n_gpu_layers": "num_gpu", "type_k": "type_k", "type_v": "type_v",
    "flash_attn": "flash_attention", "split_mode": "split_mode", "main_gpu": "main_gpu", "use_mmap": "use_mmap",
}  # fmt: skip
# Its generation rate counts all tokens over the whole time, the first token included.
_DECODE = "generated tokens / generation time"


# Columns of its Markdown table that are settings; size and parameters describe the model.
_TITLES = {
    "backend": "backend", "threads": "num_thread", "ngl": "num_gpu", "n_batch": "num_batch", "n_ubatch": "n_ubatch",
    "n_ctx": "num_ctx", "type_k": "type_k", "type_v": "type_v", "fa": "flash_attention", "sm": "split_mode",
    "mmap": "use_mmap", "dev": "device",
    "concurrency": "concurrency", "prompt": "prompt", "receipt": "receipt",  # of a table that `export` writes
}  # fmt: skip
_TEST = re.compile(r"(pp|tg)(\d+)(?:\+tg(\d+))?(?: @ d(\d+))?")
_BUILD = re.compile(r"build: \w+ \(\d+\)")  # its last line
_SPEED = re.compile(r"(\d+(?:\.\d+)?)(?: ± (\d+(?:\.\d+)?))?")


def matches(document: Json) -> bool:
    return any(KEYS.issubset(item) for item in objects(document)[:3])


def read(document: Json, places: Sequence[str] = ()) -> Reading:
    """A test with n_gen = 0 measures prefill, one with n_prompt = 0 decoding; both together is total throughput.

    `places` says where each test stands, unless in a JSON document.
    """
    out = Observations(NAME)
    for i, item in enumerate(objects(document)):
        prompt, gen = number(cell_value(item.get("n_prompt"))), number(cell_value(item.get("n_gen")))
        factors = {name: item.get(key) for key, name in _FACTORS.items()}
        factors["device"] = item.get("gpu_info") or item.get("cpu_info")
        factors["backend"] = item.get("backends")
        factors[MODEL_FILE] = model_file(item)
        subject = _model(item)
        place = places[i] if places else f"/{i}"
        out.record(place, subject=subject, factors=factors, started=item.get("test_time"))
        metric, definition = "total_throughput", ""
        if gen == 0:
            metric = "prefill_rate"
        elif prompt == 0:
            metric, definition = "decode_rate", _DECODE
        samples = item.get("samples_ts")
        n = len(samples) if isinstance(samples, list) else None
        for key, stat in (("avg_ts", "mean"), ("stddev_ts", "sd")):
            value = cell_value(item.get(key))
            if stat == "mean" or ((n or 2) > 1 and number(value) > 0):  # the deviation of one sample is written as 0
                out.add(metric, value, key, stat=stat, n=n, definition=definition)
        for value in items(samples):
            out.add(metric, value, "samples_ts", definition=definition)
    return out.done()


_SPLIT = re.compile(r"-\d{5}-of-\d{5}$")  # one of several files of weights


def _model(item: dict[str, Json]) -> str:
    """The tool's word for the model (`llama 7B Q4_0`), where it is one for this file.

    It tells the architecture, not the model: Mistral's is `llama 13B`, and that of an unknown size `gpt-oss ?B F16`.
    The file's name is taken where it names a model and the tool's word leaves the size open or names another family.
    """
    told = str(item.get("model_type") or "").strip()
    stem = model_file(item)
    family = re.sub(r"[^a-z0-9]", "", told.partition(" ")[0].lower().removesuffix("moe"))
    size = re.search(r"\b(\d+(?:\.\d+)?)B\b", told)
    own = re.search(r"(?<![\d.a-z])(\d+(?:\.\d+)?)b(?![a-z])", stem.lower())
    plain = re.sub(r"[^a-z0-9]", "", stem.lower())
    apart = "?" in told or family not in plain or (size and own and not 0.75 < float(own[1]) / float(size[1]) < 1.34)
    return stem if stem and (not told or (apart and own)) else told


def model_file(item: dict[str, Json]) -> str:
    """The name of the file of weights, without its place and its ending."""
    name = PureWindowsPath(str(item.get("model_filename") or "")).name
    return _SPLIT.sub("", name.removesuffix(".gguf"))


def is_table(head: str) -> bool:
    return all(key in head for key in KEYS)


def read_csv(text: str) -> Reading:
    """Its CSV: a row a test, without the single repetitions."""
    rows: list[Json] = list(csv.DictReader(io.StringIO(text)))
    return read(rows, [f"row {i}" for i in range(1, len(rows) + 1)])


_CREATE = re.compile(r"^CREATE TABLE (?:IF NOT EXISTS )?\W?(\w+)\W?\s*\(([^;()]*)\)", re.MULTILINE | re.IGNORECASE)
_INSERT = re.compile(
    r"^INSERT INTO \W?(\w+)\W?\s*(?:\(([\w,\s\"`]*)\)\s*)?VALUES\s*(?=\()", re.MULTILINE | re.IGNORECASE
)
_BARE = re.compile(r"[^,)]*")
_ENDS = re.compile(r"'\s*[,)]")


def read_sql(text: str) -> tuple[Reading | None, str]:
    """What `-o sql` writes, or a dump of it by sqlite3: its rows are parsed, nothing is run.

    None without an INSERT of its columns. A row that breaks off or does not fit its columns is left out.
    """
    created = {m[1]: [c.split()[0].strip('"`') for c in m[2].split(",") if c.split()] for m in _CREATE.finditer(text)}
    tests: list[Json] = []
    places: list[str] = []
    broken: list[str] = []
    inserts = list(_INSERT.finditer(text))
    ends = [*(i.start() for i in inserts), len(text)][1:]
    line, at = 1, 0
    for insert, end in zip(inserts, ends, strict=True):
        line, at = line + text.count("\n", at, insert.start()), insert.start()
        columns = [c.strip(' \t\r\n"`') for c in insert[2].split(",")] if insert[2] else created.get(insert[1], [])
        if not KEYS.issubset(columns):
            continue
        for values in _rows(text[insert.end() : end]):
            if len(values) == len(columns):
                tests.append(dict(zip(columns, values, strict=True)))
                places.append(f"line {line}")
            else:
                broken.append(str(line))
    if not tests:
        return None, text
    reading = read(tests, places)
    if broken:
        reading.note(f"rows that break off or do not fit their columns were left out: line {', '.join(broken[:5])}")
    return reading, ""


def _rows(text: str) -> Iterator[list[str | None]]:
    """The rows behind VALUES: `('a', 1), (…);`. One that breaks off is empty, and the last.

    llama-bench puts each value between quotes and leaves a quote in it as it is; sqlite3 doubles it. So a quote ends a
    value only before a comma or a parenthesis.
    """
    at = 0
    while text.startswith("(", at := _blank(text, at)):
        row: list[str | None] = []
        while text[at : at + 1] in ("(", ","):
            at = _blank(text, at + 1)
            if text.startswith("'", at):
                end = text.find("'", at + 1)
                while end >= 0 and not _ENDS.match(text, end):
                    end = text.find("'", end + (2 if text.startswith("''", end) else 1))
                if end < 0:
                    break
                row.append(text[at + 1 : end].replace("''", "'"))
                at = _blank(text, end + 1)
            else:
                end = _blank(text, at, _BARE)
                word = text[at:end].strip()
                row.append(None if word.upper() == "NULL" else word)
                at = end
        if not text.startswith(")", at):
            yield []
            return
        yield row
        at = _blank(text, at + 1)
        if not text.startswith(",", at):
            return
        at += 1


def _blank(text: str, at: int, pattern: re.Pattern[str] = re.compile(r"\s*")) -> int:
    """Where what the pattern matches at a place ends."""
    match = pattern.match(text, at)
    return match.end() if match else at


def read_table(text: str) -> tuple[Reading | None, str]:
    """Its Markdown tables, alone or in a document or log, and the text with their lines left empty.

    `pp512` is prefill of 512 tokens, `tg128` decoding of 128, `@ d1024` after 1,024 tokens of context; mean ± sd over
    runs whose number it does not tell.
    """
    if "t/s" not in text:
        return None, text
    lines = text.split("\n")
    out = Observations(NAME)
    taken: list[int] = []
    titles: list[str] = []
    told = _about(lines)
    for place, line in enumerate(lines):
        cells = [c.strip() for c in line.strip().strip("|").split("|")] if line.lstrip().startswith("|") else []
        if {"model", "test", "t/s"} <= set(cells) and "est_ppt (ms)" not in cells:  # that is llama-benchy's
            titles, head = cells, place
        elif not cells:
            titles = []
        elif titles and len(cells) == len(titles):
            row = dict(zip(titles, cells, strict=True))
            test, speed = _TEST.fullmatch(row["test"]), _SPEED.fullmatch(row["t/s"])
            if test and speed:
                _table_row(out, place + 1, row, test, speed, told.get(head, {}))
                taken += [head, place]
            elif set("".join(cells)) <= set("-: "):
                taken.append(place)
        if taken and _BUILD.fullmatch(line.strip()):
            taken.append(place)
    if not taken or not out.started:
        return None, text
    gone = set(taken)
    return out.done(), "\n".join("" if i in gone else line for i, line in enumerate(lines))


_HEADING = re.compile(r"\s*(?:#{2,6}\s*([^#]+?)\s*#*|={3,}\s+([^=]+?)\s+={3,}|\*\*([^*]+)\*\*:?)\s*")
_CORES = re.compile(r"matrix cores: (\S+)\s*$")
_ABOVE = 8  # lines between a heading and its table: what the backend says of its devices


def _about(lines: list[str]) -> dict[int, dict[str, Json]]:
    """The head of each table → what stands above it: its heading, where several tables have headings of their own, and
    whether Vulkan used the matrix cores."""
    found: dict[int, dict[str, Json]] = {}
    heading, cores, since = "", "", 0
    for place, line in enumerate(lines):
        if match := _HEADING.fullmatch(line):
            text = next(g for g in match.groups() if g)
            plain = re.sub(r"\s*\([^()]*\)", "", text).strip(" :")
            if re.search(r"[A-Za-z]", plain) and len(plain) <= 60:
                heading, cores, since = plain, "", place
        elif match := _CORES.search(line[-200:]):
            cores = match[1]
        elif line.lstrip().startswith("|") and "t/s" in line and "test" in line:
            near = heading if place - since <= _ABOVE else ""
            found[place] = {"configuration": near, "matrix_cores": cores}
    if len({f["configuration"] for f in found.values() if f["configuration"]}) < 2:
        for told in found.values():
            del told["configuration"]
    return {at: {k: v for k, v in told.items() if v} for at, told in found.items()}


def _table_row(
    out: Observations,
    line: int,
    row: dict[str, str],
    test: re.Match[str],
    speed: re.Match[str],
    told: dict[str, Json],
) -> None:
    kind, tokens, more, depth = test.groups()
    factors: dict[str, Json] = told | {_TITLES[k]: v for k, v in row.items() if k in _TITLES and v not in ("", "-")}
    factors["n_prompt" if kind == "pp" else "n_gen"] = tokens
    factors |= {"n_gen": more} if more else {}
    factors |= {"n_depth": depth} if depth else {}
    out.record(f"line {line}", subject=row["model"], factors=factors)
    metric, definition = ("prefill_rate", "") if kind == "pp" else ("decode_rate", _DECODE)
    if more:
        metric, definition = "total_throughput", ""
    out.add(metric, float(speed[1]), "t/s", stat="mean", definition=definition)
    if speed[2] and float(speed[2]) > 0:  # that of a single run is written as 0
        out.add(metric, float(speed[2]), "t/s", stat="sd", definition=definition)
