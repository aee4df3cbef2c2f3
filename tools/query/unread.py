"""A question about a column of the files that was not read as anything: that is why it is not answered."""

from __future__ import annotations

import re

from chimera_report.tools.claims import english
from chimera_report.tools.patterns import compiled
from chimera_report.tools.query.absent import examples
from chimera_report.tools.query.machines import documents_with, standing
from chimera_report.tools.query.reader import slots_of
from chimera_report.tools.query.reader.fillers import idle, restricting
from chimera_report.tools.query.world import World
from chimera_report.tools.schema import Decline


def unread(question: str, world: World) -> Decline | None:
    """A question about a column that the files have and that was not read as a measurement: that is the true reason."""
    found = slots_of(question, world)
    said = " ".join(t.text.replace("-", " ").replace("_", " ") for t in found.parsed.tokens)
    for name in sorted(world.layer.unread, key=len, reverse=True):
        parts = [p for p in re.split(r"[\W_]+", name.lower()) if p]
        if not parts or (len(parts) == 1 and parts[0] not in found.left):
            continue  # "method" is a word of questions, too
        if world.layer.names.having(name.lower()):
            continue  # a column of a table that is called as what was measured
        if compiled(rf"(?<!\w){' '.join(map(re.escape, parts))}s?(?!\w)").search(said):
            return Decline(
                kind="not held",
                reason=f"The files have a column {name} that was not read as a measurement, so nothing is computed "
                "from it; a line for it in chimera.toml says what it is.",
                nearest=examples(world),
            )
    return None


def of_documents(question: str, reading: Decline, world: World) -> Decline | None:
    """A question with a word that only documents have: no row says it, so that nothing can be told of it alone."""
    if reading.kind != "not understood":
        return None
    found = slots_of(question, world)
    words = [w for w in dict.fromkeys(found.left) if len(w) > 3 and w.isalnum() and not english(w)]
    where = documents_with(words, world.dataset, world.target) if words else {}
    if not where:
        return _standing(reading, world)
    word, path = next(iter(where.items()))
    reason = f'{path} speaks of "{word}", but no row of the data says it, so that nothing can be told of it alone.'
    return reading.model_copy(update={"kind": "not held", "reason": reason})


def _standing(reading: Decline, world: World) -> Decline | None:
    """A word or number that stands in the files is not unknown: what is asked of it is."""
    if not reading.reason.startswith("I do not know what"):
        return None
    blamed = [
        w for w in re.findall(r'"([^"]+)"', reading.reason) if len(w) > 1 and not restricting(w) and not idle(w, "en")
    ]
    places = standing(blamed, world.dataset, world.target)
    if not places:
        return None
    told = ", ".join(f'"{w}" ({p})' for w, p in list(places.items())[:3])
    return reading.model_copy(update={"reason": f"The files have {told}, but I do not see what is asked of it here."})
