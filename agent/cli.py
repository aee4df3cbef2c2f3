"""The command. The only place that prints, and that turns an error into a message and an exit code.

Exit codes: 0 done; 1 a bug; 2 bad usage or no usable input; 3 no runtime; 4 a gate failed; 5 verification or lint
failed; 130 interrupted. Heavy imports are inside the commands, so that `--help` and `--version` answer at once.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

PROGRAM = "chimera-report"
BAD_USAGE, LINT_FAILED, INTERRUPTED = 2, 5, 130

app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    help=(
        "Technical reports from LLM benchmark files, in which every number and every claim is derived by code.\n\n"
        "`chimera-report PATH` is short for `chimera-report report PATH`."
    ),
    epilog=(
        "Exit codes: 0 done; 1 a bug; 2 bad usage or no usable input; 3 no runtime; 4 a gate failed; "
        "5 verification or lint failed; 130 interrupted."
    ),
)


def _version() -> str:
    from importlib.metadata import version

    return version(PROGRAM)


def _show_version(wanted: bool) -> None:
    if wanted:
        print(f"{PROGRAM} {_version()}")  # noqa: T201
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[  # noqa: ARG001  its callback does the work
        bool, typer.Option("--version", help="Show the version.", is_eager=True, callback=_show_version)
    ] = False,
) -> None:
    return None


@app.command(no_args_is_help=True)
def report(
    path: Annotated[Path | None, typer.Argument(help="Folder of benchmark files, or one file.")] = None,
    out: Annotated[Path | None, typer.Option(help="Where report folders go. [default: reports]")] = None,
    model: Annotated[str | None, typer.Option(help="Model that words the report. [default: a gemma3]")] = None,
    host: Annotated[str | None, typer.Option(help="Ollama's address, as in OLLAMA_HOST.")] = None,
    runtime: Annotated[str | None, typer.Option(help="auto, ollama or embedded. [default: auto]")] = None,
    no_llm: Annotated[bool, typer.Option("--no-llm", help="No model: every sentence is code's.")] = False,
    pull: Annotated[bool, typer.Option("--pull", help="Let Ollama fetch a missing model.")] = False,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with an interrupted run: the one named, or the newest.")
    ] = False,
    timeout: Annotated[float | None, typer.Option(help="Seconds a model call may take. [default: 60]")] = None,
    budget: Annotated[float | None, typer.Option(help="Seconds of model time a report. [default: 90]")] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of the model. [default: 0]")] = None,
    title: Annotated[str | None, typer.Option(help="Title of the report. [default: from the folder]")] = None,
    config: Annotated[Path | None, typer.Option(help="Settings file. [default: ./chimera-report.toml]")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress; print only the report's path.")] = False,
    num_ctx: Annotated[int | None, typer.Option(help="Context length in tokens. [default: 4096]")] = None,
    num_gpu: Annotated[int | None, typer.Option(help="Layers on the GPU; -1 automatic, 0 none.")] = None,
    num_thread: Annotated[int | None, typer.Option(help="Threads.")] = None,
    num_batch: Annotated[int | None, typer.Option(help="Batch size of prompt evaluation.")] = None,
    num_predict: Annotated[int | None, typer.Option(help="Most tokens an answer may have. [default: 160]")] = None,
    temperature: Annotated[float | None, typer.Option(help="Sampling temperature. [default: 0]")] = None,
    top_p: Annotated[float | None, typer.Option(help="Nucleus sampling.")] = None,
    top_k: Annotated[int | None, typer.Option(help="Top-k sampling.")] = None,
    repeat_penalty: Annotated[float | None, typer.Option(help="Penalty for repeated tokens.")] = None,
) -> None:
    """Make a report of a folder of benchmark files."""
    import os
    from datetime import datetime

    from chimera_report.agent import report as reports
    from chimera_report.agent.assembly import command_line
    from chimera_report.agent.progress import progress
    from chimera_report.agent.settings import build
    from chimera_report.tools.errors import UsageError

    given: dict[str, Any] = {
        "out": out,
        "model": model,
        "host": host,
        "runtime": runtime,
        "pull": pull or None,
        "timeout": timeout,
        "budget": budget,
        "seed": seed,
        "title": title,
        "num_ctx": num_ctx,
        "num_gpu": num_gpu,
        "num_thread": num_thread,
        "num_batch": num_batch,
        "num_predict": num_predict,
        "temperature": temperature,
        "top_p": top_p,
        "top_k": top_k,
        "repeat_penalty": repeat_penalty,
    }
    given = {name: value for name, value in given.items() if value is not None}
    arguments = {**given, **({"llm": False} if no_llm else {})}
    unfinished = None
    if resume:
        # `--resume RUN`: the word after it is the run, not a folder to read.
        place = build({**arguments, "path": Path()}, os.environ, config=config, cwd=Path.cwd()).out
        unfinished = reports.unfinished(place, path)
        settings, _, _ = reports.recall(unfinished)
    elif path is None:
        raise UsageError("no folder is named", hint=f"{PROGRAM} PATH, or {PROGRAM} --help.")
    else:
        settings = build({**arguments, "path": path}, os.environ, config=config, cwd=Path.cwd())
    shown = {**given, **({"no_llm": True} if no_llm else {}), **({"config": config} if config else {})}
    display = progress(sys.stderr, quiet=quiet)
    try:
        done = reports.make(
            settings,
            env=os.environ,
            started=datetime.now().astimezone(),
            command=command_line(shown, str(path)),
            version=_version(),
            emit=display,
            resume=unfinished,
        )
    except KeyboardInterrupt:
        display.close()
        _say(f"interrupted; `{PROGRAM} --resume` goes on where it was")
        raise typer.Exit(INTERRUPTED) from None
    finally:
        display.close()
    _tell(done, as_json=as_json, quiet=quiet)


def _tell(done: Any, *, as_json: bool, quiet: bool) -> None:
    result = done.folder.path / "report.md"
    errors = [f for f in done.lint if f["severity"] == "error"]
    if as_json:
        import json

        record = done.folder.read_json("run.json")
        kept = {
            k: record[k] for k in ("schema", "run", "version", "runtime", "tier", "counts", "sentences", "coverage")
        }
        print(json.dumps({"report": str(result), **kept, "lint": done.lint}, indent=2))  # noqa: T201
    elif quiet:
        print(result)  # noqa: T201
    else:
        authors = ", ".join(f"{n} by {who}" for who, n in sorted(done.sentences.items()))
        print(f"{result}\n  sentences: {authors}; lint: {len(errors)} errors")  # noqa: T201
    if errors:
        for finding in errors[:10]:
            _say(f"line {finding['line']}: rule {finding['rule']}: {finding['message']} ({finding['span']!r})")
        raise typer.Exit(LINT_FAILED)


@app.command()
def doctor(
    host: Annotated[str | None, typer.Option(help="Ollama's address, as in OLLAMA_HOST.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """Show what is found: Ollama, models, GPU, embedded weights, and what to do about what is missing."""
    import os

    from chimera_report.tools.runtime import diagnose

    found = diagnose(os.environ, host)
    print(found.model_dump_json(indent=2) if as_json else found.text())  # noqa: T201


def _say(text: str) -> None:
    print(text, file=sys.stderr)  # noqa: T201


def commands() -> set[str]:
    """Names of the commands."""
    return {path[0] for path in command_paths() if path}


def command_paths() -> list[tuple[str, ...]]:
    """Every help page there is: `()` is the program itself."""
    return [(), *((c.name or (c.callback.__name__ if c.callback else ""),) for c in app.registered_commands)]


def main(argv: list[str] | None = None) -> NoReturn:
    """Entry point. `chimera-report PATH …` is `chimera-report report PATH …`."""
    words = list(sys.argv[1:] if argv is None else argv)
    if words and words[0] not in commands() and words[0] not in ("--help", "--version"):
        words.insert(0, "report")
    try:
        app(words, prog_name=PROGRAM, standalone_mode=True)
    except Exception as exc:
        from chimera_report.tools.errors import ChimeraError

        if not isinstance(exc, ChimeraError):
            raise
        _say(f"{PROGRAM}: {exc}")
        sys.exit(exc.exit_code)
    sys.exit(0)
