"""Who was measured and in which benchmark: from fields, sibling files and file names."""

from __future__ import annotations

import re

from chimera_report.tools.metrics import normalise

_FAMILY = (
    r"(?:gemma|llama|codellama|qwen|qwq|mistral|mixtral|phi|deepseek|falcon|vicuna|smollm|tinyllama|starcoder|codestral|granite|yi|"
    r"command-r|olmo|gpt-oss|gpt|claude|nemotron|dolphin|orca|zephyr|internlm|baichuan|glm|bloom|opt|pythia|mpt|aya|exaone|solar|minimax|kimi|ministral|"
    r"devstral|magistral|wizardcoder|stablelm|hunyuan|ernie|distilgpt|lfm|jamba)"
)
_MODEL = re.compile(
    rf"(?:[\w.-]+/)?{_FAMILY}(?:[-_]?\d[\d.]*)?[a-z]?(?:[:_-](?:latest|\d+(?:\.\d+)?[bm]|instruct|chat|it|pt|qat|base|text|[ae]\d+(?:\.\d+)?b|mini|small|"
    r"medium|large|i?q\d\w*|fp16|bf16|f16|fp8|int[48]|[nm]x?v?fp4|\d+x\d+b|v\d[\d.]*|k|m|s|xl|gguf|awq|gptq|mlx|[48]bit|coder|coding|code|"
    r"vl|vision|thinking|nothink|reasoning|r1|distill|omni|next|moe|math|turbo|flash|lite|pro|plus|nano|tiny|micro|preview|uncensored|abliterated)(?![A-Za-z0-9]))*",
    re.IGNORECASE,
)
# Any name that tells its parameters or its file of weights: `Foo3.6-27B-Coder-Q5_K_S`, `foo.Q4_K_M.gguf`.
_SIZED = re.compile(
    r"(?:[\w.-]+/)?[A-Za-z][\w.]*(?:[-_][\w.]+)*?[-_]\d+(?:\.\d+)?[bB](?:[-_.][\w.]+)*|[\w.-]+\.gguf", re.ASCII
)
_NAMED_SIZE = re.compile(
    r"(?<![A-Za-z0-9.])[A-Za-z]{3,}[\d.]*(?:[-_][A-Za-z][\w.]*?)?[-_:]\d+(?:\.\d+)?[bB](?![A-Za-z0-9])", re.ASCII
)
# `hf.co/publisher/Name-GGUF:Q4_K_M` as Ollama pulls it; `publisher/Name-GGUF`.
_PUBLISHED = re.compile(
    r"(?:hf\.co|huggingface\.co)/[\w.-]+/[\w.-]+(?::[\w.-]+)?|[\w.-]+/[\w.-]*GGUF(?::[\w.-]+)?", re.IGNORECASE
)
_TAGGED = re.compile(r":(?:latest|\d+(?:\.\d+)?[bm]|(?:ud-)?i?q\d\w*|[bf]p?f?16)", re.IGNORECASE)
_WITH_MODE = re.compile(r"(\S+)\s*[\[(]([^\[\]()]{1,40})[\])]")
_TAG = re.compile(r"[\w.\-/]+:[\w.\-]+")
_STAMP = re.compile(
    r"(?:19|20)\d{2}[-_]?[01]\d[-_]?[0-3]\d(?:[-_T]?\d{2}[-_:]?\d{2}(?:[-_:]?\d{2}(?:\.\d{3,9})?)?Z?)?|\b1[4-9]\d{8}(?:\d{3})?\b"
)
DERIVED = ("summary", "runs", "raw", "results", "report", "details", "aggregate", "aggregated", "aiperf")
_SHORT = 4  # signs of a name
_REPEATED = frozenset(("r", "rep", "repeat", "repetition", "run", "round", "trial", "iter", "try"))
_VAGUE = frozenset(
    (
        "bench",
        "test",
        "tests",
        "data",
        "output",
        "out",
        "run",
        "runs",
        "result",
        "results",
        "log",
        "cold",
        "starts",
        "concurrency",
        "itl",
    )
)


def is_model(text: str) -> bool:
    """Whether a text as a whole is a model's name ("gemma3:270m", "llama3.1:8b-instruct-q4_0")."""
    text = text.strip()
    if len(text) > 80 or " " in text or not text:
        return False
    if _MODEL.fullmatch(text) or _SIZED.fullmatch(text):
        return True
    if _PUBLISHED.fullmatch(text):
        return True
    return bool(_TAG.fullmatch(text) and _TAGGED.search(text))


def model_and_mode(text: str) -> tuple[str, str] | None:
    """(`foo-27B.gguf`, `no-spec`) of `foo-27B.gguf [no-spec]`; None where the text is no model with a way to run it."""
    match = _WITH_MODE.fullmatch(text.strip())
    return (match[1], match[2].strip()) if match and is_model(match[1]) else None


def model_in(text: str) -> str:
    """The first model tag ("name:tag") that a text mentions; "" when there is none or there are several."""
    found = {m[0].strip(".,)(`*") for m in _TAG.finditer(text) if is_model(m[0].strip(".,)(`*"))}
    return found.pop() if len(found) == 1 else ""


def model_of_stem(stem: str) -> str:
    """The model that a file's name begins with: `gemma3_270m_baseline` → gemma3_270m."""
    match = _MODEL.match(stem)
    if not match or not re.search(r"\d", match[0]):
        return ""
    rest = stem[match.end() :]
    return match[0] if not rest or not rest[0].isalnum() else ""


def model_within(text: str) -> str:
    """The one model that a longer name mentions, with the signs that it is told by (a family and a number); else ""."""
    found: list[re.Match[str]] = []
    for start in re.finditer(r"(?<![A-Za-z0-9])[A-Za-z]", text):
        match = _MODEL.match(text, start.start())
        whole = match and re.search(r"\d", match[0]) and not text[match.end() : match.end() + 1].isalnum()
        if match and whole and (not found or start.start() >= found[-1].end()):
            found.append(match)
    if found:
        return found[0][0] if len(found) == 1 else ""
    sized = {m[0] for m in _NAMED_SIZE.finditer(text)}  # of no known family, but with its parameters: `acme4.2-3b`
    return sized.pop() if len(sized) == 1 else ""


def words_of(text: str) -> list[str]:
    return [w for w in normalise(text).split("_") if w]


def without_stamp(stem: str) -> str:
    """A stem without dates, times and epoch seconds."""
    padded = re.sub(r"(?<=[a-zA-Z])_(?=1[4-9]\d{8})", " ", stem)
    return _STAMP.sub("", padded).strip(" _-.")


def without_derived(stem: str) -> str:
    """A stem without `_summary`, `_runs`, `_raw` and the like at its end."""
    while True:
        head, _, last = stem.rpartition("_")
        if not head or last.lower() not in DERIVED:
            return stem
        stem = head


def is_stamp(name: str) -> bool:
    return not without_stamp(name) and bool(name)


def subject_prefix(stem: str, subject: str) -> int:
    """How many characters of the stem's beginning name the subject ("gemma3_270m" of gemma3_270m_baseline)."""
    plain = re.findall(r"[a-z0-9]+", subject.lower())
    tokens = words_of(re.sub(r"([a-z])\.(\d)", r"\1\2", subject)) + words_of(subject)
    tokens = max(tokens, plain, key=lambda t: _begun(stem, t))
    return max(_begun(stem, tokens), _run_together(stem, subject))


def _run_together(stem: str, subject: str) -> int:
    """As far as the words of the stem's beginning, written as one, begin the subject's name: `gemma4 E2B` of
    `gemma-4-E2B-it`."""
    whole = re.sub(r"[^a-z0-9]", "", subject.rpartition("/")[2].lower())
    joined, end = "", 0
    for match in re.finditer(r"[A-Za-z0-9]+", stem):
        joined += match[0].lower()
        if not whole.startswith(joined):
            break
        end = match.end() if len(joined) > _SHORT and _has_digit(joined) else end
    return end


def without_subject(stem: str, subject: str) -> str:
    """The stem without the name of what was measured, at its beginning or anywhere in it: `load` of `load_alpha_1b`,
    `bench_c16` of `bench_qwen2.5-7b_c16`. The stem itself where it holds no such name, or nothing else."""
    end = subject_prefix(stem, subject)
    if end:
        return stem[end:].strip("_-. ") or stem
    tokens = re.findall(r"[a-z0-9]+", subject.rpartition("/")[2].lower().removesuffix(":latest"))
    words = [(m.start(), m.end(), m[0].lower()) for m in re.finditer(r"[A-Za-z0-9]+", stem)]
    best = (0, 0, 0)  # words, and where they stand
    for i in range(1, len(words)):
        for j in range(i + 1, len(words) + 1):
            mine = [w for _, _, w in words[i:j]]
            family = len(mine) == 1 and mine[0] == tokens[0] and bool(_MODEL.fullmatch(mine[0]))
            named = len(mine) > 1 and _within(mine, tokens) and (mine == tokens or any(map(_has_digit, mine)))
            if tokens and len(mine) > best[0] and (family or named):
                best = len(mine), words[i][0], words[j - 1][1]
    if not best[0]:
        return stem
    left = f"{stem[: best[1]].rstrip('_-. ')}_{stem[best[2] :].lstrip('_-. ')}".strip("_")
    return left or stem


def named_after(stem: str, subject: str) -> bool:
    """Whether the whole stem is the subject's name, spelt for a file."""
    plain = [re.sub(r"[^a-z0-9]", "", text.lower()) for text in (stem, subject.rpartition("/")[2], subject)]
    short = len(plain[0]) > _SHORT and plain[1].startswith(plain[0])  # the name without a format of weights at its end
    return bool(plain[0]) and (short or plain[0] in plain[1:]) and _has_digit(plain[0])


def _within(words: list[str], tokens: list[str]) -> bool:
    """Whether the words are the beginning of the name: `qwen2 5 7b` of `qwen2 5 7b instruct`, also run together."""
    joined, whole = "".join(words), "".join(tokens)
    return tokens[0].startswith(words[0]) and (joined == whole or (whole.startswith(joined) and len(joined) >= 5))


def _has_digit(word: str) -> bool:
    return any(c.isdigit() for c in word)


def _begun(stem: str, tokens: list[str]) -> int:
    end, at = 0, 0
    for match in re.finditer(r"[A-Za-z0-9]+", stem):
        word = match[0].lower()
        where = next((i for i in range(at, len(tokens)) if tokens[i] == word), None)
        if where is None:
            break
        at, end = where + 1, match.end()
    return end


_FORMAT = re.compile(r"(?:i?q|w|bf|fp|f|int|uint|nf|mxfp|nvfp)\d{1,2}", re.IGNORECASE)  # of weights: `bf16`


def _without_level(word: str, levels: set[str]) -> str:
    """The word without a level of a setting at its end (`c16` at concurrency 16), nothing for a repetition (`r2`)."""
    match = re.fullmatch(r"([A-Za-z]+)(\d+)", word)
    if match is None or _FORMAT.fullmatch(word):
        return word
    if match[1].lower() in _REPEATED:
        return ""
    return match[1] if match[2] in levels else word


def _names_suite(folder: str) -> bool:
    """Whether a folder can be called after a benchmark: it is no time, no word of the trade and no model."""
    return bool(folder) and not is_stamp(folder) and folder.lower() not in _VAGUE and not is_model(folder)


def suite_of(stem: str, folders: list[str], subjects: list[str], levels: list[str]) -> str:
    """The benchmark that a file belongs to: its stem without subject, time, `_summary` and its records' levels.

    When only a vague word is left ("bench"), the nearest folder that is no time stamp names it.
    """
    name = without_derived(without_stamp(stem))
    if len(subjects) == 1:
        if named_after(name, subjects[0]):  # `llama3.1_8b.json` tells whose results these are, and no benchmark
            return next((f for f in reversed(folders) if _names_suite(f)), "results")
        name = without_subject(name, subjects[0])
    known = {normalise(v) for v in levels}
    words = [w for w in re.split(r"[_\-. ]+", name) if w]
    kept = [w for w in words if w.lower() not in known]
    kept = [stripped for w in kept if (stripped := _without_level(w, known))] or kept
    if kept and kept != words:
        name = "_".join(kept)
    if all(w.lower() in _VAGUE for w in re.split(r"[_\-. ]+", name)):
        folder = next((f for f in reversed(folders) if _names_suite(f)), "")
        name = folder or name
    return name
