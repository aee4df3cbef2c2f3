"""What a reader may want to know about a kind of statement before relying on it: how it is found, what it means for the
numbers, what helps. Fixed texts of the program that hold for every case of their kind."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Explained:
    """One to two sentences each."""

    found: str  # how the code comes to say it
    matters: str  # how to read it, or what it does to the numbers
    remedy: str = ""  # what helps; "" where nothing is to be done


# What is told of the files without a claim, by the function that counts it.
OF_FUNCTIONS: dict[str, Explained] = {
    "claims.files": Explained(
        "Each file is tried with the readers of known formats; what none of them takes is left out, with the reason.",
        "Results that stand only in such a file are in no number of this report.",
        "Give the results in a format that is read (docs/formats.md lists them), or say in chimera.toml what a column "
        "is.",
    ),
    "claims.coverage": Explained(
        "The records of every file are counted, and those of which at least one value was used.",
        "What those files hold is in no number of this report, so what is said may be of a part of the data only.",
        "Run chimera-report inspect on the folder: it lists what was read as what.",
    ),
    "claims.readings": Explained(
        "A column is read by its name, its unit and its values; where these do not say what it is, it is not guessed.",
        "The values of such a column are in no number of this report.",
        "Run chimera-report inspect on the folder, and name the column in chimera.toml.",
    ),
    "claims.failures": Explained(
        "A record counts as failed where the file says so: by a status, an error or a count of failures; the reason is "
        "the one that stands beside it.",
        "Failed records are counted and never stand as a number, so the values shown are those of the others: if what "
        "is hard fails more often, what is left looks better than it is.",
        "Find the cause, and measure the failed records again.",
    ),
    "claims.span": Explained(
        "The comparisons and effects are counted by their outcome.",
        "Open does not mean equal: the data does not settle which of the two is ahead.",
        "More records of both sides, in random order, make the intervals narrower.",
    ),
}

__all__ = ["OF_FUNCTIONS", "Explained"]
