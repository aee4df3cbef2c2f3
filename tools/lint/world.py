"""What the data holds, looked up by the words of a person: systems, metrics, settings, counts, values."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from chimera_report.tools.claims import factor_for, show, unit_for, with_unit
from chimera_report.tools.metrics import COLD_SENSITIVE, FACTORS, METRICS
from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.patterns import compiled
from chimera_report.tools.schema import Analysis, Comparison, Dataset, Effect, FactSheet, Summary
from chimera_report.tools.stats import prepare

if TYPE_CHECKING:
    import pandas as pd

    from chimera_report.tools.lint.evaluate import Entity

# What people call a group of metrics.
CONCEPTS: dict[str, tuple[str, ...]] = {
    "latency": ("ttft", "e2e_latency", "tpot", "itl", "load_time", "prompt_eval_time", "eval_time", "run_time"),
    "response time": ("ttft", "e2e_latency", "run_time"),
    "inference time": ("run_time", "e2e_latency", "eval_time", "tpot"),
    "throughput": ("decode_rate", "prefill_rate", "output_throughput", "total_throughput", "request_rate"),
    "tokens per second": ("decode_rate", "output_throughput"),
    "tokens/s": ("decode_rate", "output_throughput"),
    **dict.fromkeys(
        ("generation speed", "generation rate", "decoding speed", "token generation"),
        ("decode_rate", "output_throughput"),
    ),
    **dict.fromkeys(("prompt reading speed", "prompt processing speed", "prefill speed"), ("prefill_rate",)),
    "prompt processing": ("prefill_rate",),
    "between tokens": ("itl",),
    "prompt reading": ("prefill_rate",),
    "speed": ("decode_rate", "prefill_rate", "run_time"),
    "memory": ("ram", "vram", "ram_util"),
    "gpu utilization": ("gpu_util",),
    "performance metric": tuple(m.name for m in METRICS.values() if m.direction != "none" and m.core),
    "performance figure": tuple(m.name for m in METRICS.values() if m.direction != "none" and m.core),
    "performance data": tuple(m.name for m in METRICS.values() if m.direction != "none" and m.core),
    "standardized metric": tuple(m.name for m in METRICS.values() if m.direction != "none" and m.core),
    "explicit metric": tuple(m.name for m in METRICS.values() if m.direction != "none" and m.core),
}
# Settings of a run that "parameters" means; devices, backends and the like are conditions.
PARAMETERS = frozenset({
    "num_gpu", "num_ctx", "num_batch", "num_thread", "num_predict", "temperature", "top_p", "top_k", "seed",
})  # fmt: skip
# What people call a setting, beside its names in files.
SPOKEN: dict[str, tuple[str, ...]] = {
    "concurrency": (
        "concurrent users", "parallel requests", "simultaneous requests", "requests in flight", "requests at a time",
        "requests at once", "request at a time", "request at once", "concurrent request", "user", "load level",
    ),
    "num_ctx": ("context window", "context"),
    "num_gpu": ("layers", "offloaded layers"),
    "device": ("machine", "computer"),
    "num_gpus": ("gpu", "card"),
    "input_length": ("input", "prompt length", "input tokens"),
    "output_length": ("output length", "answer length", "output tokens"),
}  # fmt: skip
# Settings whose levels are names that everybody knows.
_PLAIN = frozenset(
    {"baseline", "default", "best", "none", "auto", "base", "standard", "normal"}
)  # words of any heading
_STEM = 5  # letters by which "motivation" and "motivate" are one word
_FEW = frozenset({"the", "and", "for", "with", "promp"[:_STEM]})
ALONE = frozenset({"backend", "quantisation", "device", "dtype", "kv_cache", "provider"})
_STATS = ("gmean", "p50", "mean", "min", "max", "p90", "p95", "p99", "sd")
_TOLERANCE = 1.001  # of half a unit in the last place that is written


@dataclass(frozen=True, slots=True)
class Mention:
    """A system that a text names: by its whole name, or by a part that only it has ("the 270m model")."""

    subject: str
    start: int
    end: int


def _documents_alone(dataset: Dataset) -> Dataset:
    """Where documents are all there is, what they state is held to be measured, as in a report."""
    origin = dataset.table["origin"].astype("object")
    if not len(origin) or (origin == "measured").any():
        return dataset
    return replace(dataset, table=dataset.table.assign(origin=origin.replace("reported", "measured")))


class World:
    def __init__(self, sheet: FactSheet, analysis: Analysis, dataset: Dataset) -> None:
        self.sheet = sheet
        self.analysis = analysis
        self.dataset = _documents_alone(dataset)
        self.inventory = analysis.inventory
        self._measured: dict[tuple[str, str, bool], pd.DataFrame] = {}
        self.grouped: dict[tuple[Entity, str], list[tuple[str, dict[str, float], pd.DataFrame]]] = {}  # of `evaluate`

    # --- names

    @cached_property
    def subjects(self) -> tuple[str, ...]:
        names = dict.fromkeys(self.inventory.subjects)
        for comparison in self.analysis.comparisons:
            if comparison.axis == "subject":
                names |= dict.fromkeys((comparison.a, comparison.b))
        return tuple(n for n in names if n)

    @cached_property
    def _parts(self) -> dict[str, str]:
        """Parts of names with a letter and a digit that only one system has: "270m" → gemma3:270m."""
        owners: dict[str, set[str]] = {}
        for name in self.subjects:
            tag = name.lower().rpartition(":")[2]  # "1b-it-qat"
            for part in {*re.split(r"[^A-Za-z0-9.]+", name.lower()), *_pieces(name), tag}:
                if re.search(r"\d", part) and re.search(r"[a-z]", part):
                    owners.setdefault(part, set()).add(name)
        return {part: next(iter(names)) for part, names in owners.items() if len(names) == 1}

    def mentions(self, text: str) -> list[Mention]:
        """The systems that a text names, in its order."""
        found: list[Mention] = []
        low = text.lower()
        for names in (dict(zip(self.subjects, self.subjects, strict=True)), self._parts):
            for word in sorted((n for n in names if n.lower() in low), key=len, reverse=True):
                for m in compiled(rf"(?<![\w:.-]){re.escape(word)}(?!\w|[:.-]\w)", re.IGNORECASE).finditer(text):
                    if not any(m.start() < f.end and f.start < m.end() for f in found):
                        found.append(Mention(names[word], m.start(), m.end()))
        for m in _COMPOUND.finditer(text):  # "Llama3.1:8b-q4_0", where one system alone has all of these parts
            given = _pieces(m[0])
            owners = [n for n in self.subjects if given <= _pieces(n)]
            if len(owners) == 1 and not any(m.start() < f.end and f.start < m.end() for f in found):
                found.append(Mention(owners[0], m.start(), m.end()))
        found = [self._with_family(f, text) for f in found]
        return sorted(found, key=lambda f: f.start)

    @staticmethod
    def _with_family(mention: Mention, text: str) -> Mention:
        """With the part of its name that stands before it: "Llama3.1 q4_0"."""
        before = re.search(r"(?<![\w.:-])([\w.]+)[ -]$", text[: mention.start])
        if before and before[1].lower() in _pieces(mention.subject):
            return Mention(mention.subject, before.start(), mention.end)
        return mention

    def suites(self, text: str) -> list[str]:
        """The suites that a text names; one whose name is a plain word only where the text calls it a suite."""
        found, low = [], text.lower()
        for name in (s.name for s in self.inventory.suites if s.name and s.name.lower() in low):
            plain = name.isalpha()
            called = rf"suites? [\"'“`]?{re.escape(name)}(?!\w)|{re.escape(name)} suite\b|[\"“`]{re.escape(name)}[\"”`]"
            if compiled(called, re.IGNORECASE).search(text) if plain else _has(text, name):
                found.append(name)
        return found

    @cached_property
    def _metric_words(self) -> list[tuple[str, tuple[str, ...]]]:
        words: dict[str, tuple[str, ...]] = {}
        for metric in METRICS.values():
            for name in (metric.title, metric.name, *metric.aliases):
                for word in {name.lower(), name.lower().replace("_", " ")}:
                    if len(word) > 3 or word in ("ram", "ttft", "tpot"):
                        words.setdefault(word, (metric.name,))
        words |= CONCEPTS
        return sorted(words.items(), key=lambda w: -len(w[0]))

    @cached_property
    def settings(self) -> dict[str, list[str]]:
        """The settings of the data with their levels."""
        table = self.dataset.table[self.dataset.table["origin"] == "measured"]
        found = {f: [str(v) for v in table[f"factor.{f}"].dropna().unique()] for f in self.dataset.factors}
        return {factor: found[factor] for factor in sorted(found, key=lambda f: len(found[f]) < 2) if found[factor]}

    @cached_property
    def phrases(self) -> dict[str, tuple[str, ...]]:
        """How people call each setting of the data."""
        found = {}
        for name in self.settings:
            factor = FACTORS.get(name)
            words = [name, *(factor.aliases if factor else ())]
            words += [w.replace("_", " ") for w in words] + list(SPOKEN.get(name, ()))
            words += [w.removesuffix("s") for w in words if len(w) > 4 and re.search(r"[a-rt-z]s$", w)]
            found[name] = tuple(sorted(dict.fromkeys(words), key=len, reverse=True))
        return found

    @cached_property
    def levels_alone(self) -> dict[str, tuple[str, str]]:
        """Levels that say by themselves of which setting they are: "q4_K_M", "tensorrt"."""
        owners: dict[str, set[tuple[str, str]]] = {}
        for factor, levels in self.settings.items():
            role = self.dataset.role_of(factor)
            if role is not None and role.value not in ("setting", "component", "system", "environment"):
                continue
            for level in levels:
                named = factor in ALONE and re.fullmatch(r"[A-Za-z][\w.-]{2,}", level)
                words = re.fullmatch(r"(?=.*\d)(?=.*[A-Za-z])[\w.-]+(?: [\w.-]+){0,4}", level)
                if named or (words and len(level) > 2):
                    owners.setdefault(level.lower(), set()).add((factor, level))
        taken = {s.lower() for s in self.subjects} | set(self._parts) | _PLAIN
        return {k: next(iter(v)) for k, v in owners.items() if len(v) == 1 and k not in taken}

    @cached_property
    def numbers_alone(self) -> dict[str, tuple[str, str]]:
        """Numbers that people call a device by, where one alone has them: "the 3060" of RTX 3060."""
        owners: dict[str, list[tuple[str, str]]] = {}
        for factor, level in self.levels_alone.values():
            for number in re.findall(r"(?<= )\d{3,5}(?![\w.])", level):
                owners.setdefault(number, []).append((factor, level))
        levels = {level for levels in self.settings.values() for level in levels}
        return {n: v[0] for n, v in owners.items() if len(v) == 1 and n not in levels}

    def workload(self, label: str) -> tuple[str, str] | None:
        """The one workload that a short label stands for ("Racing remark"): the level has each of its words."""
        words = {w[:_STEM] for w in re.findall(r"[a-z]{3,}", label.lower())} - _FEW
        if not words or len(label) > 80:
            return None
        found: set[tuple[str, str]] = set()
        for factor, levels in self.settings.items():
            if self.dataset.role_of(factor).value != "workload":
                continue
            for level in levels:
                if words <= {w[:_STEM] for w in re.findall(r"[a-z]{3,}", level.lower())}:
                    found.add((factor, level))
        return next(iter(found)) if len(found) == 1 else None

    def measured(self, metric: str, stat: str, *, loads: bool = False) -> pd.DataFrame:
        """The rows of a metric that were measured, and did not fail; of one that a cold start is part of without the
        records that loaded the model, where there are others. `loads`: with them."""
        key = (metric, stat, loads)
        if key not in self._measured:
            table = self.dataset.table
            chosen = (table["metric"] == metric) & (table["status"] == "ok") & (table["stat"] == stat)
            chosen &= table["origin"] == "measured"
            if metric in COLD_SENSITIVE and not loads:
                warm = chosen & ~self._loaded
                chosen = warm if warm.any() else chosen
            self._measured[key] = table[chosen]
        return self._measured[key]

    def set_aside(self, subject: str, metric: str) -> list[float]:
        """Values of a metric that files state and the reading doubts, or that sum up others: each, and their mean of
        each file and of each level of a setting. They support nothing, and refute nothing."""
        table = self.dataset.table
        chosen = table[(table["metric"] == metric) & (table["status"] == "set aside") & table["value"].notna()]
        chosen = chosen[chosen["subject"] == subject] if subject else chosen
        found = [float(v) for v in chosen["value"]]
        for column in ("source", *(c for c in chosen.columns if c.startswith("factor."))):
            found += [float(v) for v in chosen.groupby(column)["value"].mean()]
        summed = table[(table["metric"] == metric) & (table["stat"] != "sample") & table["value"].notna()]
        return found + [float(v) for v in (summed[summed["subject"] == subject] if subject else summed)["value"]]

    def doubted(self, subject: str, metric: str) -> bool:
        """Whether files state values in the unit of a metric, of a system, that the reading set aside."""
        table = self.dataset.table
        aside = table[(table["status"] == "set aside") & ((table["subject"] == subject) | (subject == ""))]
        unit = metric_of(metric).unit
        return any(str(m) in METRICS and metric_of(str(m)).unit == unit for m in aside["metric"].unique())

    @cached_property
    def _loaded(self) -> pd.Series[bool]:
        """Which rows are of records that loaded the model."""
        import pandas as pd

        marks = prepare(self.dataset).all_rows().number("cold") == 1
        return pd.Series(marks, index=self.dataset.table.index)

    def metrics(self, text: str) -> list[tuple[str, tuple[str, ...]]]:
        """`(words, metrics)` that a text names, the longest names first taken."""
        low, found = text.lower(), []
        for word, names in self._metric_words:
            if word not in low:
                continue
            pattern = rf"(?<!\w){re.escape(word)}s?(?!\w)"
            if compiled(pattern).search(low):
                found.append((word, names))
                low = compiled(pattern).sub(lambda m: " " * len(m[0]), low)
        return found

    def held(self, names: Iterable[str]) -> list[str]:
        """Those metrics that some file holds, the most frequent first."""
        have = {n: self.counts.get(n, 0) for n in names if n in self.inventory.metrics}
        return sorted(have, key=lambda n: -have[n])

    @cached_property
    def counts(self) -> dict[str, int]:
        """Values by metric."""
        table = self.dataset.table
        return {str(k): int(v) for k, v in table.loc[table["status"] == "ok", "metric"].value_counts().items()}

    @cached_property
    def files(self) -> dict[str, int]:
        """Files by metric."""
        return {str(k): int(v) for k, v in self.dataset.table.groupby("metric")["source"].nunique().items()}

    def has_metrics(self, names: Iterable[str]) -> str:
        """What the data holds of these metrics, in words; "" for none."""
        told = [
            f"{metric_of(n).title} ({self.counts.get(n, 0)} values in {self.files.get(n, 0)} files)"
            for n in self.held(names)[:6]
        ]
        return ", ".join(told)

    # --- values

    def summaries(self, subject: str, metrics: Iterable[str], suites: Iterable[str] = ()) -> list[Summary]:
        wanted, places = set(metrics), set(suites)
        return [
            s
            for s in self.analysis.summaries
            if s.subject == subject and s.metric in wanted and (not places or s.suite in places)
        ]

    def value(self, summary: Summary) -> str:
        """The typical value as a reader sees it, with its n."""
        typical = next((v for v in (summary.gmean, summary.p50, summary.mean) if v is not None), None)
        if typical is None:
            return ""
        unit = unit_for(metric_of(summary.metric).unit, [abs(typical)])
        shown, _, _ = show(typical * factor_for(metric_of(summary.metric).unit, unit), unit, None)
        place = f" in suite {summary.suite}" if summary.suite else ""
        count = f" (n = {summary.n})" if summary.n else ""
        return f"{metric_of(summary.metric).title} of {summary.subject}{place}: {shown}{count}"

    def typical(self, subject: str, metrics: Iterable[str], suites: Iterable[str] = ()) -> list[str]:
        found = [s for s in self.summaries(subject, metrics, suites) if not s.condition and s.warm is not False]
        found.sort(key=lambda s: -(s.n or 0))
        return list(dict.fromkeys(v for s in found[:2] if (v := self.value(s))))

    def matches(self, summary: Summary, written: str, factor: float, stats: Sequence[str] = ()) -> bool:
        """Whether a number as it is written (`factor` makes it canonical) is one of those statistics of the summary.

        Without `stats`: any of them, or an end of an interval.
        """
        places = len(written.split(".")[1]) if "." in written else 0
        slack = 0.5 * 10**-places * _TOLERANCE
        given = float(written)
        values = [v for stat in stats or _STATS if (v := getattr(summary, stat)) is not None]
        for ci in () if stats else (summary.gmean_ci, summary.median_ci):
            values += [ci.low, ci.high] if ci else []
        return any(abs(v / factor - given) <= slack for v in values)

    def compared(self, a: str, b: str, metrics: Iterable[str], suites: Iterable[str] = ()) -> list[Comparison]:
        wanted, places = set(metrics), set(suites)
        return [
            c
            for c in self.analysis.comparisons
            if {c.a, c.b} == {a, b} and c.metric in wanted and (not places or c.suite in places) and c.ratio is not None
        ]

    def effects(self, factors: Iterable[str], suites: Iterable[str] = ()) -> list[Effect]:
        wanted, places = set(factors), set(suites)
        return [
            e
            for e in self.analysis.effects
            if e.factor in wanted
            and (not places or e.suite in places)
            and metric_of(e.metric).direction != "none"
            and metric_of(e.metric).core
        ]

    def factors(self, text: str) -> list[str]:
        """Settings that a text names; "parameters" and "tuning" mean all of a run's."""
        held = self.dataset.factors
        named = [f.name for f in FACTORS.values() if f.name in held and _has(text, f.name)]
        if re.search(r"\b(?:param\w*|settings?|tuning|configurations?)\b", text, re.IGNORECASE) and not named:
            named = [f for f in held if f in PARAMETERS]
        return named

    def levels(self, text: str) -> list[Comparison]:
        """Comparisons along a setting, one of whose levels the text names ("CUDA")."""
        return [
            c
            for c in self.analysis.comparisons
            if c.axis != "subject" and c.ratio is not None and any(_level(text, x) for x in (c.a, c.b))
        ]


_COMPOUND = re.compile(r"(?<![\w:./-])[A-Za-z][\w.]*(?:[:/-][\w.]*\w)+(?![\w/-]|:\w)")


def _pieces(name: str) -> set[str]:
    return {p for p in re.split(r"[:/\s-]+", name.lower()) if p}


def _has(text: str, name: str) -> bool:
    return compiled(rf"(?<![\w-]){re.escape(name)}(?![\w-])", re.IGNORECASE).search(text) is not None


def _level(text: str, level: str) -> bool:
    return len(level) > 2 and not level.replace(".", "").isdigit() and _has(text.replace("_", " "), level)


def percent(share: float) -> str:
    return with_unit(f"{100 * share:.1f}", "%")
