"""The recorded answers of a real Ollama through every path on which this program talks to one."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from recorded import CASES, ERRORS, Recorded, error, text

from chimera_report.agent.model import OllamaModel
from chimera_report.agent.settings import build
from chimera_report.tools.bench import request, server
from chimera_report.tools.bench.lengths import template_head
from chimera_report.tools.bench.measures import measures
from chimera_report.tools.errors import RuntimeFailed, RuntimeMissing
from chimera_report.tools.ingest import ingest
from chimera_report.tools.runtime import diagnose, look, open_runtime
from chimera_report.tools.runtime.probe import thinking
from chimera_report.tools.store import Journal

STREAMS = ["generate-stream.ndjson", "generate-thinking-stream.ndjson", "generate-aborted-repeat.ndjson"]


@pytest.fixture(scope="module")
def process() -> Iterator[Recorded]:
    with Recorded() as server:
        yield server


@pytest.fixture
def real(process: Recorded) -> Recorded:
    process.stream, process.fails, process.ps = "generate-stream.ndjson", "", "ps"
    process.asked.clear()
    return process


def generate(real: Recorded, **more: Any) -> request.Exchange:
    body = {"model": "gemma3:270m", "prompt": "Count", "options": {"num_predict": 12, "num_ctx": 1024}, **more}
    with request.client(real.url, 300.0) as http:
        return request.generate(http, body, ns=time.perf_counter_ns, timeout_s=300.0)


def asked(real: Recorded, folder: Path, **settings: Any) -> Any:
    model = OllamaModel(
        base_url=real.url, name="gemma3:270m", digest="d", settings=build({"path": ".", **settings}, {}),
        journal=Journal(folder / "calls"),
    )  # fmt: skip
    return model.ask("draft S1", [("user", "go")], None)


# --- what it says of itself -------------------------------------------------------------------------------------------


def test_each_recording_goes_through_a_client_or_the_imitation() -> None:
    """A recording that no test names is none that holds anything."""
    tests = Path(__file__).parent
    files = (*tests.glob("*.py"), *tests.glob("tools/runtime/*.py"), *tests.glob("tools/bench/*.py"))
    said = "".join(p.read_text(encoding="utf-8") for p in files)
    silent = [p.name for p in sorted(CASES.iterdir()) if f'"{p.name}' not in said and f'"{p.stem}"' not in said]
    assert silent == [], silent


def test_look_list_and_choose(real: Recorded) -> None:
    seen = look(real.url)
    assert seen is not None and (seen.version, seen.embedded) == ("0.17.4", False)
    assert [m.name for m in seen.models] == ["rand:270m", "rand:llama", "gemma3:270m", "gemma3:latest"]
    with open_runtime("auto", real.url, {}, None) as runtime:
        assert (runtime.kind, runtime.model) == ("ollama", "gemma3:latest")
    found = diagnose({"PATH": ""}, real.url)
    assert (found.runtime, found.model) == ("ollama", "gemma3:latest")


def test_a_models_receipt_is_the_same_at_every_call(real: Recorded) -> None:
    with request.client(real.url, 300.0) as http:
        calls = [server.model_info(http, "gemma3:270m") for _ in range(6)]
    assert all(c == calls[0] for c in calls)
    info = calls[0]
    assert (info["listed_as"], info["quantisation"], info["architecture"]) == ("gemma3:270m", "Q4_K_M", "gemma3")
    assert info["context_length"] == 32768 and "top_k 64" in info["own_parameters"].splitlines()


@pytest.mark.parametrize(
    ("name", "models"),
    [
        ("ps-empty", {"rand:270m": (2048, 0), "rand:llama": (2048, 0)}),  # two were still there
        ("gpu-ps", {"rand:4b": (2048, 3898773632)}),
    ],
)
def test_what_is_loaded_elsewhere(real: Recorded, name: str, models: dict[str, tuple[int, int]]) -> None:
    real.ps = name
    with request.client(real.url, 300.0) as http:
        assert [m["name"] for m in server.all_loaded(http)] == list(models)
        for model, (context, vram) in models.items():
            entry = server.loaded(http, model)
            assert entry is not None and (entry["context_length"], entry["size_vram"]) == (context, vram)
        assert server.unload(http, "gemma3:270m") is True and not real.asked  # it is not there: nothing to unload


def test_what_is_loaded_and_how_it_is_unloaded(real: Recorded) -> None:
    with request.client(real.url, 300.0) as http:
        entry = server.loaded(http, "gemma3:270m")
        assert entry is not None and (entry["context_length"], entry["size_vram"]) == (1024, 0)
        assert [m["name"] for m in server.all_loaded(http)] == ["gemma3:270m", "rand:270m", "rand:llama"]
        assert server.loaded(http, "nope") is None
        assert server.unload(http, "gemma3:270m", 0.2) is False  # the recording still lists it
    assert real.asked[-1][1]["keep_alive"] == 0


def test_the_head_of_a_template_is_counted(real: Recorded) -> None:
    with request.client(real.url, 300.0) as http:
        assert template_head(http, "gemma3:270m", {"num_ctx": 1024}, time.perf_counter_ns) == 13  # as that stream says
    assert real.asked[-1][1]["prompt"] == "<start_of_turn>user\n" and real.asked[-1][1]["raw"] is True


# --- answers ----------------------------------------------------------------------------------------------------------


def test_a_stream_as_measured(real: Recorded) -> None:
    found = generate(real)
    assert (found.status, found.done_reason, len(found.stamps_ns), found.thinking) == ("ok", "length", 12, 0)
    last = json.loads(text("generate-stream.ndjson").splitlines()[-1])
    assert found.server["eval_duration"] == last["eval_duration"] and found.text == "Model: 100000000"


def test_thinking_is_apart_from_the_answer(real: Recorded) -> None:
    real.stream = "generate-thinking-stream.ndjson"
    found = generate(real)
    assert (found.status, found.thinking, len(found.stamps_ns), found.text) == ("ok", 4, 4, "")
    row = {
        "status": "ok", "phase": "measure", "server": found.server, "stamps_ns": found.stamps_ns,
        "done_ns": found.done_ns, "options": {}, "model": "m", "thinking": found.thinking,
        "done_reason": found.done_reason,
    }  # fmt: skip
    assert any("num_predict ended it while the model was thinking" in f for f in measures(row).flags)
    stopped = measures(row | {"done_reason": "stop"}).flags  # a longer num_predict would not help
    assert any("stopped by itself" in f for f in stopped) and not any("num_predict" in f for f in stopped)


def test_an_answer_that_ollama_took_for_a_loop_says_so(real: Recorded, tmp_path: Path) -> None:
    real.stream = "generate-aborted-repeat.ndjson"
    found = generate(real)
    assert found.status == "error" and "ended without its last line" in found.error and not found.lost
    loop = tmp_path / "loop.ndjson"
    loop.write_text("".join(json.dumps({"model": "m", "response": " x", "done": False}) + "\n" for _ in range(31)))
    real.stream = str(loop)
    assert "the last 30 tokens are equal, which Ollama takes for a loop" in generate(real).error


@pytest.mark.parametrize(
    ("stream", "words", "reason"),
    [("chat-stream.ndjson", "Hi命ever\nHi命ever\nHi命ever\n", "length"), ("chat-thinking-stream.ndjson", "", "length")],
)
def test_a_chat_as_drafted(real: Recorded, tmp_path: Path, stream: str, words: str, reason: str) -> None:
    real.stream = stream
    call = asked(real, tmp_path)
    assert (call.output, call.done_reason, call.error) == (words, reason, "")
    assert call.output_tokens in (12, 6) and call.load_s > 0.05


def test_a_model_that_only_thought_gave_no_sentence(real: Recorded, tmp_path: Path) -> None:
    """It is told not to think; one that does all the same and ends there is an error, and no empty sentence."""
    real.stream = "chat-thinking-stream.ndjson"
    model = OllamaModel(
        base_url=real.url, name="think:270m", digest="d", settings=build({"path": "."}, {}),
        journal=Journal(tmp_path / "calls"), think=True,
    )  # fmt: skip
    call = model.ask("draft S1", [("user", "go")], None)
    assert "on thinking" in call.error and real.asked[-1][1]["think"] is True
    assert "think" not in json.loads(json.dumps(asked(real, tmp_path).model_dump(mode="json")))
    assert real.asked[-1][1].get("think") is None


@pytest.mark.parametrize(("capabilities", "family", "think"), [
    (["completion"], "gemma3", None), (["completion", "thinking"], "qwen3", False),
    (["completion", "thinking"], "gptoss", "low"), (None, None, None),
])  # fmt: skip
def test_think_is_sent_where_the_model_has_it(
    real: Recorded, monkeypatch: pytest.MonkeyPatch, capabilities: Any, family: Any, think: Any
) -> None:
    said = {"capabilities": capabilities, "details": {"family": family}, "parameters": ""}
    monkeypatch.setattr("recorded.shown", lambda _: said)
    assert thinking(real.url, "m") is think


@pytest.mark.parametrize("stream", ["chat.json", "chat-format.json"])
def test_an_answer_in_one_piece(real: Recorded, tmp_path: Path, stream: str) -> None:
    real.stream = stream
    call = asked(real, tmp_path)
    assert call.output and call.error == "" and call.done_reason == "length"


# --- errors -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ERRORS)
def test_every_recorded_error_is_told_in_its_own_words(real: Recorded, tmp_path: Path, name: str) -> None:
    real.fails = name
    status, body = error(name)
    said = json.loads(body)["error"]
    assert status == ERRORS[name]
    found = generate(real)
    assert (found.status, found.http_status, found.lost) == ("error", status, False)
    assert found.error == f"HTTP {status}: {said}"[:500]
    call = asked(real, tmp_path)
    assert call.done_reason == "error" and said.split(",")[0] in call.error
    with request.client(real.url, 300.0) as http, pytest.raises(RuntimeMissing if status == 404 else RuntimeFailed):
        server.model_info(http, "gemma3:270m")


@pytest.mark.parametrize("name", ["err-truncate", "err-unknownopt"])
def test_answers_that_hide_a_fault_are_read_as_answers(real: Recorded, tmp_path: Path, name: str) -> None:
    """A prompt that was cut, an option that nobody knows: Ollama says nothing; the row's counters show the first."""
    path = tmp_path / "answer.ndjson"
    path.write_bytes(error(name)[1] + b"\n")
    real.stream = str(path)
    found = generate(real)
    assert found.status == "ok"
    row = {"status": "ok", "phase": "measure", "server": found.server, "stamps_ns": [1], "done_ns": found.done_ns}
    cut = measures(row | {"options": {"num_ctx": 512}, "model": "m"}).flags
    assert any("probably cut" in f for f in cut) == (name == "err-truncate")


@pytest.mark.parametrize("name", ["err-404", "err-method", "err-empty"])
def test_an_answer_that_is_no_json_is_told_as_it_is(real: Recorded, tmp_path: Path, name: str) -> None:
    """A server that lacks a path, or a proxy before it, answers in plain words."""
    real.fails = name
    status, body = error(name)
    found = generate(real)
    assert (found.status, found.http_status, found.lost) == ("error", status, False)
    assert found.error == f"HTTP {status}: {body.decode()}"
    assert body.decode() in asked(real, tmp_path).error
    with request.client(real.url, 300.0) as http, pytest.raises(RuntimeFailed, match="not JSON"):
        server.model_info(http, "gemma3:270m")


@pytest.mark.parametrize(("stream", "fails"), [("err-pull-stream.ndjson", ""), ("", "err-pull")])
def test_a_pull_that_fails_says_why(real: Recorded, stream: str, fails: str) -> None:
    real.stream, real.fails = stream, fails
    with pytest.raises(RuntimeFailed, match=r"pull model manifest.*no such host\n  try") as failed:
        open_runtime("auto", real.url, {}, "gemma3:1b", pull=True)
    assert "ollama pull gemma3:1b" in (failed.value.hint or "")


def test_recorded_answers_are_read_as_results_too(tmp_path: Path) -> None:
    (tmp_path / "generate.json").write_text(text("generate.json"))
    (tmp_path / "chat-stream.jsonl").write_text(text("chat-stream.ndjson"))
    table = ingest(tmp_path).table
    rates = table[table["metric"] == "decode_rate"]
    assert sorted(round(v, 1) for v in rates["value"]) == [35.4, 37.3]
