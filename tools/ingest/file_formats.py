"""Files of weights that differ in their format alone are one model, where a column states the format as well."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

from chimera_report.tools.metrics import normalise

from .rows import Coded, coded

if TYPE_CHECKING:
    from .identify import FileTable

_FILE = ".gguf"
_END = re.compile(r"[-_.]((?:ud-)?(?:i?q\d\w*|[bf]p?f?(?:16|32)|fp8|mxfp4))$", re.IGNORECASE)


def base_names(files: list[FileTable]) -> dict[str, str]:
    """Name of a file of weights → its model: `org/repo/foo-3b-q4_k_m.gguf` → `foo-3b`, with `quantisation` q4_K_M
    beside it. Empty unless each such file has the one format that its name ends with, and each model several."""
    formats: dict[str, set[str]] = defaultdict(set)
    for file in files:
        for rows in file.rows:
            stated, subject = rows.factors.get("quantisation"), rows.texts.get("subject", "")
            if stated is None or not subject:
                continue
            whose = subject if isinstance(subject, Coded) else coded([subject] * len(rows))
            for s, q in set(zip(whose.codes.tolist(), stated.codes.tolist(), strict=True)):
                if s >= 0 and whose.levels[s].lower().endswith(_FILE):
                    formats[whose.levels[s]].add(normalise(str(stated.levels[q])) if q >= 0 else "")
    models: dict[str, list[str]] = defaultdict(list)
    for name, told in formats.items():
        leaf = re.split(r"[\\/]", name)[-1][: -len(_FILE)]
        end = _END.search(leaf)
        if end is None or {_plain(t) for t in told} != {_plain(normalise(end[1]))}:
            return {}
        models[leaf[: end.start()]].append(name)
    if not models or any(len(names) < 2 for names in models.values()):
        return {}
    return {name: base for base, names in models.items() for name in names}


def _plain(quantisation: str) -> str:
    return "16" if re.fullmatch("b?fp?16", quantisation) else quantisation  # as the weights were trained, either way
