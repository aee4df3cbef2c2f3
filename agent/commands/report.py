"""`chimera-report PATH`: a report of a folder of benchmark files."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from chimera_report.agent.commands.terminal import CHECK_FAILED, INTERRUPTED, PROGRAM, one_pass, out, say, version

if TYPE_CHECKING:
    from chimera_report.tools.errors import GateFailed


BUSY = 0.75  # load a core, from which on an engine thread more only waits


@one_pass()
def report(
    path: Annotated[
        Path | None,
        typer.Argument(help="Folder of benchmark files, one file, or db:SUITE of the database; db: is all suites."),
    ] = None,
    more: Annotated[list[Path] | None, typer.Argument(help="Further folders or files, for the same report.")] = None,
    exclude: Annotated[
        list[str] | None, typer.Option(help="Leave out files that a pattern fits, as *.md or old/*; may be repeated.")
    ] = None,
    only: Annotated[
        list[str] | None, typer.Option(help="Keep to a file or folder below PATH; may be repeated.")
    ] = None,
    to: Annotated[Path | None, typer.Option("--out", help="Where report folders go. [default: reports]")] = None,
    model: Annotated[str | None, typer.Option(help="Model that words the report. [default: a gemma3]")] = None,
    host: Annotated[str | None, typer.Option(help="Ollama's address, as in OLLAMA_HOST.")] = None,
    runtime: Annotated[str | None, typer.Option(help="auto, ollama, embedded or openai. [default: auto]")] = None,
    api_key: Annotated[str | None, typer.Option(help="Of --runtime openai: env:NAME, the variable with it.")] = None,
    no_llm: Annotated[bool, typer.Option("--no-llm", help="No model: every sentence is code's.")] = False,
    pull: Annotated[bool, typer.Option("--pull", help="Let Ollama fetch a missing model.")] = False,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with an interrupted run: the one named, or the newest.")
    ] = False,
    timeout: Annotated[float | None, typer.Option(help="Seconds a model call may take. [default: 60]")] = None,
    budget: Annotated[float | None, typer.Option(help="Seconds of model time a report. [default: 90]")] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of the model. [default: 0]")] = None,
    title: Annotated[str | None, typer.Option(help="Title of the report. [default: from the folder]")] = None,
    audience: Annotated[
        str | None, typer.Option(help="engineer, or manager: what decides, without intervals. [default: engineer]")
    ] = None,
    length: Annotated[
        str | None, typer.Option(help="full, or short: the first three findings. [default: full]")
    ] = None,
    context: Annotated[
        Path | None, typer.Option(help="A text file whose words the report quotes as its background.")
    ] = None,
    authorship: Annotated[bool, typer.Option("--authorship", help="Mark the sentences that the model worded.")] = False,
    format_: Annotated[
        str | None, typer.Option("--format", help="Files to make, of md, html, pdf, docx, tex. [default: md,html]")
    ] = None,
    sign: Annotated[
        Path | None, typer.Option(help="Sign the finished report with this ed25519 private key in PEM.")
    ] = None,
    compare: Annotated[
        Path | None, typer.Option(help="An earlier report, or a folder of files: say what changed.")
    ] = None,
    db: Annotated[str | None, typer.Option(help="The database of db:SUITE: a URL or an SQLite file.")] = None,
    since: Annotated[str | None, typer.Option(help="Of db:SUITE, runs since: 30d, 12h, 2026-03-01.")] = None,
    until: Annotated[str | None, typer.Option(help="Of db:SUITE, runs until, that day included.")] = None,
    interactions: Annotated[
        str | None, typer.Option(help="Pairs of settings whose interplay is tested: num_ctx:num_thread,…")
    ] = None,
    fail_on: Annotated[
        str | None, typer.Option(help="regression, or regression=metric,…: exit code 4 where one is confirmed.")
    ] = None,
    max_regression: Annotated[
        float | None,
        typer.Option(help="Percent that a confirmed regression may have before the exit code is 4. [default: 5]"),
    ] = None,
    fail_inconclusive: Annotated[
        bool, typer.Option("--fail-inconclusive", help="Exit code 6 where noise or too few runs leave the gate open.")
    ] = False,
    measure: Annotated[
        bool, typer.Option("--measure", help="Measure what the data leaves open, then report on both. Asks first.")
    ] = False,
    time_budget: Annotated[
        str | None, typer.Option(help="Longest time of --measure: 90s, 5m, 1h. [default: 5m]")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Measure without asking.")] = False,
    config: Annotated[Path | None, typer.Option(help="Settings file. [default: ./chimera-report.toml]")] = None,
    summary: Annotated[
        Path | None, typer.Option(help="Add a summary in Markdown to this file, such as $GITHUB_STEP_SUMMARY.")
    ] = None,
    open_: Annotated[bool, typer.Option("--open", help="Open the finished report in the browser.")] = False,
    watch: Annotated[
        bool, typer.Option("--watch", help="Make the report again whenever a file of the folder changes.")
    ] = False,
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
    from chimera_report.agent.commands import watching
    from chimera_report.agent.place import suite_of, without_password
    from chimera_report.agent.progress import progress
    from chimera_report.agent.settings import background, build
    from chimera_report.agent.suite import settled
    from chimera_report.tools.errors import UsageError
    from chimera_report.tools.runtime import masked

    if sign is not None:
        from chimera_report.agent.signing import private_key

        private_key(sign)  # a key that cannot sign is told before the work, not after it
    if more and path is not None:
        path, only = _together([path, *more])
    given: dict[str, Any] = {
        "only": ",".join(only or []) or None,
        "exclude": ",".join(exclude or []) or None,
        "out": to,
        "model": model,
        "host": host,
        "runtime": runtime,
        "api_key": api_key,
        "pull": pull or None,
        "timeout": timeout,
        "budget": budget,
        "seed": seed,
        "title": title,
        "audience": audience,
        "length": length,
        "context": background(context) if context is not None else None,
        "authorship": authorship or None,
        "format": format_,
        "compare": compare,
        "db": db,
        "since": since,
        "until": until,
        "interactions": interactions,
        "fail_on": fail_on,
        "max_regression": max_regression,
        "fail_inconclusive": fail_inconclusive or None,
        "measure": measure or None,
        "time_budget": time_budget,
        "yes": yes or None,
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
    started = datetime.now().astimezone()
    unfinished = None
    if resume:
        # `--resume RUN`: the word after it is the run, not a folder to read.
        usual = build({**arguments, "path": Path()}, os.environ, config=config, cwd=Path.cwd())
        unfinished = reports.unfinished(usual.out, path)
        settings = reports.recall(unfinished)[0].model_copy(update={"yes": yes, "db": usual.db})
    elif path is None:
        raise UsageError("no folder is named", hint=f"{PROGRAM} PATH, or {PROGRAM} --help.")
    else:
        settings = build({**arguments, "path": path}, os.environ, config=config, cwd=Path.cwd())
        settings = settled(settings, started)
        if suite_of(path) is not None:  # what the command means, today and later
            given |= {name: value for name in ("since", "until") if (value := getattr(settings, name))}
            given["db"] = without_password(settings.db or "")
    shown = {**given, **({"no_llm": True} if no_llm else {}), **({"config": config} if config else {})}
    if host is not None:
        shown["host"] = masked(host, "")
    if context is not None:
        shown["context"] = context  # the file; the record holds its words
    state = watching.state(settings.path) if watch else None
    terminal = sys.stdin.isatty() and sys.stderr.isatty()  # asked before a display puts itself before the stream
    while True:
        display = progress(sys.stderr, quiet=quiet)
        try:
            done = reports.make(
                settings,
                env=os.environ,
                started=started,
                command=command_line(shown, str(path)),
                version=version(),
                emit=display,
                ask=_asker(display) if terminal else None,
                busy=busy(),
                resume=unfinished,
            )
        except KeyboardInterrupt:
            display.close()
            say(f"interrupted; `{PROGRAM} --resume` goes on where it was")
            raise typer.Exit(INTERRUPTED) from None
        finally:
            display.close()
        if sign is not None:
            from chimera_report.agent.signing import sign as signed

            signed(done.folder, sign)
        if open_:
            watching.show(done.folder.path)
            open_ = False
        if state is None:
            break
        _tell(done, as_json=as_json, quiet=quiet, summary=summary)
        say(f"watching {settings.path}; Ctrl-C ends it")
        try:
            state = watching.changed(settings.path, state)
        except KeyboardInterrupt:
            return
        started, unfinished = datetime.now().astimezone(), None
    _tell(done, as_json=as_json, quiet=quiet, summary=summary)


def busy() -> bool:
    """Whether other programs keep most of the cores busy, by the load average of the last minute."""
    import os

    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return hasattr(os, "getloadavg") and os.getloadavg()[0] >= BUSY * cores


def _asker(display: Any) -> Callable[[list[str]], bool]:
    """Shows the plan and asks the person at the terminal."""

    def ask(plan: list[str]) -> bool:
        display("asking", {})
        try:
            say("\n".join(plan))
            return typer.confirm("Measure this now?", default=False, err=True)
        except typer.Abort:  # Ctrl-C at the question: the run waits there
            raise KeyboardInterrupt from None
        finally:
            display("asked", {})

    return ask


def _measured(done: Any) -> str:
    """One line on what became of --measure; "" where it was not asked for."""
    from chimera_report.agent.measuring import count

    found = done.measuring
    if not found:
        return ""
    answer = found.get("answer", "")
    if answer == "yes":
        requests = sum(d["requests"] for d in found["done"].values())
        errors = sum(d["errors"] for d in found["done"].values())
        early = sorted({d["stopped"] for d in found["done"].values()} - {"runs", "converged"})
        return f"measured: {count(requests, 'request')}, {count(errors, 'error')}" + (
            f"; stopped: {', '.join(early)}" if early else ""
        )
    why = {
        "nobody to ask": "this is no terminal; --yes measures without asking",
        "no": "as you said",
    }
    left = "; ".join(f"{count(many, 'open question')}: {reason}" for reason, many in found["left"].items())
    return f"nothing was measured: {why.get(answer, left or 'the data leaves nothing open that a run would settle')}"


def _tell(done: Any, *, as_json: bool, quiet: bool, summary: Path | None) -> None:
    result = done.folder.path / "report.md"
    errors = [f for f in done.lint if f["severity"] == "error"]
    verdict, failed = _gate(done)
    if summary is not None:
        from chimera_report.agent.summary import append, markdown, parts

        append(summary, markdown(parts(done.folder), str(failed) if failed else verdict))
    if as_json:
        import json

        record = done.folder.read_json("run.json")
        kept = {
            k: record[k]
            for k in (
                "schema",
                "run",
                "version",
                "runtime",
                "tier",
                "counts",
                "sentences",
                "drafting",
                "coverage",
                "measured",
            )
        }
        since = done.changes
        kept["changes"] = {"since": since.run, "matched": since.matched, **since.counts} if since else None
        kept["gate"] = str(failed) if failed else verdict or None
        out(json.dumps({"report": str(result), **kept, "lint": done.lint}, indent=2))
    elif quiet:
        out(str(result))
        if done.measuring and done.measuring.get("answer") != "yes":
            say(_measured(done))
    else:
        authors = ", ".join(f"{n} by {who}" for who, n in sorted(done.sentences.items()))
        out(f"{result}\n  sentences: {authors}; lint: {len(errors)} errors")
        if done.drafting.get("asked"):
            shares = ", ".join(f"{100 * v:.0f} % {k}" for k, v in done.drafting["shares"].items() if v)
            out(f"  the model was asked for {done.drafting['asked']}: {shares}")
        if done.drafting.get("out_of_time"):
            offered = done.drafting["asked"] + done.drafting["out_of_time"]
            out(
                f"  {done.drafting['out_of_time']} of {offered} sentences were not asked for: the time budget of "
                f"{done.folder.read_json('run.json')['settings']['budget']:g} s was used up (--budget)"
            )
        if done.measuring:
            out(f"  {_measured(done)}")
    for name, why in done.unmade.items():
        say(f"{PROGRAM}: no {name}: {why}\n  The report without it is finished: {result}")
    if errors:
        for finding in errors[:10]:
            say(f"line {finding['line']}: rule {finding['rule']}: {finding['message']} ({finding['span']!r})")
        raise typer.Exit(CHECK_FAILED)
    if failed is not None:
        raise failed
    if verdict and not as_json:
        say(verdict)
    if done.unmade:
        raise typer.Exit(1)


def _gate(done: Any) -> tuple[str, GateFailed | None]:
    """The gate's line for a job log, and its failure, which is told after the report is."""
    from chimera_report.agent.gate import gate_of, judge
    from chimera_report.tools.errors import GateFailed, GateInconclusive

    gate = gate_of(done.settings)
    if gate is None or done.changes is None:
        return "", None
    found = judge(gate, done.changes)
    if found.state == "failed":
        return "", GateFailed(found.line)
    if found.state == "inconclusive" and gate.strict:
        return "", GateInconclusive(found.line)
    return found.line, None


def _together(paths: list[Path]) -> tuple[Path, list[str]]:
    """The folder that holds all the paths, and each of them below it. Raises UsageError for what is not there."""
    import os

    from chimera_report.tools.errors import UsageError

    for path in paths:
        if not path.exists():
            raise UsageError("no such file or folder", where=str(path), hint="Name folders of benchmark files.")
        if "," in str(path):
            raise UsageError("a comma in a path cannot be told from one between paths", where=str(path))
    whole = [path.resolve() for path in paths]
    shared = Path(os.path.commonpath([p.parent for p in whole]))
    cwd = Path.cwd().resolve()
    root = shared.relative_to(cwd) if shared.is_relative_to(cwd) else shared
    return root, list(dict.fromkeys(p.relative_to(shared).as_posix() for p in whole))
