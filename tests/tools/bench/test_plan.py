"""Plans: what is accepted, what is refused and how it says so; designs, order, the estimate of a dry run."""

from collections import Counter
from itertools import combinations, product
from math import prod
from pathlib import Path
from typing import Any

import pytest

from chimera_report.tools.bench import (
    Plan,
    dry_run,
    load_plan,
    make_plan,
    outputs,
    parse_factor,
    parse_seconds,
    parse_slo,
    plan_toml,
    suite_names,
)
from chimera_report.tools.bench.converge import converged, width
from chimera_report.tools.bench.design import aliasing, cells, max_rounds, settings, visits
from chimera_report.tools.bench.plan import sent
from chimera_report.tools.bench.suites import load_suite, prompt_text
from chimera_report.tools.errors import UsageError


def test_a_plan_survives_its_file(tmp_path: Path) -> None:
    plan = make_plan(
        ["gemma3:1b", "gemma3:4b"], prompts="json", factors={"num_ctx": (1024, 2048), "temperature": (0, 0.8)},
        options={"top_k": 40, "use_mmap": True}, slo={"ttft": 0.5}, concurrency=(1, 4), runs=10, time_budget_s=90,
    )  # fmt: skip
    (tmp_path / "plan.toml").write_text(plan_toml(plan), encoding="utf-8")
    assert load_plan(tmp_path / "plan.toml") == plan


def test_a_plan_file_can_name_a_suite_or_a_file_beside_it(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(
        'name = "mine"\npurpose = "p"\n[[prompt]]\nid = "a"\npurpose = "q"\ntext = "Go"\n'
    )
    for name, ids in (("mine.toml", ["a"]), ("basic", ["short-short", "short-long", "long-short", "long-long"])):
        (tmp_path / "plan.toml").write_text(f'models = ["gemma3:1b"]\nprompts = "{name}"\n')
        assert [p.id for p in load_plan(tmp_path / "plan.toml").prompt] == ids


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('models = ["a"]\nprompts = "quick"\nrnus = 3\n', "rnus: no field of this name is known"),
        ('prompts = "quick"\n', "models: is missing"),
        ('models = ["a"]\nprompts = "quick"\nruns = 1\n', "must be 'auto' or a number from 2"),
        ('models = ["a"]\nprompts = "quick"\n[factors]\nnum_cxt = [1, 2]\n', "'num_cxt' is not an option of Ollama"),
        ('models = ["a"]\nprompts = "quick"\n[factors]\nnum_ctx = [1]\n', "at least two different levels"),
        ('models = ["a"]\nprompts = "quick"\n[slo]\nspeed = 1\n', "slo 'speed'"),
        ('models = ["a"]\nprompts = "nosuch"\n', "no prompt suite of this name"),
        ('schema = "chimera-report/plan/9"\nmodels = ["a"]\n', "unknown plan version"),
        ("models = [", "not valid TOML"),
        ('models = "a"\nprompts = "quick"\n', "models: must be a list"),
        ('models = ["a"]\nprompts = "quick"\noptions = 3\n', "options: must be a table"),
        ('models = ["a"]\nprompts = "quick"\n[options]\nuse_mmap = 1\n', "options.use_mmap: 1 is neither true nor"),
        ('models = ["a"]\nprompts = "quick"\n[options]\ntop_p = "x"\n', "options.top_p: 'x' is not a number"),
        ('models = ["a"]\nprompts = "quick"\n[options]\nnum_ctx = 0\n', "options.num_ctx: 0 is below 1"),
    ],
)
def test_a_wrong_plan_names_the_file_and_the_field(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "plan.toml").write_text(text)
    with pytest.raises(UsageError) as caught:
        load_plan(tmp_path / "plan.toml")
    assert message in str(caught.value)
    assert "plan.toml" in caught.value.where or "nosuch" in caught.value.where


def test_arguments() -> None:
    assert parse_factor("num_ctx=1024,2048") == ("num_ctx", (1024, 2048))
    assert parse_factor("use_mmap=true,false") == ("use_mmap", (True, False))
    assert parse_factor("temperature=0.2,1") == ("temperature", (0.2, 1))
    assert [parse_seconds(t) for t in ("90", "10m", "1.5h", "250ms")] == [90, 600, 5400, 0.25]
    assert parse_slo("ttft=500ms,tpot=0.05") == {"ttft": 0.5, "tpot": 0.05}
    for call, text in ((parse_factor, "num_ctx"), (parse_seconds, "soon"), (parse_slo, "x=1")):
        with pytest.raises(UsageError):
            call(text)


BINARY = (
    "num_thread", "num_batch", "num_ctx", "top_k", "num_predict", "num_keep", "num_gpu", "main_gpu", "seed", "top_p",
    "min_p", "typical_p", "temperature", "repeat_penalty", "repeat_last_n", "presence_penalty",
)  # fmt: skip
ALL = frozenset(f"c{n:03d}" for n in range(1, 9))


def plan(**fields: Any) -> Plan:
    return make_plan(["m"], **fields)


def test_a_full_design_holds_every_combination_once() -> None:
    combos = settings(plan(factors={"num_thread": (1, 2), "num_ctx": (512, 1024, 2048)}))
    assert sorted((c["num_thread"], c["num_ctx"]) for c in combos) == sorted(product((1, 2), (512, 1024, 2048)))


def test_a_fraction_has_the_resolution_that_it_says() -> None:
    best = {2: (4, None), 3: (4, 3), 4: (8, 4), 5: (16, 5), 6: (32, 6), 7: (16, 4), 8: (16, 4), 9: (32, 4), 16: (32, 4)}
    roman = {3: "III", 4: "IV", 5: "V", 6: "VI"}
    for many, (runs, resolution) in best.items():
        p = plan(factors=dict.fromkeys(BINARY[:many], (1, 2)), design="fractional")
        assert (len(settings(p)), _resolution(p)) == (runs, resolution)
        assert ("" if resolution is None else f"resolution {roman[resolution]}:") in aliasing(p)


@pytest.mark.parametrize("many", [3, 7, 8, 11, 12])
def test_a_plackett_burman_design_is_balanced_and_orthogonal(many: int) -> None:
    p = plan(factors=dict.fromkeys(BINARY[:many], (1, 2)), design="plackett-burman")
    assert len(settings(p)) == 4 * (many // 4 + 1)
    assert _resolution(p) in (None, 3)  # none: of 12 runs no column is the product of others, they are mixed in part


def _resolution(p: Plan) -> int | None:
    """The length of the shortest product of columns that is constant: 1 unbalanced, 2 not orthogonal."""
    columns = [[2 * int(c[name]) - 3 for c in settings(p)] for name in p.factors]
    for size in range(1, min(len(columns), 6) + 1):
        for chosen in combinations(columns, size):
            total = sum(prod(row) for row in zip(*chosen, strict=True))
            if abs(total) == len(columns[0]) or (size < 3 and total):
                return size
    return None


@pytest.mark.parametrize("seed", range(10))
def test_no_level_is_missing_from_a_latin_hypercube(seed: int) -> None:
    p = plan(factors={"num_thread": (1, 2, 3, 4), "top_k": (1, 2, 3)}, design="lhs", points=5, seed=seed)
    for name, levels in p.factors.items():
        assert {c.options[name] for c in cells(p)} == set(levels)


def test_a_latin_hypercube_spreads_each_factor_over_its_levels() -> None:
    levels = tuple(range(1, 9))
    combos = settings(plan(factors={"num_thread": levels, "top_k": levels}, design="lhs", points=8))
    for name in ("num_thread", "top_k"):
        assert sorted(c[name] for c in combos) == list(levels)
    assert combos == settings(plan(factors={"num_thread": levels, "top_k": levels}, design="lhs", points=8))


def test_a_factor_that_does_not_fit_the_design_is_refused() -> None:
    with pytest.raises(UsageError, match="two levels a factor; num_ctx"):
        settings(plan(factors={"num_ctx": (1, 2, 3)}, design="fractional"))


@pytest.mark.parametrize("seed", range(5))
def test_two_rounds_are_in_opposite_orders(seed: int) -> None:
    p = plan(factors={"num_thread": (1, 2), "num_predict": (8, 16)}, seed=seed, slo={"ttft": 1})
    first, second = ([(v.load, [s.cell.id for s in v.steps]) for v in visits(p, n, ALL)] for n in (1, 2))
    assert [(load, ids[::-1]) for load, ids in first[::-1]] == second


def test_rounds_are_shuffled_and_hold_each_cell_equally() -> None:
    p = plan(factors={"num_thread": (1, 2, 3, 4), "num_predict": (8, 16)}, runs=7, rounds=3)
    ids = frozenset(c.id for c in cells(p))
    rounds = [visits(p, n, ids) for n in range(1, max_rounds(p) + 1)]
    assert rounds == [visits(p, n, ids) for n in range(1, max_rounds(p) + 1)]
    orders = {tuple(v.load for v in r) for r in rounds}
    assert len(orders) > 1
    total = Counter(s.cell.id for r in rounds for v in r for s in v.steps)
    assert total == dict.fromkeys(ids, 7)
    keys = [s.key for r in rounds for v in r for s in v.steps]
    assert len(keys) == len(set(keys))
    some = visits(p, 1, frozenset(["c003"]))
    assert {s.key for v in some for s in v.steps} < {s.key for v in rounds[0] for s in v.steps}


def test_num_ctx_and_seed_are_always_sent_and_a_factor_goes_before_a_prompts_own_length() -> None:
    options = cells(plan(prompts="basic"))[0].options
    assert options == {"num_ctx": 2048, "seed": 1, "temperature": 0, "num_predict": 32}
    assert cells(plan(prompts="basic", factors={"num_predict": (5, 9)}))[0].options["num_predict"] == 5


def test_what_stops_an_answer_is_sent_as_a_list() -> None:
    """Ollama answers a single text with HTTP 500; OpenAI's API takes a list, too."""
    assert sent({"stop": "END", "num_ctx": 5}) == {"options": {"stop": ["END"], "num_ctx": 5}}
    assert sent({"stop": ["a"], "think": False}) == {"options": {"stop": ["a"]}, "think": False}


def test_a_dry_run_counts_what_a_run_would_do() -> None:
    found = dry_run(plan(factors={"num_thread": (1, 2), "num_predict": (8, 16)}, runs=6))
    assert (len(found.cells), found.requests, found.requests_max, found.loads) == (4, 24, 24, 4)
    assert 0 < found.expected_s <= 600
    auto = dry_run(plan(factors={"num_thread": (1, 2)}))
    assert (auto.requests, auto.requests_max) == (12, 60)
    assert auto.expected_s < auto.expected_max_s


def test_suites_that_ship_are_valid_and_say_their_purpose() -> None:
    assert set(suite_names()) >= {"quick", "basic", "lengths", "json"}
    for name in suite_names():
        suite = load_suite(name)
        assert suite.name == name and suite.purpose and all(p.purpose for p in suite.prompt)


@pytest.mark.parametrize(
    ("prompt", "says"),
    [
        ('text = "x"\nformat = {type = 3}', "format: not a JSON schema"),
        ('text = "  "', "needs either text or tokens"),
        ('text = "x"\nnum_predict = 0', "num_predict: Input should be greater"),
    ],
)
def test_a_wrong_prompt_file_names_the_field_and_nothing_else(tmp_path: Path, prompt: str, says: str) -> None:
    path = tmp_path / "p.toml"
    path.write_text(f'name = "x"\npurpose = "y"\n[[prompt]]\nid = "a"\npurpose = "p"\n{prompt}\n')
    with pytest.raises(UsageError) as caught:
        load_suite(str(path))
    assert says in caught.value.what and caught.value.what.count(";") == 0


def test_prompts_are_unique_repeatable_and_about_as_long_as_asked() -> None:
    prompt = load_suite("lengths").prompt[1]
    texts = [prompt_text(prompt, 1, f"key {i}") for i in range(200)]
    assert len({t.split(". ")[0] for t in texts}) == 200
    assert texts[0] == prompt_text(prompt, 1, "key 0") != prompt_text(prompt, 2, "key 0")
    assert all(0.9 * 256 < len(t.split()) <= 256 for t in texts)


def test_the_stopping_rule() -> None:
    # two values: half-width is t(0.975, 1) · sd / √2 on logs
    assert width([1.0, 1.1]).half_width == pytest.approx(
        2.71828182845904 ** (12.7062047 * 0.0953101798 / 2) - 1, rel=1e-6
    )
    assert width([2.0, 8.0]).gmean == pytest.approx(4.0)
    assert (width([]).gmean, width([3.0]).half_width) == (None, None)
    steady = [100.0, 101.0, 100.5, 99.5, 100.0, 100.2]
    assert converged({"decode_rate": steady, "ttft": [0.1, 0.102, 0.1, 0.101, 0.099, 0.1]})
    assert not converged({"decode_rate": steady, "ttft": [0.1, 0.13, 0.1, 0.101, 0.099, 0.1]})
    assert not converged({"decode_rate": steady[:5], "ttft": steady})


@pytest.mark.parametrize(
    "option", ["num_thread=5000", "num_thread=1025", "num_thread=-1", "temperature=-3", "temperature=-1"]
)
def test_a_value_that_a_real_server_hangs_or_dies_of_is_refused_before_anything_is_sent(option: str) -> None:
    name, _, value = option.partition("=")
    with pytest.raises(UsageError, match="is out of range"):
        make_plan(models=("a",), options={name: int(value)})


def test_what_somebody_set_stands_in_the_rows() -> None:
    """Else nobody who measures again knows of it."""
    plain = make_plan(["m"], runs=2)
    assert set(outputs.varied(plain)) == {"num_ctx", "num_predict", "temperature"}
    held = make_plan(["m"], runs=2, options={"num_thread": 1, "top_k": 5, "stop": "x"}, factors={"num_gpu": (0, 9)})
    assert set(outputs.varied(held)) == {"num_ctx", "num_predict", "temperature", "num_thread", "top_k", "num_gpu"}
