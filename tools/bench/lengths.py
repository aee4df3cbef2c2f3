"""What a model's tokenizer and template make of prompts, found by asking the server: before anything is measured.

Two things are found. How many words of filler make a prompt of the length that a plan wants. And how many tokens the
template puts before the prompt: Ollama keeps these in its cache, counts them in `prompt_eval_count`, and has no field
that says so, which makes the prefill rate of a short prompt too high (by 11 % at 41 tokens).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx

from chimera_report.tools import wire
from chimera_report.tools.bench import openai, request, server
from chimera_report.tools.bench.design import cells
from chimera_report.tools.bench.plan import Plan, sent
from chimera_report.tools.bench.suites import HEAD_TOKENS, prompt_text
from chimera_report.tools.errors import RuntimeMissing

CALIBRATIONS = 6  # requests that look for the length of a prompt
MARK = "chimera20577mark"  # stands for the prompt where a template is rendered


def calibrate(
    plan: Plan,
    http: httpx.Client,
    proof: dict[str, Any],
    ns: Callable[[], int],
    keep_alive_s: float,
    halted: Callable[[], bool],
    left_s: Callable[[], float],
) -> bool:
    """For each prompt of a fixed length: the number of words that this model's tokenizer makes that many tokens of, by
    what the server counts (its template included). Written into the receipt; False when the run has to stop."""
    lengths = proof.setdefault("prompt_lengths", {})
    # In the widest window: a narrow one cuts the prompt, and what is counted then says nothing of its length.
    for cell in sorted(cells(plan), key=lambda c: -int(c.options["num_ctx"])):
        prompt = next(p for p in plan.prompt if p.id == cell.prompt)
        known = lengths.setdefault(cell.model, {})
        if prompt.tokens is None or prompt.id in known:
            continue
        found = None
        words = max(1, prompt.tokens - HEAD_TOKENS)
        for attempt in range(1, CALIBRATIONS + 1):
            if halted():
                return False
            text = prompt_text(prompt, plan.seed, f"calibrate/{cell.model}/{attempt}", words)
            body = {"model": cell.model, "prompt": text, "keep_alive": keep_alive_s}
            body |= sent(cell.options | {"num_predict": 1})
            limit = max(min(plan.timeout_s, left_s()), 1.0)
            exchange = request.generate(http, body, ns=ns, timeout_s=limit)
            counted = (exchange.server or {}).get("prompt_eval_count")
            if exchange.status != "ok" or not counted:
                break
            off = prompt.tokens - counted
            if found is None or abs(off) < abs(found["target"] - found["counted"]):
                found = {"target": prompt.tokens, "words": words, "counted": counted}
            if not off:
                break
            words = max(1, words + (off if abs(off) < 8 else round(off * words / max(counted, 1)) or off))
        if found is not None:  # else the rule of thumb of suites.py stands, and the rows say what was counted
            known[prompt.id] = found
    return True


def template_head(
    http: httpx.Client, model: str, options: dict[str, Any], ns: Callable[[], int], timeout_s: float = 60.0
) -> int | None:
    """Tokens that stand before every prompt of a model: its start token and what its template begins with.

    None where the server cannot render a template without answering (Ollama before 0.12, other servers); then nothing
    is taken off. The model is loaded, as it is for the requests that follow.
    """
    if openai.speaks(http):
        return None  # it says itself what it had in its cache, or does not
    asked = {"model": model, "prompt": MARK, "stream": False, "_debug_render_only": True}
    asked |= sent(options | {"num_predict": 1})  # for a server that answers all the same
    try:
        shown = server.call(http, "POST", "/api/generate", asked, timeout_s)
    except RuntimeMissing:
        return None
    info = shown.get("_debug_info")
    rendered = info.get("rendered_template") if isinstance(info, dict) else None
    if not isinstance(rendered, str) or MARK not in rendered:
        return None
    head = rendered.partition(MARK)[0]
    if not head or len(head) > wire.MIB:
        return 1 if not head else None  # the start token alone
    body = {"model": model, "prompt": head, "raw": True, **sent(options | {"num_predict": 1})}
    exchange = request.generate(http, body, ns=ns, timeout_s=timeout_s)
    counted = exchange.server.get("prompt_eval_count")
    return counted if exchange.status == "ok" and counted else None
