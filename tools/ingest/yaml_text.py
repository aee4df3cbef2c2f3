"""YAML text → a document, as JSON would hold it; for the reports of tools that write YAML. It is text of strangers:
only plain values are made, nesting and aliases are bounded, and a text that breaks off is read up to there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chimera_report.tools.schema import Json

if TYPE_CHECKING:
    import yaml

_TRIES = 4  # how often a broken end is cut off, each time further up


class SharedError(ValueError):
    """The document refers to a part of itself: a small text may stand for an endless one."""


def parse_yaml(text: str) -> tuple[Json, bool]:
    """The first document of the text, and whether it breaks off. Raises ValueError when nothing of it stands.

    Numbers, texts, booleans, null, lists and mappings only; what looks like a date stays text. No aliases: the tools
    that are read here write none, and ten lines of them can stand for more than fits in memory.
    """
    import yaml

    cut = False
    for _ in range(_TRIES):
        try:
            return _load(text), cut or not text.endswith("\n")
        except yaml.MarkedYAMLError as error:
            mark = error.context_mark or error.problem_mark  # where what did not end began
            lines = text.splitlines(keepends=True)
            line = min(mark.line if mark is not None else 0, len(lines) - 1)
            if line <= 0:
                break
            text, cut = "".join(lines[:line]), True
        except yaml.YAMLError as error:
            raise ValueError("unreadable") from error
    raise ValueError("unreadable")


def _load(text: str) -> Json:

    loader = _loader()(text)
    try:
        node = loader.get_node() if loader.check_node() else None
        if node is None:
            return None
        _refuse_shared(node)
        return loader.construct_document(node)
    finally:
        loader.dispose()


def _loader() -> Any:
    """The safe loader, in C where there is one, without the rule that makes dates."""
    import yaml

    base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    resolvers = {
        first: [(tag, rule) for tag, rule in rules if tag != "tag:yaml.org,2002:timestamp"]
        for first, rules in base.yaml_implicit_resolvers.items()
    }
    return type("_Loader", (base,), {"yaml_implicit_resolvers": resolvers})


def _refuse_shared(root: yaml.Node) -> None:
    """Raises SharedError when a node is reached twice, before anything is built of it."""
    import yaml

    seen: set[int] = set()
    waiting: list[yaml.Node] = [root]
    while waiting:
        node = waiting.pop()
        if id(node) in seen:
            raise SharedError("refers to parts of itself")
        seen.add(id(node))
        if isinstance(node, yaml.MappingNode):
            waiting.extend(part for pair in node.value for part in pair)
        elif isinstance(node, yaml.SequenceNode):
            waiting.extend(node.value)
