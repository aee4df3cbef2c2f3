"""Kinds of sentences that people write: counts of requests, levels that are left out, one of several, one speed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from chimera_report.agent.lint import judged, known


def referee(data: Path) -> Callable[[str], str]:
    folder = known(data)

    def ask(text: str) -> str:
        told = [s.verdict for s in judged(text, folder).statements or []]
        return next((v for v in ("refuted", "unsupported", "supported") if v in told), "")

    return ask


@pytest.fixture(scope="module")
def providers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two models at three providers, 24 requests each; wave fails 3 of the large one and 1 of the small one."""
    folder = tmp_path_factory.mktemp("providers")
    speeds = {"north": (180, 0.8), "wave": (60, 2.4), "reef": (20, 6.0)}
    for model, slow in (("small-7b", 1.0), ("large-70b", 2.0)):
        rows = ["model,provider,concurrency,ttft_s,decode_rate,e2e_latency_s,error"]
        for provider, (rate, whole) in speeds.items():
            for i in range(24):
                failed = provider == "wave" and i < (3 if slow == 2 else 1)
                load = 1 if i % 2 else 4
                wait = 0.20 + (i * 7 % 24) / 100  # the same for all: no order
                values = f"{wait:.2f},{(rate + i % 3) / slow:.1f},{(whole + i % 4 / 100) * slow * (load**0.5):.2f}"
                rows.append(f"{model},{provider},{load},{',,' if failed else values},{'HTTP 503' if failed else ''}")
        (folder / f"{model}.csv").write_text("\n".join(rows) + "\n")
    return folder


TRUE = (
    "wave lost 3 of 24 requests with large-70b.",
    "4 requests failed in total.",
    "4 of the 144 requests failed.",
    "None of the requests to north failed.",
    "Not one request to reef failed.",
    "north had no failures.",
    "wave had 1 failed request with small-7b.",
    "Only one of the 24 requests to wave's small-7b failed.",
    "On large-70b north has the highest decode rate.",
    "On small-7b north has the highest decode rate of all providers.",
    "No provider has a higher decode rate on small-7b than north.",
    "north is faster than reef on small-7b.",
    "north's large-70b is faster than wave's large-70b.",
    "A request to small-7b at north takes 1.22 s on average.",
    "small-7b at north takes 0.81 s with one request and 1.63 s with four.",
)
FALSE = (
    "wave lost 5 of 24 requests with large-70b.",
    "wave lost 3 of 240 requests with large-70b.",
    "14 requests failed in total.",
    "None of the requests to wave failed.",
    "All 144 requests succeeded.",
    "north had 2 failed requests with small-7b.",
    "Only one of the 24 requests to wave's large-70b failed.",
    "On large-70b reef has the highest decode rate.",
    "No provider has a higher decode rate on small-7b than wave.",
    "north is slower than reef on small-7b.",
    "A request to small-7b at north takes 0.22 s on average.",
    "A request to small-7b at north waits 1.22 s for its first token.",
    "small-7b at north takes 1.63 s with one request and 0.81 s with four.",
)


def test_what_is_true_is_not_refuted_and_mostly_supported(providers: Path) -> None:
    ask = referee(providers)
    told = {text: ask(text + "\n") for text in TRUE}
    assert [t for t, v in told.items() if v == "refuted"] == []
    assert sum(v == "supported" for v in told.values()) >= 12, told


def test_what_is_false_is_not_supported(providers: Path) -> None:
    ask = referee(providers)
    assert [t for t in FALSE if ask(t + "\n") == "supported"] == []
