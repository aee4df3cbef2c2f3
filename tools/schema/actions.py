"""What can be run to follow a recommendation or to settle a question, as data; a command line is made of it at the edge
(`tools/statements/actions.py`), and nobody reads one back."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from .frozen import Frozen


class BenchRun(Frozen):
    """`chimera-report bench`: these models over all combinations of the levels of `factors`."""

    do: Literal["bench"] = "bench"
    models: tuple[str, ...]
    factors: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    options: dict[str, str] = Field(default_factory=dict, exclude_if=lambda held: not held)  # the same for all of them
    concurrency: str = Field(default="", exclude_if=lambda held: not held)  # "1,4"; "" is one user
    runs: int | None = None  # measured requests a cell; None leaves it to the bench
    # The options that say which server, as whoever asked gave them: --host URL, --runtime NAME, --api-key env:NAME.
    server: tuple[str, ...] = Field(default=(), exclude_if=lambda held: not held)
    out: str = "results"  # folder of the results


class ReportRun(Frozen):
    """`chimera-report PATH`: the report of a folder, made again."""

    do: Literal["report"] = "report"
    target: str


Run = Annotated[BenchRun | ReportRun, Field(discriminator="do")]

# Options of Ollama that a bench can vary or hold. Those of the first set make Ollama load the model anew.
# The least and the greatest value that Ollama survives: with thousands of threads it hangs.
OPTION_RANGES: dict[str, tuple[float | None, float | None]] = {
    "num_thread": (0, 1024), "temperature": (0, None),
}  # fmt: skip
LOAD_OPTIONS = frozenset({"num_ctx", "num_batch", "num_gpu", "main_gpu", "use_mmap", "num_thread"})
REQUEST_OPTIONS = frozenset(
    {
        "num_predict", "temperature", "top_p", "top_k", "min_p", "typical_p", "seed", "repeat_penalty", "repeat_last_n",
        "presence_penalty", "frequency_penalty", "num_keep", "stop",
        "think",  # beside the options in Ollama's API: whether a model that can think does, or how hard
    }
)  # fmt: skip
# What a bench sends where nothing is said: Ollama's own num_ctx depends on the memory of the GPU.
BENCH_DEFAULTS = {"num_ctx": 2048, "num_predict": 64, "temperature": 0}
# Those that a run of this program may be told to vary: the others are for whoever knows the machine or the prompts.
# `BENCH_HELD` may be held as well, where all records that are to be repeated have it.
BENCH_FACTORS = (LOAD_OPTIONS | REQUEST_OPTIONS) - {
    "main_gpu", "use_mmap", "min_p", "typical_p", "repeat_last_n", "presence_penalty", "frequency_penalty", "num_keep",
    "stop", "think",
}  # fmt: skip
BENCH_HELD = BENCH_FACTORS | {"think"}
