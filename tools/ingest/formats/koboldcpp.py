"""What `koboldcpp --benchmark` writes: a CSV that grows by a row a run, and a block on the console.

Fields from its source, `koboldcpp.py`. It fills the context but for the tokens to generate, so the prompt has
`MaxCtx` − `GenAmount` tokens; its times are the time of a token, times these counts. With a prompt of the user's own
the counts are not those of what ran, and only the rates are read, which rest on the time of a token alone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from chimera_report.tools.ingest.reading import Reading
from chimera_report.tools.schema import Json

from .build import Observations, cell_value, places

NAME = "koboldcpp"
_COLUMNS = (
    "Timestamp", "Backend", "Layers", "Model", "MaxCtx", "GenAmount", "ProcessingTime", "ProcessingSpeed",
    "GenerationTime", "GenerationSpeed", "TotalTime",
)  # fmt: skip
_HEAD = ",".join(_COLUMNS)
_ROW = re.compile(r"\d{4}-\d\d-\d\d[ T]")  # the output in a row can hold a line's end; what follows is no row
_BLOCK = re.compile(
    r"^Benchmark Completed - v\S+ Results:[ \t]*\n=+[ \t]*\nFlags: (?P<flags>[^\n]*)\n"
    r"(?P<fields>(?:\w+: [^\n]*\n|-+[ \t]*\n){9,12})",
    re.MULTILINE,
)
_FIELD = re.compile(r"^(\w+): (.*)$", re.MULTILINE)
# In what it prints of its options, older names included.
_OPTIONS = {
    "num_thread": r"threads", "num_batch": r"(?:blas)?batchsize", "flash_attention": r"flashattention",
}  # fmt: skip
_OWN_PROMPT = re.compile(r"'prompt': (?:'[^']|\"[^\"])")


def is_table(head: str) -> bool:
    return head.lstrip("\ufeff").startswith(_HEAD)


def read_table(text: str) -> Reading | None:
    """A record a row; a row that is cut off gives what it has."""
    out = Observations(NAME)
    for i, line in enumerate(text.split("\n"), 1):
        if _ROW.match(line):
            cells = line.split(",", len(_COLUMNS))
            _record(out, f"line {i}", dict(zip(_COLUMNS, cells, strict=False)), cells[-1])
    return out.done() if out.started else None


def read(text: str) -> tuple[Reading | None, str]:
    """The blocks of a log, and the text without them, its lines where they were; None when it holds none."""
    found = list(_BLOCK.finditer(text))
    if not found:
        return None, text
    out = Observations(NAME)
    place = places(text)
    for match in found:
        fields = {k: v.strip().removesuffix("T/s").removesuffix("s") for k, v in _FIELD.findall(match["fields"])}
        fields["Model"] = dict(_FIELD.findall(match["fields"])).get("Model", "").strip()
        _record(out, f"line {place(match.start())}", fields, match["flags"])
    return out.done(), _BLOCK.sub(lambda m: "\n" * m[0].count("\n"), text)


def _record(out: Observations, where: str, fields: Mapping[str, str], flags: str) -> None:
    factors: dict[str, Json] = {
        "backend": re.sub(r"\.(?:dll|so|dylib)$", "", fields.get("Backend", "").strip()) or None,
        "num_gpu": fields.get("Layers"),
        "num_ctx": fields.get("MaxCtx"),
    }
    for name, key in _OPTIONS.items():
        told = re.search(rf"'{key}': ([\w.-]+)", flags)
        factors[name] = told[1] if told else None
    out.record(where, subject=fields.get("Model"), factors=factors, started=fields.get("Timestamp"))
    out.add("prefill_rate", cell_value(fields.get("ProcessingSpeed")), "ProcessingSpeed")
    out.add("decode_rate", cell_value(fields.get("GenerationSpeed")), "GenerationSpeed")
    if _OWN_PROMPT.search(flags):
        return
    context, output = (cell_value(fields.get(k)) for k in ("MaxCtx", "GenAmount"))
    if isinstance(context, float) and isinstance(output, float):
        out.add("prompt_tokens", context - output, "MaxCtx")
        out.add("output_tokens", output, "GenAmount")
    out.add("prompt_eval_time", cell_value(fields.get("ProcessingTime")), "ProcessingTime")
    out.add("eval_time", cell_value(fields.get("GenerationTime")), "GenerationTime")
