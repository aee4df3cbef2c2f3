"""Adaptive tuning on the scripted server: the planted best is found and measured again; a cut-off search goes on."""

import csv
import itertools
import json
import math
from pathlib import Path
from typing import Any

import pytest

from chimera_report.tools.bench import Event, dry_run, make_plan, resume_plan, run, tune
from chimera_report.tools.bench.adaptive import Trial, _next
from chimera_report.tools.bench.design import settings
from chimera_report.tools.errors import UsageError
from chimera_report.tools.stats import judge

SPACE: dict[str, Any] = {"num_thread": (1, 2, 4, 8), "num_ctx": (512, 1024, 2048, 4096), "top_k": (10, 20, 40)}


def exactly(ms: float) -> dict[str, Any]:
    """An answer of six tokens that took so long by the server's counters, in one piece: its rate is the same on a
    machine however busy, as there are no gaps between pieces that the client's clock could contradict it with."""
    return {"tokens": 1, "counters": {"eval_count": 6, "eval_duration": int(ms * 1e6)}}


SPEED = {"num_thread": {str(n): exactly(ms) for n, ms in ((1, 9.0), (2, 6.0), (4, 2.0), (8, 4.0))}}


def plan(**more: Any) -> Any:
    fields = {"design": "adaptive", "factors": SPACE, "points": 14, "num_predict": 6, "warmups": 0, "telemetry_hz": 0}
    return make_plan(["scripted:1m"], prompts="quick", **(fields | more))


def test_the_planted_best_is_found_and_measured_again(scripted: Any, tmp_path: Path) -> None:
    scripted.script(by_option=SPEED)
    found = tune(plan(), scripted.url, tmp_path, judge=judge)
    ranked = sorted((t for t in found.trials if t.value), key=lambda t: t.value or 0, reverse=True)
    assert found.winner is not None and found.winner["num_thread"] == 4
    assert (found.winner, found.runner_up) == (ranked[0].setting, ranked[1].setting)
    assert len(found.trials) == 14 and len({tuple(t.setting.values()) for t in found.trials}) == 14
    record = json.loads((tmp_path / "tuning.json").read_text())
    assert record["schema"] == "chimera-report/tuning/1" and record["final"] == found.verdict
    assert found.verdict["n_a"] >= 10 and found.verdict["n_b"] >= 10
    assert found.runner_up is not None
    if found.runner_up["num_thread"] != 4:
        assert found.verdict["outcome"] == "higher"
    for folder, said in (("search/trial-001", "false"), ("final", "true")):
        with (tmp_path / folder / "runs.csv").open(newline="") as file:
            assert {r["randomised"] for r in csv.DictReader(file)} == {said}


def test_later_trials_look_where_it_was_good() -> None:
    """With exact values, so that it does not depend on the machine."""
    speed = {1: 160.0, 2: 250.0, 4: 660.0, 8: 330.0}
    later = 0
    for seed in range(10):
        searched, trials = plan(seed=seed), list[Trial]()
        grid = settings(searched)
        for number in range(1, 15):
            setting = _next(searched, grid, trials)
            assert setting is not None and setting not in [t.setting for t in trials]
            trials.append(Trial(number, setting, speed[int(setting["num_thread"])], 3, 3, 0))
        later += [t.setting["num_thread"] for t in trials[7:]].count(4)
    assert (
        later >= 40
    )  # of 70, where chance gives 17.5 with a standard deviation of 3.6; 44 with this version of Optuna


def test_in_a_large_space_few_trials_find_the_best_settings() -> None:
    levels: dict[str, Any] = {
        "num_thread": (1, 2, 3, 4, 6, 8), "num_batch": (32, 64, 128, 256, 512, 1024),
        "num_ctx": (512, 1024, 2048, 4096), "top_k": (5, 10, 20, 40),
    }  # fmt: skip

    def speed(setting: dict[str, Any]) -> float:
        far = abs(setting["num_thread"] - 4) + abs(math.log2(setting["num_batch"]) - 8) + setting["num_ctx"] / 4096
        return math.exp(-0.1 * far)

    for seed in range(3):
        searched, trials = plan(seed=seed, factors=levels, points=30), list[Trial]()
        grid = settings(searched)
        for number in range(1, 31):
            setting = _next(searched, grid, trials)
            assert setting is not None
            trials.append(Trial(number, setting, speed(setting), 3, 3, 0))
        better = sum(speed(s) > max(t.value or 0 for t in trials) + 1e-12 for s in grid)
        assert better < 10  # of 576; thirty draws at random leave 17 in the median


def test_a_search_that_was_cut_off_goes_on_and_repeats_nothing(scripted: Any, tmp_path: Path) -> None:
    """What comes next follows from the rows at hand: a trial that was cut off is finished, not chosen anew."""
    scripted.script(by_option=SPEED)
    part = plan(points=6)
    before: tuple[Any, ...] = ()
    for place, stop_at in enumerate((4, 9, 13)):
        count = itertools.count(1)
        found = tune(
            resume_plan(tmp_path) if place else part, scripted.url, tmp_path, judge=judge, resume=place > 0,
            should_stop=lambda n=count, m=stop_at: next(n) > m,
        )  # fmt: skip
        assert found.stopped == "interrupted"
        assert found.trials[: len(before)] == before
        before = found.trials
    last = tune(resume_plan(tmp_path), scripted.url, tmp_path, judge=judge, resume=True)
    assert last.trials[: len(before)] == before and len(before) > 0
    assert len(last.trials) == 6 and last.verdict
    for trial in sorted((tmp_path / "search").iterdir()):
        rows = [json.loads(line) for line in (trial / "runs.journal").read_text().splitlines()]
        keys = [r["key"] for r in rows if r.get("phase") == "measure"]
        assert len(keys) == len(set(keys)) == 3 * len(part.prompt)


def test_a_setting_that_fails_is_a_trial_without_a_value(scripted: Any, tmp_path: Path) -> None:
    scripted.script(by_option={"num_ctx": {"512": {"http_status": 500}}})
    found = tune(plan(points=8, factors={"num_ctx": (512, 1024, 2048)}), scripted.url, tmp_path, judge=judge)
    failed = [t for t in found.trials if t.setting["num_ctx"] == 512]
    assert len(found.trials) == 3 and [(t.value, t.n) for t in failed] == [(None, 0)] and failed[0].errors > 0
    assert found.winner is not None and found.winner["num_ctx"] != 512


def test_a_setting_that_fails_for_one_prompt_is_not_compared_by_the_others(scripted: Any, tmp_path: Path) -> None:
    """Two prompts: that of the fast setting which fails must not leave it the quick one's rate."""
    prompts = [{"id": name, "purpose": "p", "text": text} for name, text in (("a", "Go"), ("b", "Go on"))]
    scripted.script(
        by_option={"num_ctx": {"512": exactly(2.0) | {"http_status": 500, "words": 4}, "1024": exactly(4.0)}}
    )
    p = plan(points=2, factors={"num_ctx": (512, 1024)}, prompt=prompts)
    found = tune(p, scripted.url, tmp_path, judge=judge)
    failed = next(t for t in found.trials if t.setting["num_ctx"] == 512)
    assert failed.value is None and failed.n == 3 and failed.errors == 3
    assert found.winner == {"num_ctx": 1024} and found.verdict == {} and found.better is None


def test_the_final_alone_says_which_setting_is_better(scripted: Any, tmp_path: Path) -> None:
    """The search saw the slower setting as the faster one; the rows of the final put it right."""
    scripted.script(by_option={"num_ctx": {"512": exactly(2.0), "1024": exactly(8.0)}})
    p = plan(points=2, factors={"num_ctx": (512, 1024)})
    told: list[Event] = []
    tune(
        p, scripted.url, tmp_path, judge=judge, on_event=told.append,
        should_stop=lambda: sum(e.kind == "trial" for e in told) == 2,
    )  # fmt: skip
    scripted.script(by_option={"num_ctx": {"512": exactly(8.0), "1024": exactly(2.0)}})
    found = tune(resume_plan(tmp_path), scripted.url, tmp_path, judge=judge, resume=True)
    assert found.winner == {"num_ctx": 512} and found.verdict["outcome"] == "lower"
    assert found.better == {"num_ctx": 1024}
    assert json.loads((tmp_path / "tuning.json").read_text())["better"] == {"num_ctx": 1024}


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"factors": {}}, "at least one factor"),
        ({"objective": "beauty"}, "known are decode_rate"),
        ({"concurrency": (1, 2)}, "concurrency 1"),
    ],
)
def test_plans_that_cannot_be_searched(fields: dict[str, Any], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        plan(**fields)


def test_a_dry_run_tells_how_many_trials_there_are() -> None:
    shown = dry_run(plan())
    assert shown.rounds == () and "14 trials of 48 settings" in shown.assumed
    assert shown.requests == (14 * 3 + 20) * len(plan().prompt)


def test_answers_are_checked_against_their_schema(scripted: Any, tmp_path: Path) -> None:
    from chimera_report.tools.bench import run

    good = json.dumps({"name": "Elm", "inhabitants": 900, "sights": ["a", "b", "c"]})
    bad = json.dumps({"name": "Elm", "inhabitants": "many", "sights": []})
    part = make_plan(["scripted:1m"], prompts="json", runs=4, warmups=0, telemetry_hz=0, num_predict=200)
    scripted.script(answer=good, token_ms=0.05)
    run(part, scripted.url, tmp_path / "good")
    scripted.script(answer=bad, token_ms=0.05)
    run(part, scripted.url, tmp_path / "bad")
    scripted.script(answer="no JSON at all", token_ms=0.05)
    run(part, scripted.url, tmp_path / "none")
    for name, value, note in (
        ("good", "1", ""),
        ("bad", "0", "does not follow its schema"),
        ("none", "0", "is not JSON"),
    ):
        with (tmp_path / name / "runs.csv").open(newline="") as file:
            rows = list(csv.DictReader(file))
        assert {r["schema_valid"] for r in rows if r["prompt"] == "schema"} == {value}
        assert {r["schema_valid"] for r in rows if r["prompt"] == "free"} == {""}
        assert all(note in r.get("note", "") for r in rows if r["prompt"] == "schema")
    from chimera_report.tools.ingest import ingest

    table = ingest(tmp_path).table
    valid = table[table["metric"] == "schema_valid"]
    assert sorted(valid["value"]) == [0.0] * 8 + [1.0] * 4


def test_a_prompt_is_calibrated_where_the_window_holds_it(scripted: Any, tmp_path: Path) -> None:
    p = make_plan(
        ["scripted:1m"], prompts="lengths", factors={"num_ctx": (512, 4096)}, runs=2, warmups=0, telemetry_hz=0,
        num_predict=2,
    )  # fmt: skip
    run(p, scripted.url, tmp_path)
    asked = [e["body"]["options"] for e in scripted.log()]
    assert {o["num_ctx"] for o in asked[:3]} == {4096} and {o["num_predict"] for o in asked[:3]} == {1}


def test_prompt_lengths_are_calibrated_in_the_servers_tokens(scripted: Any, tmp_path: Path) -> None:
    """A tokenizer that makes 1.4 tokens of a word, and a template of 23 tokens."""
    from chimera_report.tools.bench import run

    scripted.script(tokens_a_word=1.4, template_tokens=23, token_ms=0.1)
    part = make_plan(
        ["scripted:1m"], prompts="lengths", runs=2, warmups=0, telemetry_hz=0, num_predict=4, options={"num_ctx": 4096}
    )
    run(part, scripted.url, tmp_path)
    with (tmp_path / "runs.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        assert abs(int(row["prompt_tokens"]) - int(row["prompt"].split("-")[0])) <= 2, row
    lengths = json.loads((tmp_path / "receipt.json").read_text())["prompt_lengths"]["scripted:1m"]
    assert lengths["1024-tokens"]["target"] == 1024 and abs(lengths["1024-tokens"]["counted"] - 1024) <= 2
