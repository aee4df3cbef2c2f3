"""How much a ratio of a metric matters to someone who chooses or tunes a system; other metrics weigh 0.3."""

from __future__ import annotations

METRIC_WEIGHT = {
    "decode_rate": 1.0,
    "run_time": 0.9,
    "request_rate": 0.9,
    "ttft": 0.8,
    "e2e_latency": 0.7,
    "ttft_incl_load": 0.6,
}
