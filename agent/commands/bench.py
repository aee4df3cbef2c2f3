"""`chimera-report bench MODEL…`: designed benchmark runs with telemetry, and what they would be (`--dry-run`)."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from chimera_report.agent.commands.showing import Show
from chimera_report.agent.commands.terminal import INTERRUPTED, NO_RUNTIME, PROGRAM, out, say


def bench(
    models: Annotated[list[str] | None, typer.Argument(help="Models to measure.")] = None,
    plan: Annotated[Path | None, typer.Option(help="Plan file (TOML) in place of the options.")] = None,
    factor: Annotated[list[str] | None, typer.Option(help="A setting and its levels: num_ctx=1024,2048.")] = None,
    option: Annotated[list[str] | None, typer.Option(help="A setting that stays the same: temperature=0.")] = None,
    design: Annotated[
        str | None, typer.Option(help="full, fractional, plackett-burman, lhs or adaptive. [default: full]")
    ] = None,
    points: Annotated[int | None, typer.Option(help="Points of an lhs design; trials of an adaptive one.")] = None,
    objective: Annotated[
        str | None, typer.Option(help="What an adaptive design looks for the best of. [default: decode_rate]")
    ] = None,
    prompts: Annotated[
        str | None, typer.Option(help="Prompt suite that ships, or a TOML file. [default: quick]")
    ] = None,
    runs: Annotated[str | None, typer.Option(help="Measured requests a cell, or auto. [default: auto]")] = None,
    rounds: Annotated[int | None, typer.Option(help="Shuffled passes over all blocks. [default: 2]")] = None,
    num_predict: Annotated[int | None, typer.Option(help="Tokens of an answer. [default: 64]")] = None,
    time_budget: Annotated[str | None, typer.Option(help="Longest time: 90s, 10m, 1h. [default: 10m]")] = None,
    concurrency: Annotated[str | None, typer.Option(help="Levels of parallel requests: 1,2,4. [default: 1]")] = None,
    slo: Annotated[str | None, typer.Option(help="Limits for goodput: ttft=500ms,tpot=50ms.")] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of order and prompts. [default: 1]")] = None,
    to: Annotated[Path | None, typer.Option("--out", help="Folder of the results. [default: bench-<time>]")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the run in the folder of --out.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show cells, order and expected time.")] = False,
    report: Annotated[bool, typer.Option("--report", help="Make a report of the results.")] = False,
    pull: Annotated[bool, typer.Option("--pull", help="Have Ollama fetch a model that it lacks.")] = False,
    host: Annotated[str | None, typer.Option(help="Ollama's address, as in OLLAMA_HOST.")] = None,
    runtime: Annotated[str, typer.Option(help="auto, ollama, embedded or openai.")] = "auto",
    api_key: Annotated[str | None, typer.Option(help="Of --runtime openai: env:NAME, the variable with it.")] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress; print only the folder.")] = False,
) -> None:
    """Measure models under a plan, with hardware telemetry."""
    import os
    import shlex
    from datetime import datetime

    from chimera_report.tools import bench as room
    from chimera_report.tools.errors import UsageError
    from chimera_report.tools.runtime import masked, open_runtime, orphans

    if resume and to is None:
        raise UsageError("--resume needs the folder of the run", hint=f"{PROGRAM} bench --resume --out FOLDER")
    fields: dict[str, Any] = {
        "design": design,
        "points": points,
        "objective": objective,
        "runs": runs if runs in (None, "auto") else _number(runs, "--runs"),
        "rounds": rounds,
        "num_predict": num_predict,
        "time_budget_s": room.parse_seconds(time_budget) if time_budget else None,
        "concurrency": tuple(_number(c, "--concurrency") for c in concurrency.split(",")) if concurrency else None,
        "slo": room.parse_slo(slo) if slo else None,
        "seed": seed,
        "factors": _once("--factor", factor) if factor else None,
        "options": _fixed(option) if option else None,
    }
    fields = {name: value for name, value in fields.items() if value is not None}
    chosen = _chosen(to if resume else None, plan, models, prompts, fields)
    if dry_run:
        out(_planned(room.dry_run(chosen)))
        return
    folder = to or Path(f"bench-{datetime.now().astimezone():%Y%m%d-%H%M%S}")
    address = [*(["--host", masked(host)] if host else []), *(["--runtime", runtime] if runtime != "auto" else [])]
    address += ["--api-key", api_key] if api_key else []
    again = shlex.join([PROGRAM, "bench", "--resume", "--out", str(folder), *address])
    show = Show(quiet)
    found = open_runtime(runtime, host, os.environ, chosen.models[0], pull=pull, progress=show.pulling, api_key=api_key)
    try:
        for model in chosen.models[1:] if pull else ():
            found.fetch(model, show.pulling)
    except BaseException:
        found.close()
        raise
    how: dict[str, Any] = {"on_event": show, "resume": resume}
    how["command"] = shlex.join([PROGRAM, *map(masked, sys.argv[1:])])
    how["headers"] = found.headers
    tuned: Any = None
    try:
        if chosen.design == "adaptive":
            from chimera_report.tools.stats import judge

            result: Any = room.tune(chosen, found.base_url, folder, judge=judge, **how)
            tuned = result
        else:
            result = room.run(chosen, found.base_url, folder, **how)
    except KeyboardInterrupt:
        say(f"interrupted; `{again}` goes on where it was")
        raise typer.Exit(INTERRUPTED) from None
    finally:
        show.close()
        found.close()
    out(str(folder))
    for line in [] if quiet else _came_of_it(result, tuned, folder):
        say(line)
    if result.stopped == "server lost":
        if left := ", ".join(f"{name} (process {pid})" for name, pid in orphans()):
            say(f"of a server that died are left: {left}, which still hold memory and can be ended")
        say(f"the server was lost; `{again}` goes on")
        raise typer.Exit(NO_RUNTIME)
    if not result.requests:  # neither done nor failed: who runs this unattended has to hear of it
        raise UsageError(
            "nothing was measured: the time budget ended before the first request",
            where=str(folder),
            hint="give a longer --time-budget, and another --out",
        )
    if report:
        from chimera_report.agent.commands.report import report as make_report

        make_report(folder, host=host, runtime=runtime if runtime != "auto" else None)
    if why := _incomplete(result, tuned, folder):  # who runs this unattended has to hear of it
        say(why)
        raise typer.Exit(NO_RUNTIME)


def _came_of_it(result: Any, tuned: Any, folder: Path) -> list[str]:
    """What was measured and what was not, a line each."""
    from chimera_report.tools import bench as room

    also = " (cold starts included)" if result.errors else ""
    lines = [f"{result.requests} requests, {result.errors} errors{also}; stopped: {result.stopped}"]
    if tuned:
        return [*lines, _told(tuned)]
    if result.unmeasured:
        lines.append(f"not measured, as the run ended before: {', '.join(result.unmeasured)}")
    if few := [c for c in result.short if c not in result.unmeasured]:
        lines.append(f"with fewer requests than planned: {', '.join(few)}")
    if result.not_converged:
        lines.append(f"not converged ({room.CONVERGED}): {', '.join(result.not_converged)}")
    return [*lines, *_ceiling(folder), *(f"changed {change}" for change in result.changed)]


def _incomplete(result: Any, tuned: Any, folder: Path) -> str:
    """Why what was measured is not what was planned; "" where it is."""
    if not tuned and result.rateless:
        return f"no decode rate could be told of {', '.join(result.rateless)}: the note column of runs.csv says why"
    if result.errors:
        failed = "1 request failed" if result.errors == 1 else f"{result.errors} requests failed"
        return f"{failed}: {'; '.join(result.reasons)}" if not tuned else f"{failed}; their rows say why"
    if tuned:
        return ""
    if result.apart:
        return (
            f"{result.apart} of {result.requests} requests stand apart, in {folder}/{folder.resolve().name}-receipt-2 "
            "and what may come after it: something changed half-way, so they are not pooled with the others"
        )
    if result.short:
        return (
            "the run ended before its plan was complete: README.md names the cells; "
            "give a longer --time-budget, fewer --runs or fewer levels, and another --out"
        )
    return ""


def _chosen(
    begun: Path | None, plan: Path | None, models: list[str] | None, prompts: str | None, fields: dict[str, Any]
) -> Any:
    """The plan of the run that goes on in `begun`, of the plan file, or of the options. Raises UsageError."""
    from chimera_report.tools import bench as room
    from chimera_report.tools.errors import UsageError

    if begun is not None:
        chosen = room.resume_plan(begun)
        _same_plan(chosen, begun, plan, models, prompts, fields)
        return chosen
    if plan is not None:
        if models or fields or prompts:
            raise UsageError("a plan file holds the whole plan", where="--plan", hint="Leave out models and options.")
        return room.load_plan(plan)
    if not models:
        raise UsageError("no model is named", hint=f"{PROGRAM} bench MODEL, or {PROGRAM} bench --help")
    return room.make_plan(models, prompts=prompts or "quick", **fields)


_CEILINGS = (
    ("median_share", "decodes", "the memory allows"),
    ("median_prefill_share", "reads its prompts", "the processor can compute"),
)


def _ceiling(folder: Path) -> list[str]:
    """How close each model came to what memory and processor allow; a rate above that is no rate."""
    import json

    try:
        found = json.loads((folder / "summary.json").read_text(encoding="utf-8")).get("ceiling") or []
    except (OSError, ValueError):
        return []
    said = []
    for entry in found:
        for name, verb, limit in _CEILINGS:
            share = entry.get(name)
            if share is None:
                continue
            over = ", which cannot be: was the machine busy when that was measured?" if share > 1.1 else ""
            most = "at most " if entry.get("at_most") and not over else ""  # measured beside other programs
            at = f"{most or 'at '}{100 * share:.2g} % of what {limit}"
            said.append(f"{entry['model']} {verb} {at} (num_ctx {entry['num_ctx']}){over}")
    return said


def _number(text: str, where: str) -> int:
    from chimera_report.tools.errors import UsageError

    try:
        return int(text)
    except ValueError:
        raise UsageError(f"not a whole number: {text!r}", where=where) from None


def _once(where: str, texts: list[str]) -> dict[str, tuple[Any, ...]]:
    """`name=value,…` of each use of an option. UsageError when a name comes twice: which one counts is a guess."""
    from chimera_report.tools.bench import parse_factor
    from chimera_report.tools.errors import UsageError

    found: dict[str, tuple[Any, ...]] = {}
    for name, values in map(parse_factor, texts):
        if name in found:
            raise UsageError(f"{name} is given twice", where=where, hint=f"Write its levels once: {name}=1,2")
        found[name] = values
    return found


def _fixed(texts: list[str]) -> dict[str, Any]:
    from chimera_report.tools.errors import UsageError

    found = _once("--option", texts)
    for name, values in found.items():
        if len(values) > 1:
            raise UsageError(
                f"{name} has {len(values)} values and stays the same",
                where="--option",
                hint=f"Vary it: --factor {name}=…",
            )
    return {name: values[0] for name, values in found.items()}


def _same_plan(
    chosen: Any, to: Path, plan: Path | None, models: list[str] | None, prompts: str | None, fields: dict[str, Any]
) -> None:
    """UsageError when what is asked for is not what the run that goes on was begun with."""
    from chimera_report.tools.bench import load_plan, load_suite
    from chimera_report.tools.errors import UsageError

    differ = ["--plan"] if plan is not None and load_plan(plan) != chosen else []
    differ += ["the models"] if models and tuple(models) != chosen.models else []
    differ += ["--prompts"] if prompts and load_suite(prompts).prompt != chosen.prompt else []
    names = {"time_budget_s": "time-budget", "factors": "factor", "options": "option", "num_predict": "num-predict"}
    differ += [f"--{names.get(name, name)}" for name, value in fields.items() if getattr(chosen, name) != value]
    if differ:
        raise UsageError(
            f"the run was begun with another plan: not what {', '.join(differ)} say",
            where=str(to / "plan.toml"),
            hint="--resume alone goes on with that plan; for another one use another --out",
        )


def _planned(found: Any) -> str:
    many = f"{found.requests}" if found.requests == found.requests_max else f"{found.requests} to {found.requests_max}"
    if not found.rounds:  # an adaptive search chooses as it goes
        names: dict[str, dict[Any, None]] = {}
        for cell in found.cells:
            for name, value in cell.options.items():
                names.setdefault(name, {})[value] = None
        space = ", ".join(f"{n}={','.join(map(str, levels))}" for n, levels in names.items() if len(levels) > 1)
        lines = [f"{many} requests, {found.loads} loads", f"  searched: {space}"]
        return "\n".join([*lines, *_expected(found)])
    lines = [f"{len(found.cells)} cells, {many} requests, {found.loads} loads"]
    if found.aliasing:
        lines.append(found.aliasing)
    levels = {c.concurrency for c in found.cells} != {1}
    for c in found.cells:
        settings = {"prompt": c.prompt} | ({"concurrency": c.concurrency} if levels else {}) | c.options
        lines.append(f"  {c.id}  {c.model}  " + ", ".join(f"{k}={v}" for k, v in settings.items()))
    for number, visits in enumerate(found.rounds, 1):
        order = "; ".join(" ".join(step.cell.id for step in visit.steps) for visit in visits)
        lines.append(f"round {number}: {order}")
    return "\n".join([*lines, *_expected(found)])


def _expected(found: Any) -> list[str]:
    lines = [f"about {found.expected_s:.0f} s, at most {found.expected_max_s:.0f} s (assumed: {found.assumed})"]
    if found.share < 1:
        lines.append(f"the time budget is expected to hold {found.share:.0%} of it: the rest would not be measured")
    return lines


def _told(tuned: Any) -> str:
    """The outcome of an adaptive search: the two best settings, and whether they differ when measured again."""

    def words(setting: dict[str, Any]) -> str:
        return ", ".join(f"{k}={v}" for k, v in setting.items())

    lines = [f"{len(tuned.trials)} trials"]
    if not tuned.winner:
        lines.append("no trial gave a value: there is no best setting")
    else:
        lines.append(f"best in the search: {words(tuned.winner)}")
    if tuned.runner_up:
        lines.append(f"next: {words(tuned.runner_up)}")
    final = tuned.verdict
    if final:
        said = "not enough values on both sides for a verdict (it takes 6)"
        if tuned.better:
            said = f"{words(tuned.better)} is better"
        elif final["outcome"] != "insufficient":
            said = "the two are equivalent" if final["outcome"] == "equivalent" else "the two are not told apart"
        ratio = ""
        if final["ratio"]:
            low, high = final["interval"]
            ratio = f"; ratio of the {final['objective']} {final['ratio']:.3f} ({low:.3f} to {high:.3f})"
        lines.append(f"measured again: {said}{ratio}, n = {final['n_a']} and {final['n_b']}")
    elif tuned.winner:
        lines.append("not measured again: what a search says of its best is too good")
    return "\n".join(lines)
