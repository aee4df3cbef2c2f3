"""Lines of a log that say whose numbers follow: `model_name = gemma3:1b`, `Testing llama3.2:3b`, `gpu_info: M2`.

Scripts around Ollama, MLX and llama.cpp write them as they like; what they share is a label and a name, or a name.
"""

from __future__ import annotations

import re

from chimera_report.tools.metrics import normalise, resolve_factor
from chimera_report.tools.schema.reading import Role, named_role

from .command_line import Said

_DECORATION = r"^[^\w\n]{0,12}(?:\d+[ \t]*(?:/|of)[ \t]*\d+[^\w\n]{1,6})?"  # also "[2/5]"
_LABELLED = re.compile(
    _DECORATION
    + r"model(?:[ _-]?(?:name|id|tag|under test))?[ \t]*[:=][ \t]*[`'\"]?([\w./-]+(?::[\w.-]+)?)[`'\"]?[^\w\n]*$",
    re.IGNORECASE | re.MULTILINE,
)
_VERB = re.compile(
    _DECORATION
    + r"(?:model|now|testing|running|benchmarking|benchmark|evaluating|bench|pulling|using|results? for)\b"
    + r"(?:[ \t]+(?:model|test|benchmark|with|for|on|of))*[ \t]*[:=#-]?[ \t]*"
    + r"[`'\"]?([\w./-]*[A-Za-z][\w./-]*:[\w.-]*\w)",
    re.IGNORECASE | re.MULTILINE,
)
_ALONE = re.compile(
    _DECORATION + r"([a-z][\w./-]*:(?:latest|[\w.-]*\d[\w.-]*[a-z][\w.-]*))[^\w\n]*$", re.MULTILINE | re.IGNORECASE
)
_PAIR = re.compile(r"^[^\w\n]{0,12}([A-Za-z][\w .-]{1,30}?)[ \t]*[:=][ \t]*(\S[^\n]{0,160}?)[ \t]*$", re.MULTILINE)
_OWN = {"gpu_info": "gpu", "cpu_info": "cpu", "os_info": "os", "prompt": "prompt", "question": "prompt"}
_LONG = 80
_PROMPT = 300  # letters of a prompt: what tells two apart may be the file that they end with
# What a script or a server says of a run in which no graphics card took part, whichever the machine has.
_NO_CARD = re.compile(
    r"\bno (?:compatible |usable |supported |cuda |nvidia |dedicated )?gpus? (?:was |were |is |are )?"
    r"(?:detected|found|available|discovered)|\bgpu not (?:detected|found|available|used)|"
    r"\bcuda (?:is )?not available|\b(?:running|run|inference) on (?:the )?cpu only",
    re.IGNORECASE,
)


def told(text: str) -> Said:
    """The model that the lines of a text name last, and the machine, software and prompt that they state."""
    found = Said()
    for pattern in (_LABELLED, _VERB, _ALONE):
        names = pattern.findall(text)
        if names:
            found.model = names[-1]
            break
    for label, value in _PAIR.findall(text):
        name = normalise(label)
        factor = _OWN.get(name) or resolve_factor(label) or name
        if factor == "prompt":
            found.factors[factor] = value if len(value) <= _PROMPT else value[: _PROMPT - 1] + "…"
        elif (
            factor
            and len(value) <= _LONG
            and not value.startswith(("{", "["))
            and named_role(factor) is Role.ENVIRONMENT
        ):
            found.factors[factor] = value
    if "gpu" in found.factors and _NO_CARD.search(text):
        found.factors["gpu"] = "CPU only"
    return found
