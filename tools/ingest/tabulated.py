"""The tables of a document: what tells their rows apart, where one cell's unit holds for a column, and which experiment
they are of."""

from __future__ import annotations

import re

from chimera_report.tools.metrics import normalise, resolve, resolve_factor
from chimera_report.tools.schema import Role, listed, named_role

from .amounts import amount
from .columns import is_subject
from .folder_names import known_words
from .reading import GIVEN

Stated = tuple[str, list[tuple[str, dict[str, str]]]]  # a table's name, and its rows with their places

SECTION = "section"
_SYSTEMS = ("backend", "device")
_NAMING = 5  # words of a heading that is a system's
_NAMED = (GIVEN + "subject", GIVEN + SECTION)
DIFFERENCES = frozenset(
    (
        "delta",
        "difference",
        "diff",
        "change",
        "winner",
        "fastest",
        "slowest",
        "notes",
        "target",
        "unit",
        "improvement",
        "status",
    )
)
# Columns that say of a row what it is or how much was asked, and never what came out.
NO_RESULTS = frozenset(
    (
        "samples", "sample", "size", "n", "count", "questions", "items", "tasks", "examples", "prompts", "problems",
        "number", "total", "weight", "weights", "purpose", "source", "description", "license", "version", "date",
        "shots", "few_shot", "subset", "limit", "num_samples", "n_samples", "dataset_size", "test_size",
    )
)  # fmt: skip
_ENDED = (Role.STATUS, Role.ERROR, Role.OUTCOME, Role.COUNT, Role.TIME)  # how a run ended tells no conditions apart
_PARALLEL = frozenset(
    ("aggregate", "per_stream", "per_user", "per_request", "per_session", "per_client", "aggregate_tok_s", "total")
)


def apart_by_section(tables: list[Stated], sections: list[str]) -> None:
    """Rows of tables under different headings that nothing else tells apart have their section: what a document
    measures twice is two experiments, not one with repeats."""
    metrics: dict[str, set[int]] = {}
    for number, (_, rows) in enumerate(tables):
        for _, row in rows:
            for key in row:
                if resolve(key) is not None:
                    metrics.setdefault(key, set()).add(number)
    mixed = {n for numbers in metrics.values() if len(numbers) > 1 for n in numbers}
    headed = {n: sections[n] for n in mixed if sections[n]}
    # A heading that is the model of all its rows tells no section.
    headed = {n: s for n, s in headed.items() if not _of_subject(tables[n][1], s)}
    if len(set(headed.values())) < 2 and {s.lower() for s in headed.values()} <= _SUMS_UP:
        return
    named = _systems_of(set(headed.values()))
    alone = len(named) == len(set(headed.values())) == len(set(named.values()))  # the heading is the system's, no more
    for number, section in headed.items():
        for _, record in tables[number][1]:
            factor, system = named.get(section, ("", ""))
            if factor and not any(resolve_factor(k.removeprefix(GIVEN)) in _SYSTEMS for k in record):
                record[GIVEN + factor] = system
                if alone:
                    continue
            record[GIVEN + SECTION] = section


_SUMS_UP = frozenset(("summary", "results", "overview", "overall", "details", "averages"))


def _of_subject(rows: list[tuple[str, dict[str, str]]], section: str) -> bool:
    return all(r.get(GIVEN + "subject") and r[GIVEN + "subject"] in section for _, r in rows)


def _systems_of(headings: set[str]) -> dict[str, tuple[str, str]]:
    """Heading → the backend or device that it names, of headings that name one each: `Results: Vulkan (iGPU)`."""
    words = known_words()[0]
    found: dict[str, tuple[str, str]] = {}
    for heading in headings:
        every = re.findall(r"[A-Za-z][\w.]*", heading.rpartition(": ")[2])
        there = {w for w in every if words.get(w.lower()) in _SYSTEMS}
        if len(there) == 1 and len(every) <= _NAMING:  # a longer one says something about it
            name = there.pop()
            found[heading] = words[name.lower()], name
    if len({n.lower() for _, n in found.values()}) < 2:
        return {}
    kinds = {k for k, _ in found.values()}
    return found if len(kinds) == 1 else {h: ("backend", n) for h, (_, n) in found.items()}


def loads(header: list[str]) -> list[str]:
    """The header, with N beside what streams have in all and each as the number of streams: no count of records."""
    names = {normalise(h) for h in header}
    if len(names & _PARALLEL) < 2:
        return header
    return ["concurrency" if normalise(h) in ("n", "streams", "parallel") else h for h in header]


def units(header: list[str], body: list[list[str]]) -> dict[str, str]:
    """Columns in which only some cells write the unit, as a reader takes it to hold for all: header → unit."""
    found: dict[str, str] = {}
    for place, head in enumerate(header):
        parsed = [amount(r[place].strip(" *_`")) for r in body if len(r) > place]
        units = {a.unit for a in parsed if a is not None}
        if len(units) == 2 and "" in units:
            found[head] = next(u for u in units if u)
    return found


def _is_work(head: str, records: list[tuple[str, dict[str, str]]]) -> bool:
    """Whether a column says in words what was asked: a factor of its own, and no part of a system's name."""
    said = any(amount(r.get(head, "")) is None for _, r in records)
    return said and listed(head) and named_role(head) is Role.WORKLOAD


def told_apart(header: list[str], records: list[tuple[str, dict[str, str]]]) -> None:
    """Give rows that nothing known tells apart the next text columns too: `Version` beside an equal `Backend`."""
    known = [h for h in header if resolve_factor(h) or is_subject(h) or h.startswith(GIVEN) or _is_work(h, records)]
    for head in (h for h in known if not resolve_factor(h) and not is_subject(h) and not h.startswith(GIVEN)):
        for _, record in records:
            if head in record:
                record[GIVEN + normalise(head)] = record.pop(head)
    rest = [h for h in header if h not in known and resolve(h) is None and normalise(h) not in DIFFERENCES]
    rest = [h for h in rest if normalise(h) and named_role(normalise(h)) not in _ENDED]
    about = next(
        (
            h
            for h in known
            if not h.startswith(GIVEN)
            and resolve_factor(h) not in _NO_NAME
            and not _is_work(h, records)
            and any(amount(r.get(h, "")) is None for _, r in records)
        ),
        "",
    )

    def apart() -> bool:
        return len({tuple(r.get(h, r.get(GIVEN + normalise(h), "")) for h in known) for _, r in records}) == len(
            records
        )

    def given(head: str) -> None:
        known.append(head)
        for _, record in records:
            record[GIVEN + normalise(head)] = record[head]

    for head in rest:
        if apart():
            return
        cells = [r.get(head, "") for _, r in records]
        texts = [c for c in cells if c and amount(c) is None and len(c) <= _LABEL]
        if len(texts) < len(cells) or len(set(cells)) < 2:
            continue
        if about and is_subject(about) and listed(normalise(head)) and named_role(head) in _CHOSEN:
            given(head)  # `Mode` beside the model is a setting, and no part of its name
        elif about:  # one name for a row: "Container, Vulkan"
            for _, record in records:
                record[about] = f"{record.get(about, '')}, {record[head]}"
        else:
            given(head)
    for head in rest:  # numbers that were chosen, as their head says
        cells = [r.get(head, "") for _, r in records]
        named = normalise(head) and (head == header[0] or head.startswith("-") or named_role(head) in _CHOSEN)
        if named and head not in known and not apart() and len(set(cells)) > 1 and all(0 < len(c) <= 48 for c in cells):
            given(head)


_CHOSEN = (Role.SETTING, Role.WORKLOAD)
_NO_NAME = frozenset(("quantisation", "context_length", "num_ctx", "batch_size", "concurrency", "num_thread"))
_LABEL = 80  # characters of a text that tells rows apart


def labelled(header: list[str], records: list[tuple[str, dict[str, str]]]) -> None:
    """Where nothing known tells the rows apart, the first column does, also where it holds amounts such as 32K."""
    known = [h for h in header if resolve_factor(h) or is_subject(h) or h == GIVEN + "variant"]
    if known or any(k in r for _, r in records for k in _NAMED) or any(GIVEN + "subject" in r for _, r in records):
        return
    head = header[0] if header else ""
    cells = [r.get(head, "") for _, r in records]
    if head and resolve(head) is None and all(0 < len(c) <= 48 for c in cells) and len(set(cells)) == len(cells) > 1:
        for _, record in records:
            record[GIVEN + normalise(head)] = record.pop(head)


_SIZES = frozenset(("vram", "ram", "model_size", "power"))
_MACHINES = frozenset(
    ("gpu", "card", "hardware", "machine", "device", "component", "cpu", "host", "server", "instance", "node")
)
_NEEDED = re.compile(r"requir|recommend|minimum|needed|capacity|architecture|\bcores?\b|bandwidth", re.IGNORECASE)


def specifies(header: list[str]) -> bool:
    """Whether a table says what machines have, or what is needed, and not what was measured: it states sizes alone."""
    found = {m.metric for h in header if normalise(h) not in _MACHINES and (m := resolve(h)) is not None}
    of_models = any(normalise(h).startswith("model") for h in header)
    machines = normalise(header[0]) in _MACHINES and not of_models
    return bool(found) and found <= _SIZES and (machines or any(_NEEDED.search(h) for h in header))
