"""What a right answer says about two systems or two levels, and about what a setting does."""

from __future__ import annotations

import json
import re
from typing import Any

from chimera_report.tools.schema import Answer

from .common import Refuted, everything, need, plain
from .numbers import numbers
from .raw import Raw, gmean


def _ratio(sentence: str, first: str, second: str, ratio: float) -> None:
    """The sentence's ratio and direction are those of first over second. `ratio` is that of the metric's values."""
    at = [sentence.find(n) for n in (first, second)]
    need(min(at) >= 0, f"{first} and {second} are not both named: {sentence!r}")
    if at[0] > at[1]:
        ratio = 1 / ratio
    if m := re.search(r"(?:is|decodes|takes) (\d+(?:\.\d+)?) times", sentence) or re.search(
        r"ratio (?:of )?(\d+(?:\.\d+)?)", sentence
    ):
        shown = numbers(m[1])[0]
        need(abs(shown.value - ratio) <= shown.half * 1.05 + 0.003 * ratio, f"the ratio is {ratio:.4g}: {sentence!r}")
    elif m := re.search(r"(\d+(?:\.\d+)?) ?% (higher|faster|longer|lower|slower|shorter|less|more)", sentence):
        sign = 1 if m[2] in ("higher", "faster", "longer", "more") else -1
        shown = numbers(m[1])[0]
        change = 100 * (ratio - 1) * sign
        need(abs(shown.value - change) <= shown.half + 0.3, f"the change is {change:.3g} %: {sentence!r}")
    elif m := re.search(r"means are (\S+) \S+ and (\S+) \S+ over|\((\S+) \S+ against (\S+) [^)]*\)", sentence):
        shown = [numbers(x)[0] for x in m.groups() if x]
        ratios = [(shown[0].value + i * shown[0].half) / (shown[1].value - i * shown[1].half) for i in (-1, 1)]
        low, high = min(ratios), max(ratios)
        need(low * 0.99 <= ratio <= high * 1.01, f"the ratio is {ratio:.4g}: {sentence!r}")
    elif m := re.search(r"is ([\d.]+)× to ([\d.]+)× that of .*\(geometric mean of the pairs: ([\d.]+)×\)", sentence):
        low, high, mean = (numbers(x)[0] for x in m.groups())  # a range under equal conditions, and its mean by name
        need(abs(mean.value - ratio) <= mean.half * 1.05 + 0.003 * ratio, f"the ratio is {ratio:.4g}: {sentence!r}")
        need(low.value - low.half <= ratio <= high.value + high.half, f"the ends leave out {ratio:.4g}: {sentence!r}")
    elif re.search(r"differ by at most|agree in|within", sentence):
        need(abs(ratio - 1) < 0.02, f"they differ, by {ratio:.3f}: {sentence!r}")
    else:
        raise Refuted(f"no ratio is told: {sentence!r}")


def _matched(raw: Raw, metric: str, a: str, b: str, suite: str) -> float:
    """Ratio of geometric means over the settings (or prompts) that both have."""
    left, right = (raw.pick(metric, suite=suite, subject=s) for s in (a, b))
    keys = [c for c in left if str(c).startswith("f_") and left[c].notna().all() and right[c].notna().all()]
    for frame in (left, right):
        if not keys or frame.duplicated(keys).any():
            return gmean(left["value"]) / gmean(right["value"])
    both = left.merge(right, on=keys)
    return gmean(both["value_x"]) / gmean(both["value_y"])


def compared(answer: Answer, raw: Raw, *, metric: str, a: str, b: str, suite: str = "", **_: Any) -> None:
    """The first sentence has the ratio of the two in the right direction; no lead denies what is true."""
    need(not answer.text[0].startswith(("No", "It is not so")), f"a true thing is denied: {answer.text[0]!r}")
    sentence = plain(answer.text[0])
    if "has no verdict" in sentence and len(answer.text) > 1:
        sentence = " ".join(answer.text[:3])
    in_suite = re.search(r"in suite (\w+)", " ".join(answer.text))
    where = suite or ""
    if in_suite and in_suite[1] != suite and suite and f"suite {suite}" not in " ".join(answer.text):
        raise Refuted(f"another suite is told: {answer.text}")
    _ratio(sentence, a, b, _matched(raw, metric, a, b, where))


def levels(answer: Answer, raw: Raw, *, metric: str, factor: str, a: str, b: str, **_: Any) -> None:
    """Two levels of a setting, `a` with the higher value; the metric may be one that moves with it."""
    ratio = balanced(raw, metric, factor, a) / balanced(raw, metric, factor, b)
    told = " ".join(answer.text)
    need(not answer.text[0].startswith(("No", "It is not so")), f"a true thing is denied: {told!r}")
    _raises(answer.text[0], factor, a, b, ratio)


def balanced(raw: Raw, metric: str, factor: str, level: str, subject: str = "") -> float:
    return gmean(raw.pick(metric, subject=subject, where={factor: level})["value"])


def _raises(sentence: str, factor: str, high: str, low: str, ratio: float) -> None:
    sentence = plain(sentence)
    m = re.search(rf"{factor} (\S+) raises .*? over {factor} (\S+) by (?:a factor of )?(\d+(?:\.\d+)?)( %)?", sentence)
    if m:
        first, second = m[1], m[2]
        told = float(m[3]) / 100 + 1 if m[4] else float(m[3])
    else:
        m = re.search(
            rf"at {factor} (\S+) is (\d+(?:\.\d+)?)( % higher than| times that) at (\S+?)[.\s]", sentence + " "
        ) or re.search(
            rf"{factor} (\S+) is associated with .*? (\d+(?:\.\d+)?)( % higher than| times that) at (\S+?)[.\s]",
            sentence + " ",
        )
        need(m, f"no effect is told: {sentence!r}")
        assert m is not None
        first, second = m[1], m[4]
        told = float(m[2]) / 100 + 1 if "%" in m[3] else float(m[2])
    need({first, second} == {high, low}, f"levels are {high} and {low}: {sentence!r}")
    true = ratio if first == high else 1 / ratio
    need(abs(told - true) < 0.02 * true, f"the ratio is {true:.4g}: {sentence!r}")


def effect(answer: Answer, raw: Raw, *, metric: str, factor: str, verdict: str, subject: str = "", **_: Any) -> None:
    """A change with its levels, direction and size; or, where there is none, that it is below 2 % or open."""
    found = raw.pick(metric, subject=subject)
    level = {str(x): gmean(g["value"]) for x, g in found.groupby("f_" + factor)}
    high, low = max(level, key=lambda x: level[x]), min(level, key=lambda x: level[x])
    if verdict == "changes":
        need(level[high] / level[low] > 1.05, "pandas sees no change; the question is wrong")
        sentence = next(
            (t for t in answer.text if factor in t and re.search(r"raises|is associated|times that|higher", t)),
            answer.text[0],
        )
        need(
            not answer.text[0].startswith(("No:", "It is not so", "That cannot", "Nothing")),
            f"denied: {answer.text[0]!r}",
        )
        _raises(sentence, factor, high, low, level[high] / level[low])
    elif "differs by at most" in answer.text[0]:
        need(level[high] / level[low] < 1.02, "pandas sees a change; the question is wrong")
        need(factor in answer.text[0], f"{factor} is not named: {answer.text[0]!r}")
        bound = next(n.value for n in numbers(answer.text[0].partition("at most")[2]))
        need(100 * (level[high] / level[low] - 1) < bound <= 2, f"not its bound: {answer.text[0]!r}")
    else:
        told = " ".join(answer.text)
        need("raises" not in told and "is associated" not in told, f"an effect is claimed: {told!r}")
        need(re.search(r"open|does not settle|cannot be told", told, re.IGNORECASE), f"not said to be open: {told!r}")


def refutes(answer: Answer, raw: Raw, *, metric: str, factor: str, a: str, b: str, **_: Any) -> None:
    """The question takes for granted that `b` is ahead; it is denied, and the truth told."""
    need(answer.text[0].startswith(("It is not so", "No")), f"not denied: {answer.text[0]!r}")
    _raises(answer.text[0], factor, a, b, balanced(raw, metric, factor, a) / balanced(raw, metric, factor, b))


def false_premise(answer: Answer, raw: Raw, *, metric: str, a: str, suite: str = "", **_: Any) -> None:
    """The question takes for granted that another is ahead of `a`; it is denied."""
    first = answer.text[0]
    need(
        re.match(r"It is not so|No", first) or re.search(r"differ by at most|agree in", first), f"not denied: {first!r}"
    )
    others = [s for s in raw.table["subject"].dropna().unique() if s != a and s in first]
    need(others, f"the other one is not named: {first!r}")
    _ratio(plain(first), a, others[0], _matched(raw, metric, a, others[0], suite))


def says_no(answer: Answer, raw: Raw, **_: Any) -> None:
    need(answer.text[0].startswith("No: "), f"not a no: {answer.text[0]!r}")


def not_yes(answer: Answer, raw: Raw, **_: Any) -> None:
    first = answer.text[0]
    need(not first.startswith("Yes"), f"a yes to what is not so: {first!r}")
    need(re.search(r"^No: |differ by at most|agree in|no verdict", first), f"not said: {first!r}")


def no_effect(answer: Answer, raw: Raw, *, factor: str, words: tuple[str, ...] = (), **_: Any) -> None:
    """No effect is claimed: it is none, open, or cannot be told from something else, and which is said."""
    told = " ".join(answer.text)
    need(
        not re.search(rf"{factor} \S+ (?:raises|is associated)|at {factor} \S+ is [\d.]+ (?:%|times)", told),
        f"an effect is claimed: {told!r}",
    )
    need(
        re.search(
            r"cannot be told|coincides with|differs? by at most|stays within|is open|not settle|one level|cannot ans",
            told,
        ),
        f"nothing is said of it: {told!r}",
    )
    need(factor in told, f"{factor} is not named: {told!r}")
    for word in words:
        need(word in everything(answer), f"{word} is not named: {told!r}")


def not_varied(answer: Answer, raw: Raw, *, factor: str, **_: Any) -> None:
    """The setting was never varied: that is the answer."""
    if answer.outcome == "answered":
        raise Refuted(f"answered: {answer.text}")
    need(factor in " ".join(answer.text), f"{factor} is not named: {answer.text}")


def why(answer: Answer, raw: Raw, *, a: str, suite: str, **_: Any) -> None:
    """What differs is told, with the rate first, and no cause is claimed."""
    told = " ".join(answer.text)
    need(a in told and not answer.text[0].startswith(("No", "It is not so")), f"{a} is not told of: {told!r}")
    need(not re.search(r"\bbecause\b|\bdue to\b|\bcaused by\b", told), f"a cause is claimed: {told!r}")
    other = next((s for s in ("gemma3:latest", "gemma3:1b-it-qat") if s in answer.text[0]), "")
    need(other, f"nothing to differ from: {answer.text[0]!r}")
    _ratio(plain(answer.text[0]), a, other, _matched(raw, "decode_rate", a, other, suite))


def run_times(answer: Answer, raw: Raw, *, file: str, a: str, b: str, **_: Any) -> None:
    made = json.loads((raw.folder / file).read_text())["backends"]
    ratio = made[a]["benchmark"]["mean_time_ms"] / made[b]["benchmark"]["mean_time_ms"]
    need(not answer.text[0].startswith("No"), f"denied: {answer.text[0]!r}")
    sentence = next((t for t in answer.text if "torchtrt" in t and a in t and b in t), "")
    need(sentence, f"not told: {answer.text}")
    _ratio(plain(sentence), f"backend {a}", f"backend {b}", ratio)
