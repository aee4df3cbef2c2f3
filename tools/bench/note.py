"""The note beside the results: what was measured, how, on what, and the command that does it again."""

from __future__ import annotations

from collections.abc import Container
from typing import Any

from chimera_report.tools.bench.design import aliasing
from chimera_report.tools.bench.openai import API, NOT_TOLD
from chimera_report.tools.bench.plan import Plan

FILES = {
    "runs.csv": "one line a warm request; empty where a value was not measured",
    "itl.csv": "one line a cell: percentiles of the gaps between streamed tokens, pooled over its warm requests",
    "concurrency.csv": "request rate (requests/s), output throughput (tokens/s) and goodput of each visit of a level",
    "cold_starts.json": "one record a cold start: time to load, and to the first token with the load",
    "summary.json": "per cell: n, errors, geometric means and intervals, percentiles of the inter-token latency",
    "receipt.json": "the machine, the server, the model, the clock",
    "plan.toml": "the plan; `chimera-report bench --plan plan.toml` repeats it",
    "runs.journal": "the raw journal, JSON lines: each request with the arrival of each token, in ns, warm-ups too",
}

SHOWN = 12  # cells that are named one by one


def note(plan: Plan, summary: dict[str, Any], proof: dict[str, Any], files: Container[str]) -> str:
    """Markdown; of FILES it lists those in `files`. It states no result of its own: results are in the CSV."""
    host, server = proof["host"], proof["server"]
    lines = ["# Benchmark measurements", ""]
    lines += ["Measured by `chimera-report bench`; written by it, not by hand.", "", "## What was measured", ""]
    lines += [f"- Model: {_model(m)}" for m in proof["models"]]
    lines += [f"- Factor `{name}`: {', '.join(map(str, levels))}" for name, levels in plan.factors.items()]
    lines += [f"- Prompt `{p.id}`: {p.purpose}" for p in plan.prompt]
    if plan.concurrency != (1,):
        lines.append(f"- Concurrency: {', '.join(map(str, plan.concurrency))}")
    runs = "until the intervals are narrow enough, at most 30" if plan.runs == "auto" else str(plan.runs)
    users = " for each user" if plan.by_level else ""
    lines += [f"- Design: {plan.design}; measured requests in each cell: {runs}{users}"]
    lines += [f"- Of the design: {mixed}"] if (mixed := aliasing(plan)) else []
    lines += [f"- Goodput counts requests with {name} of at most {limit:g} s" for name, limit in plan.slo.items()]
    lines.append("")
    lines += ["## How", ""]
    lines += [
        f"- Each of {plan.rounds} or more rounds visits every block (model and load options) in a shuffled order "
        f"(seed {plan.seed}), every second one backwards; the requests of a visit are shuffled too.",
        *([] if server.get("api") else ["- A visit unloads the model and loads it again: a cold start, kept apart."]),
        f"- Warm-ups after each load: {plan.warmups}, discarded. Prompts are unique from their first token, so that no "
        "prompt cache helps.",
        "- `ttft_s` is seen by the client: request sent to first text, warm.",
        *_rates(summary),
        *([f"- {NOT_TOLD}"] if server.get("api") == API else []),
        *_sent(plan, server),
        *_thinking(proof),
        *_prefill(proof),
        *_shared(plan),
        *_ceiling(proof, summary),
        "- Failed requests are rows with a status and an error. A value that could not be trusted is empty, "
        "and `note` says why.",
        "",
    ]
    lines += ["## On what", ""]
    lines += [
        f"- Server: {', '.join(f'{k} {v}' for k, v in server.items())}",
        f"- Machine: {host['cpu']}, {host['cores_logical']} cores, {host['memory_mib']} MiB, {host['os']}",
        f"- GPU: {', '.join(str(g['name']) for g in proof['gpus']) or proof['gpus_reason']}",
        f"- Load average before: {proof['load_average_before']}",
    ]
    idle = (proof.get("idle") or {}).get("cpu_util")
    if idle is not None:
        lines.append(f"- CPU in use by others just before, of all cores: {idle:.0f} %")
    lines += [f"- {line}" for line in _clamped(proof)]
    stayed = proof.get("stayed_loaded")
    if stayed:
        lines.append(f"- Other models that could not be unloaded, and took memory: {', '.join(stayed)}")
    lines += [f"- Changed during the run: {' '.join(c.split())}" for c in proof["changed"]]
    lines += _short(plan, summary)
    wide = [c["cell"] for c in summary["cells"] if not c["converged"]]
    if wide:
        lines.append(f"- Not converged (interval of the mean wider than the target): {', '.join(wide)}")
    lines += ["", "## Files", ""]
    lines += [f"- `{name}`: {what}" for name, what in FILES.items() if name in files]
    lines += ["", "## Command", "", "```sh", proof.get("command") or "chimera-report bench --plan plan.toml", "```", ""]
    return "\n".join(lines)


def _rates(summary: dict[str, Any]) -> list[str]:
    """By whose clock the rates are: a server without counters of its own has no rate of its own."""
    client = "(output tokens − 1) / time from the first streamed token to the last, by the client's clock"
    if not any(c["metrics"]["decode_rate"]["n"] for c in summary["cells"]):
        return [f"- `client_decode_rate` is {client}; the server tells none of its own."]
    return [
        "- `decode_rate` is (output tokens − 1) / decoding time by the server's counters, which may leave out the time "
        f"for sampling; `client_decode_rate` is {client}."
    ]


def _sent(plan: Plan, server: dict[str, Any]) -> list[str]:
    """What was sent and may have had no effect."""
    named = {*plan.options, *plan.factors, *(name for setting in plan.settings for name in setting)}
    if server.get("api") != API or "think" not in named:
        return []
    return [
        "- `think` was sent as variables of the model's template, or as an effort; a model whose template has neither "
        "answers as it always does."
    ]


def _short(plan: Plan, summary: dict[str, Any]) -> list[str]:
    """The cells that have fewer requests than planned, each with what it is."""
    few = [c for c in summary["cells"] if c["requests"] < c["planned"]]
    if not few:
        return []
    told = "; ".join(f"{_cell(plan, c)} has {c['requests'] or 'none'} of {c['planned']} requests" for c in few[:SHOWN])
    more = f"; and {len(few) - SHOWN} others" if len(few) > SHOWN else ""
    return [f"- Not all that was planned was measured: {told}{more}"]


def _cell(plan: Plan, cell: dict[str, Any]) -> str:
    """A cell's id, and what tells it from the others."""
    names = list(plan.factors) or list(dict.fromkeys(n for s in plan.settings for n in s))
    parts = [cell["model"]] if len(plan.models) > 1 else []
    parts += [f"{n}={cell['options'][n]}" for n in names if n in cell["options"]]
    parts += [cell["prompt"]] if len(plan.prompt) > 1 else []
    parts += [f"{cell['concurrency']} users"] if plan.concurrency != (1,) else []
    return f"{cell['cell']} ({', '.join(parts)})" if parts else str(cell["cell"])


def _thinking(proof: dict[str, Any]) -> list[str]:
    thinks = [m["listed_as"] for m in proof["models"] if "thinking" in (m.get("capabilities") or ())]
    if not thinks:
        return []
    return [
        f"- {', '.join(thinks)} can think before answering: `ttft_s` is to the first token of any "
        "kind, `ttft_answer_s` to the first of the answer, and `thinking_tokens` are part of `output_tokens`."
    ]


def _prefill(proof: dict[str, Any]) -> list[str]:
    heads = {model: n for model, n in (proof.get("template_head") or {}).items() if n}
    if not heads:
        return []
    told = ", ".join(f"{n} of {model}" for model, n in heads.items())
    return [f"- `prefill_rate` leaves out the first tokens of the template, which the server has in its cache: {told}."]


def _shared(plan: Plan) -> list[str]:
    if plan.concurrency == (1,):
        return []
    return ["- Energy of requests that ran side by side is shared out among them, moment by moment."]


def _ceiling(proof: dict[str, Any], summary: dict[str, Any]) -> list[str]:
    """How the shares of the ceilings are reckoned. The shares themselves are results and stand in the tables."""
    told = summary.get("ceiling") or []
    made = []
    most = "100 % is the most that can be"
    if any(entry.get("at_most") for entry in told):
        most += ". Other programs used the machine while that was measured, so the shares are upper bounds"
    if any(entry.get("median_share") is not None for entry in told):
        made.append(
            "- `memory_share_pct` is the decode rate × the bytes that a token reads (weights, and its cache) ÷ "
            f"{_peaks(proof.get('memory'), 'bytes_s', 'GB/s')}: {most}."
        )
    if any(entry.get("median_prefill_share") is not None for entry in told):
        made.append(
            "- `compute_share_pct` is the prefill rate × the operations that a token of the prompt takes ÷ "
            f"{_peaks(proof.get('compute'), 'ops_s', 'Gop/s')}: {most}."
        )
    return made


def _peaks(found: dict[str, Any] | None, key: str, unit: str) -> str:
    return " and ".join(f"{m[key] / 1e9:.1f} {unit} of the {k.upper()} ({m['how']})" for k, m in (found or {}).items())


def _clamped(proof: dict[str, Any]) -> list[str]:
    """Blocks whose context is not the one that was asked for."""
    found = []
    for block, facts in (proof.get("context_in_force") or {}).items():
        asked = next((w.partition("=")[2] for w in block.split() if w.startswith("num_ctx=")), "")
        given = facts.get("context_length")
        if asked.isdecimal() and isinstance(given, int) and given < int(asked):
            model = block.partition(" ")[0]
            found.append(f"num_ctx {asked} was asked for; the server gave {model} {given}, which is what the rows say")
    return list(dict.fromkeys(found))


def _model(model: dict[str, Any]) -> str:
    many, size = model.get("parameter_count"), model.get("size_bytes")
    counted = f"{many / 1e6:.0f}M parameters" if many else f"{size / 1e6:.0f} MB" if size else None
    parts = [model.get("parameters") or counted, model.get("quantisation"), (model.get("digest") or "")[:19]]
    told = ", ".join(p for p in parts if p)
    name = str(model["listed_as"])
    return f"{name} ({told})" if told else f"{name}, of which the server tells no size, format or digest"
