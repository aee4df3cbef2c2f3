"""Whether a measure of distance, as the KL divergence is, has one reference for all systems: then their values compare.

A file that states the distance states the reference's own perplexity as well; where that is the same to the last digit
in all of them, it is the same reference over the same text."""

from __future__ import annotations

from pathlib import PurePosixPath

from .columns import Selection
from .prepared import Prepared

RELATIVE = frozenset({"kl_divergence"})
_OWN = ("base", "reference", "ref")


def one_reference(prepared: Prepared, rows: Selection) -> bool:
    """Whether each file of these rows states a perplexity of the reference, and all the same one."""
    sources = set(rows.known("source"))
    table = prepared.dataset.table
    stated = table[
        table["source"].isin(sources) & (table["metric"] == "perplexity") & (table["stat"].isin(["sample", "mean"]))
    ]
    named = stated["column"].astype("object").map(_is_of_reference)
    stated = stated[named.astype(bool)]
    per_file = stated.groupby(stated["source"].astype("object"))["value"].agg(["min", "max"])
    whole = set(per_file.index) == sources and bool(len(per_file))
    return whole and float(per_file["max"].max()) == float(per_file["min"].min())


def _is_of_reference(column: object) -> bool:
    words = PurePosixPath(str(column)).name.lower().replace("(", " ").replace(")", " ").replace("_", " ").split()
    return any(w in _OWN for w in words)
