"""The REST contract, spoken to the real embedded runtime by the unmodified clients."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import ollama
import pytest
from langchain_core.messages import HumanMessage, SystemMessage
from langchain_ollama import ChatOllama
from pydantic import BaseModel, Field

from chimera_report.tools.runtime import Runtime

pytestmark = pytest.mark.embedded
MODEL = "gemma3:270m"
CASES = Path(__file__).parents[2] / "data" / "ollama"
# One thread: on a busy machine the engine's threads wait for each other and two are many times slower than one.
COLD: dict[str, Any] = {"temperature": 0, "seed": 1, "num_predict": 8, "num_thread": 1}
# A prompt from the cache goes through the engine in another batch, and a near tie can fall the other way.
EXACT = {**COLD, "cache_prompt": False}
PLACEHOLDER = {
    "type": "object",
    "properties": {"text": {"type": "string", "pattern": r"^The [a-z ]{3,40} \{\{F007\}\}\.$"}},
    "required": ["text"],
    "additionalProperties": False,
}
SHOTS = [
    {"role": "system", "content": "One sentence for each finding. The placeholder stays."},
    {"role": "user", "content": "decode rate {{F001}}"},
    {"role": "assistant", "content": '{"text":"The model decodes at {{F001}}."}'},
    {"role": "user", "content": "load time {{F002}}"},
    {"role": "assistant", "content": '{"text":"The load time is {{F002}}."}'},
    {"role": "user", "content": "time to first token {{F007}}"},
]


@contextmanager
def chat_ollama(runtime: Runtime, **more: Any) -> Iterator[ChatOllama]:
    given: dict[str, Any] = {"model": runtime.model, "temperature": 0, "num_predict": 8, "num_thread": 1, **more}
    model = ChatOllama(
        base_url=runtime.base_url, client_kwargs={"trust_env": False, "headers": runtime.headers}, **given
    )
    yield model
    model._client._client.close()  # it has no close of its own, and an unclosed socket is a warning


def refused(response: httpx.Response, status: int, says: str) -> None:
    assert response.status_code == status, response.text
    assert re.search(says, response.json()["error"]), response.text


# --- what it is ------------------------------------------------------------------------------------------------------


def test_the_runtime_names_itself_as_embedded(runtime: Runtime, http: httpx.Client) -> None:
    assert runtime.kind == "embedded"
    assert runtime.model == "gemma3:270m-base-q4_K_M"
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+", runtime.base_url)
    assert "embedded" in runtime.version
    assert http.get("/api/version").json()["version"] == runtime.version
    assert len(runtime.digest) == 64
    assert runtime.details["quantization_level"] == "Q4_K_M"
    assert any("base (not instruction-tuned)" in note for note in runtime.notes)
    assert any("Gemma Terms of Use" in note for note in runtime.notes)  # the cache was empty, so for the first time
    assert http.get("/").text == "Ollama is running"
    assert http.head("/").status_code == http.head("/api/version").status_code == 200


def test_list_and_show(client: ollama.Client, runtime: Runtime) -> None:
    listed = {m.model: m for m in client.list().models}[runtime.model]
    assert listed.size == 253_113_024
    assert listed.modified_at is not None
    assert listed.details is not None
    assert listed.details.family == "gemma3"
    shown = client.show(MODEL)
    assert shown.modelinfo is not None
    assert shown.modelinfo["gemma3.context_length"] == 32768
    assert shown.capabilities == ["completion"]
    assert "Output:" in str(shown.template)
    assert "Gemma Terms" in str(shown.license)


def test_pull_verifies_what_it_has_and_names_what_it_has_not(client: ollama.Client) -> None:
    steps = list(client.pull(MODEL, stream=True))
    assert steps[-1].status == "success"
    assert any(s.digest for s in steps)
    assert client.pull(MODEL).status == "success"
    with pytest.raises(ollama.ResponseError, match=r"gemma3:27b.*not found"):
        client.pull("gemma3:27b")
    with pytest.raises(ollama.ResponseError) as error:
        list(client.pull("nobody/nothing", stream=True))
    assert error.value.status_code == 404


def test_the_imitation_answers_as_the_original_was_recorded(http: httpx.Client) -> None:
    """Status and body of each recorded error, for the same request; and parameters in another order at each call."""
    from recorded import error

    message = {"role": "user", "content": "Hi"}
    chat = {"model": MODEL, "messages": [message]}
    asked = {
        "err-no-model": ("/api/generate", {"model": "nope", "prompt": "a"}),
        "err-chat-missing": ("/api/chat", {"model": "nope:1b", "messages": [message]}),
        "err-nomodel": ("/api/generate", {"prompt": "a"}),
        "err-badformat": ("/api/chat", {**chat, "format": "xml"}),
        "err-badopt": ("/api/chat", {**chat, "options": {"num_ctx": "big"}}),
        "err-images": ("/api/chat", {**chat, "messages": [{**message, "images": ["aGk="]}]}),
        "err-keepalive": ("/api/chat", {**chat, "keep_alive": "zzz"}),
        "err-think": ("/api/chat", {**chat, "think": True}),
        "err-tools": ("/api/chat", {**chat, "tools": [{"type": "function", "function": {"name": "f"}}]}),
        "err-show-missing": ("/api/show", {"model": "nope"}),
    }
    for name, (path, body) in asked.items():
        status, said = error(name)
        answer = http.post(path, json=body)
        assert (answer.status_code, answer.json()) == (status, json.loads(said)), name
    status, said = error("err-notjson")
    answer = http.post("/api/generate", content=b"xyz")
    assert (answer.status_code, answer.json()) == (status, json.loads(said))
    for name, answer in (("err-404", http.get("/api/nope")), ("err-method", http.get("/api/generate")),
                         ("err-empty", http.get("/api/chat"))):  # fmt: skip
        assert f"{answer.text}\n{answer.status_code}" == (CASES / f"{name}.txt").read_text().strip()
    crash = json.loads((CASES / "crash-request.json").read_text())
    refused(http.post("/api/chat", json=crash), 500, "may end an Ollama server")
    orders = {http.post("/api/show", json={"model": MODEL}).json()["parameters"] for _ in range(12)}
    assert len(orders) > 1 and len({"".join(sorted(o)) for o in orders}) == 1


def test_what_the_original_refuses_is_refused_in_its_words(http: httpx.Client) -> None:
    """66 requests that a real 0.17.4 refused: none is answered here, each has that status, and where Ollama's words are
    its own and no decoder's, those words."""
    many = 0
    for line in (CASES / "refused.jsonl").read_text().splitlines():
        asked = json.loads(line)
        content = json.dumps(asked["body"]).encode() if asked["body"] is not None else b""
        answer = http.post(asked["path"], content=content, headers={"content-type": "application/json"})
        assert answer.status_code == asked["status"], (asked, answer.text[:200])
        said, here = asked["error"], answer.json()["error"]
        decoder = said.startswith(("json: ", "illegal base64", "the input length", "registry.ollama.ai"))
        assert decoder or here.startswith(said), (said, here)
        many += 1
    assert many >= 60


# --- generate and chat -----------------------------------------------------------------------------------------------


def test_generate_streams_the_same_text_as_in_one_answer(client: ollama.Client) -> None:
    whole = client.generate(MODEL, "The capital of France is", raw=True, options=EXACT)
    pieces = list(client.generate(MODEL, "The capital of France is", raw=True, options=EXACT, stream=True))
    assert "".join(p.response or "" for p in pieces) == whole.response
    assert whole.response
    assert [p.done for p in pieces] == [False] * (len(pieces) - 1) + [True]
    assert whole.done_reason == pieces[-1].done_reason == "length"
    assert whole.eval_count == pieces[-1].eval_count == 8
    assert whole.prompt_eval_count == 6


def test_chat_streams_and_ends_its_turn(client: ollama.Client) -> None:
    options = {**EXACT, "num_predict": 60}
    whole = client.chat(MODEL, SHOTS, options=options)
    pieces = list(client.chat(MODEL, SHOTS, options=options, stream=True))
    assert "".join(p.message.content or "" for p in pieces) == whole.message.content
    assert whole.message.role == "assistant"
    assert whole.done_reason == "stop"
    assert json.loads(whole.message.content or "").keys() == {"text"}
    assert "Input:" not in (whole.message.content or "")


def test_a_pattern_is_obeyed(client: ollama.Client) -> None:
    for seed in (1, 2):
        options = {**COLD, "temperature": 1.0, "seed": seed, "num_predict": 80}
        answer = client.chat(MODEL, SHOTS, format=PLACEHOLDER, options=options)
        assert re.fullmatch(r'\{"text":"The [a-z ]{3,40} \{\{F007\}\}\."\}', answer.message.content or "")
        assert answer.done_reason == "stop"
    streamed = client.chat(MODEL, SHOTS, format=PLACEHOLDER, options={**COLD, "num_predict": 80}, stream=True)
    assert "{{F007}}" in json.loads("".join(p.message.content or "" for p in streamed))["text"]


def test_json_mode_and_an_answer_cut_off_by_its_length(client: ollama.Client) -> None:
    answer = client.generate(MODEL, "An object with a name:", format="json", options={**COLD, "num_predict": 5})
    assert answer.done_reason == "length"
    assert (answer.response or "").startswith("{")


def test_system_stop_seed_and_a_begun_answer(client: ollama.Client) -> None:
    hot = {**EXACT, "temperature": 1.5, "seed": 7}
    texts = [client.generate(MODEL, "Once", raw=True, options=o).response for o in (hot, hot, {**hot, "seed": 8})]
    assert texts[0] == texts[1] != texts[2]
    plain = client.generate(MODEL, "Paris", options=COLD)
    told = client.generate(MODEL, "Paris", system="Name the country of the city.", options=COLD)
    assert (told.prompt_eval_count or 0) > (plain.prompt_eval_count or 0)
    cut = client.generate(MODEL, "1 2 3 4 5 6", raw=True, options={**COLD, "stop": ["9"]})
    assert (cut.response or "").strip() == "7 8"
    assert cut.done_reason == "stop"
    begun = [*SHOTS, {"role": "assistant", "content": '{"text":"The time to first'}]
    assert (client.chat(MODEL, begun, options=COLD).message.content or "").startswith("token")


def test_logprobs(client: ollama.Client) -> None:
    answer = client.generate(MODEL, "1 2 3 4 5", raw=True, options=COLD, logprobs=True, top_logprobs=2)
    assert answer.logprobs is not None
    assert len(answer.logprobs) == answer.eval_count
    assert all(p.logprob <= 0 and len(p.top_logprobs or ()) == 2 for p in answer.logprobs)
    assert "".join(p.token for p in answer.logprobs) == answer.response


def test_langchain_invokes_streams_batches_and_structures(runtime: Runtime) -> None:
    class Sentence(BaseModel):
        text: str = Field(pattern=r"^[a-z ]{3,30}\{\{F007\}\}$")

    messages = [SystemMessage("Continue the list."), HumanMessage("one, two, three,")]
    with chat_ollama(runtime) as model:
        model.invoke(messages)  # from here on the prompt comes from the cache, so the answers are the same
        whole = model.invoke(messages)
        assert whole.content
        assert whole.response_metadata["done_reason"] == "length"
        assert whole.usage_metadata is not None
        assert whole.usage_metadata["output_tokens"] == 8
        assert "".join(str(c.content) for c in model.stream(messages)) == whole.content
        assert [m.content for m in model.batch([messages] * 2)] == [whole.content] * 2
    with chat_ollama(runtime, num_predict=60) as model:
        structured = model.with_structured_output(Sentence, method="json_schema")
        assert isinstance(structured.invoke("time to first token"), Sentence)


def test_langchain_hears_of_errors(runtime: Runtime) -> None:
    with chat_ollama(runtime, model="gemma3:27b") as model, pytest.raises(ollama.ResponseError, match="not found"):
        model.invoke("hi")
    with chat_ollama(runtime, num_ctx=256) as model, pytest.raises(ollama.ResponseError, match="num_ctx"):
        model.invoke("word " * 400)


# --- timings ---------------------------------------------------------------------------------------------------------


def test_timings_are_nanoseconds_that_add_up(http: httpx.Client) -> None:
    body = {
        "model": MODEL,
        "prompt": "The history of the city begins with",
        "raw": True,
        "options": {**COLD, "num_predict": 20},
    }
    http.post("/api/generate", json={"model": MODEL, "keep_alive": 0})
    first = http.post("/api/generate", json={**body, "stream": False}).json()
    arrivals, started = [], time.perf_counter()
    with http.stream("POST", "/api/generate", json=body) as response:
        for text in response.iter_lines():
            arrivals.append(time.perf_counter())
            last = json.loads(text)
    wall = (arrivals[-1] - started) * 1e9
    assert last["eval_count"] == 20
    assert last["total_duration"] <= wall
    parts = last["load_duration"] + last["prompt_eval_duration"] + last["eval_duration"]
    assert 0 < parts <= last["total_duration"]
    assert last["eval_duration"] > 19e5  # 19 steps between the tokens, none in a tenth of a millisecond
    assert first["load_duration"] > 0.1e9 and first["load_duration"] > last["load_duration"] > 0  # cold, then warm
    assert first["prompt_eval_cached_count"] == 0
    assert 0 < last["prompt_eval_cached_count"] < last["prompt_eval_count"] == first["prompt_eval_count"]
    body["options"] = {**COLD, "num_predict": 2, "cache_prompt": False}
    assert http.post("/api/generate", json={**body, "stream": False}).json()["prompt_eval_cached_count"] == 0


def test_parallel_calls_wait_for_each_other_in_the_total_only(client: ollama.Client) -> None:
    def call(number: int) -> ollama.GenerateResponse:
        return client.generate(MODEL, f"Number {number} is", raw=True, options=COLD)

    call(0)
    began = time.perf_counter_ns()
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(call, range(4)))
    whole = time.perf_counter_ns() - began
    assert all(a.eval_count == 8 for a in answers)
    own = [(a.prompt_eval_duration or 0) + (a.eval_duration or 0) for a in answers]
    assert all(0 < mine <= (a.total_duration or 0) for a, mine in zip(answers, own, strict=True))
    assert sum(own) <= whole  # none of it twice: while one is computed the others wait


# --- loading ---------------------------------------------------------------------------------------------------------


def test_keep_alive_loads_unloads_and_expires(client: ollama.Client, runtime: Runtime) -> None:
    assert client.generate(MODEL, keep_alive=0).done_reason == "unload"
    assert client.ps().models == []
    assert client.chat(MODEL, keep_alive=-1).done_reason == "load"
    (loaded,) = client.ps().models
    assert loaded.model == runtime.model
    assert loaded.context_length == 4096
    assert loaded.size_vram == 0
    assert 100e6 < (loaded.size or 0) < 900e6
    assert loaded.expires_at is not None
    assert loaded.expires_at.year > 2200
    client.generate(MODEL, keep_alive="300ms")
    end = time.monotonic() + 300
    while client.ps().models and time.monotonic() < end:
        time.sleep(0.1)
    assert client.ps().models == []


def test_another_context_length_reloads_and_too_long_a_prompt_is_an_error(client: ollama.Client) -> None:
    small = {**COLD, "num_ctx": 256}
    assert (client.generate(MODEL, "a b c", raw=True, options=small).load_duration or 0) > 0.1e9
    assert client.ps().models[0].context_length == 256
    for stream in (False, True):
        with pytest.raises(ollama.ResponseError, match="tokens and does not fit num_ctx = 256") as error:
            list(client.generate(MODEL, "word " * 300, options=small, stream=stream))  # type: ignore[call-overload]
        assert error.value.status_code == 400
    full = client.generate(MODEL, "word " * 235, raw=True, options={**small, "num_predict": -1})
    assert full.done_reason in ("length", "stop")
    assert (full.prompt_eval_count or 0) + (full.eval_count or 0) <= 256


# --- refusals --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("more", "status", "says"),
    [
        ({"model": "gemma3:27b"}, 404, "'gemma3:27b' not found"),
        ({"model": ""}, 400, "model is required"),
        ({"model": 7}, 400, "model must be a string"),
        ({"format": {"type": "bogus"}}, 500, "bogus"),
        ({"format": {"type": "object", "not": {}}}, 500, "not"),
        ({"format": "yaml"}, 500, "invalid format"),
        ({"options": {"temperature": "hot"}}, 500, "temperature"),
        ({"keep_alive": "-1"}, 400, "missing unit"),
        ({"tools": [{"type": "function", "function": {"name": "f"}}]}, 400, "does not support tools"),
        ({"think": True}, 400, "does not support thinking"),
        ({"messages": [{"role": "robot", "content": "x"}]}, 400, "invalid role"),
        ({"messages": [{"role": "user", "content": "x", "images": ["aGk="]}]}, 500, "image input"),
        ({"messages": [{"role": "user", "content": ["x"]}]}, 400, "content must be a string"),
        ({"messages": "x"}, 400, "messages must be an array"),
    ],
)
@pytest.mark.parametrize("stream", [False, True])
def test_a_request_that_cannot_be_answered_is_refused(
    http: httpx.Client, more: dict[str, Any], status: int, says: str, stream: bool
) -> None:
    body = {"model": MODEL, "messages": [{"role": "user", "content": "hi"}], "stream": stream, **more}
    refused(http.post("/api/chat", json=body), status, says)


def test_what_is_no_request_is_refused(http: httpx.Client) -> None:
    refused(http.post("/api/generate"), 400, "missing request body")
    refused(http.post("/api/generate", content=b"{"), 400, "unexpected EOF")
    refused(http.post("/api/generate", content=b"[]"), 400, "must be an object")
    refused(http.post("/api/generate", json={"model": MODEL, "prompt": "a", "suffix": "b"}), 400, "suffix")
    refused(http.post("/api/show", json={"model": "nobody"}), 404, "not found")
    assert http.post("/api/embed", json={}).status_code == 404
    assert http.get("/api/chat").status_code == 405
    assert http.get("/api/tags", headers={"Host": "evil.example"}).status_code == 400
