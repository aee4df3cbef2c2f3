"""What ends with what: clients that leave, workers that die, parents that are killed, an Ollama that is started."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import httpx
import ollama
import psutil
import pytest

from chimera_report.tools.errors import RuntimeFailed, RuntimeMissing
from chimera_report.tools.runtime import Runtime, diagnose, open_runtime
from chimera_report.tools.runtime.serve import listen

MODEL = "gemma3:270m"
LONG = {"temperature": 0, "num_predict": 3000, "num_thread": 1}
ENDLESS = LONG | {"num_predict": 30_000, "num_ctx": 32_768, "stop": []}  # ten minutes and more
embedded = pytest.mark.embedded


def test_pieces_of_an_answer_are_sent_at_once() -> None:
    """As asyncio sees the connections of the embedded server: TCP_NODELAY is set on them."""

    async def seen() -> int:
        found: list[int] = []

        def connected(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            found.append(writer.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
            writer.close()

        listening = listen(0)
        async with await asyncio.start_server(connected, sock=listening):
            reader, writer = await asyncio.open_connection(*listening.getsockname())
            await reader.read()
            writer.close()
        return found[0]

    assert asyncio.run(seen())


def gone(pids: list[int], seconds: float) -> bool:
    """Whether all of them end within the time."""
    _, alive = psutil.wait_procs([psutil.Process(p) for p in pids if psutil.pid_exists(p)], timeout=seconds)
    return not [p for p in alive if p.status() != psutil.STATUS_ZOMBIE]


def worker(runtime: Runtime) -> psutil.Process:
    assert runtime.pid is not None
    (child,) = psutil.Process(runtime.pid).children()
    return child


def short(client: ollama.Client) -> float:
    """Seconds of a call of one token: long when another call still holds the engine."""
    start = time.perf_counter()
    assert client.generate(MODEL, "a", raw=True, options={**LONG, "num_predict": 1}).eval_count == 1
    return time.perf_counter() - start


@embedded
def test_a_client_that_leaves_a_stream_frees_the_engine(http: httpx.Client, client: ollama.Client) -> None:
    body = {"model": MODEL, "prompt": "Count:", "raw": True, "options": ENDLESS}
    with http.stream("POST", "/api/generate", json=body) as response:
        lines = response.iter_lines()
        assert [json.loads(next(lines))["done"] for _ in range(3)] == [False] * 3
    assert short(client) < 240  # far from what the whole answer takes, and from what one token does on any machine


@embedded
def test_a_client_that_does_not_wait_frees_the_engine(http: httpx.Client, client: ollama.Client) -> None:
    short(client)
    body = {"model": MODEL, "prompt": "Count:", "raw": True, "options": ENDLESS, "stream": False}
    with pytest.raises(httpx.ReadTimeout):
        http.post("/api/generate", json=body, timeout=1)
    assert short(client) < 240


@embedded
def test_a_killed_worker_is_an_error_and_the_next_call_loads_again(client: ollama.Client, runtime: Runtime) -> None:
    stream = client.generate(MODEL, "Count:", raw=True, options=LONG, stream=True)
    next(stream)
    worker(runtime).kill()
    with pytest.raises(ollama.ResponseError, match=r"unexpectedly stopped.*code -9"):
        list(stream)
    again = client.generate(MODEL, "a", raw=True, options={**LONG, "num_predict": 2})
    assert again.eval_count == 2
    assert (again.load_duration or 0) > 0.1e9

    threading.Thread(target=kill_at_work, args=(worker(runtime),)).start()
    with pytest.raises(ollama.ResponseError) as error:
        client.generate(MODEL, "Count:", raw=True, options=LONG)
    assert error.value.status_code == 500

    idle = worker(runtime_loaded(client, runtime))
    idle.kill()  # while idle: not even an error, once the server has seen it
    assert gone([idle.pid], 60)
    time.sleep(0.2)
    assert client.generate(MODEL, "a", raw=True, options={**LONG, "num_predict": 2}).eval_count == 2


def kill_at_work(process: psutil.Process) -> None:
    """Once it has used the processor for some time from now on."""
    begin = sum(process.cpu_times()[:2])
    while sum(process.cpu_times()[:2]) < begin + 0.3:
        time.sleep(0.02)
    process.kill()


def runtime_loaded(client: ollama.Client, runtime: Runtime) -> Runtime:
    client.generate(MODEL, options=LONG)
    return runtime


PARENT = """
import json, os, sys, time
import psutil
from chimera_report.tools.runtime import open_runtime
runtime = open_runtime(sys.argv[1], None, os.environ, None if sys.argv[1] == "embedded" else "stub:1b")
if sys.argv[1] == "embedded":
    import ollama
    client = ollama.Client(host=runtime.base_url, headers=runtime.headers, trust_env=False)
    client.generate(runtime.model)
children = psutil.Process(runtime.pid).children(recursive=True)
pids = [runtime.pid, *(c.pid for c in children)]
print(json.dumps({"url": runtime.base_url, "headers": runtime.headers, "pids": pids}), flush=True)
time.sleep(600)
"""


def killed_parent(kind: str, env: dict[str, str]) -> tuple[list[int], bool]:
    with subprocess.Popen([sys.executable, "-c", PARENT, kind], env=env, stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        said = json.loads(parent.stdout.readline())
        assert httpx.get(f"{said['url']}/api/version", headers=said["headers"], trust_env=False).status_code == 200
        os.kill(parent.pid, signal.SIGKILL)
        parent.wait()
    return said["pids"], gone(said["pids"], 300)


@embedded
def test_server_and_worker_are_gone_when_the_parent_is_killed(env: dict[str, str], runtime: Runtime) -> None:
    pids, ended = killed_parent("embedded", env)
    assert len(pids) == 2
    assert ended


@embedded
def test_terms_are_shown_once_and_closing_may_be_repeated(env: dict[str, str], client: ollama.Client) -> None:
    client.generate(MODEL, options=LONG)  # the first load has joined the weights by now
    runtime = open_runtime("embedded", None, env, MODEL)
    assert runtime.pid is not None
    assert not any("Terms" in note for note in runtime.notes)
    runtime.close()
    runtime.close()
    assert gone([runtime.pid], 300)


@embedded
def test_the_embedded_server_answers_the_program_that_started_it_alone(runtime: Runtime, env: dict[str, str]) -> None:
    for path in ("/", "/api/version", "/api/tags", "/api/ps"):
        assert httpx.get(f"{runtime.base_url}{path}", trust_env=False).status_code == 401
        wrong = {"authorization": "Bearer x"}
        assert httpx.get(f"{runtime.base_url}{path}", headers=wrong, trust_env=False).status_code == 401
    load = {"model": runtime.model}
    assert httpx.post(f"{runtime.base_url}/api/generate", json=load, trust_env=False).status_code == 401
    told = Path(f"/proc/{runtime.pid}/cmdline").read_bytes()
    (token,) = (v.removeprefix("Bearer ") for v in runtime.headers.values())
    assert token.encode() not in told  # every user can read the words of a command
    asking = "import os; from chimera_report.tools.runtime import look; print(look(os.environ['AT']))"
    other = subprocess.run(
        [sys.executable, "-c", asking], env={**env, "AT": runtime.base_url}, capture_output=True, text=True, check=True
    )
    assert other.stdout == "None\n"


@embedded
def test_embedded_has_only_its_models(env: dict[str, str]) -> None:
    with pytest.raises(RuntimeMissing, match="has no gemma3:27b") as missing:
        open_runtime("embedded", None, env, "gemma3:27b")
    assert missing.value.hint


@embedded
def test_a_host_that_runs_the_embedded_one_is_used_and_left_running(runtime: Runtime, env: dict[str, str]) -> None:
    with open_runtime("auto", runtime.base_url.removeprefix("http://"), env, MODEL) as other:
        assert other.kind == "embedded"
        assert other.base_url == runtime.base_url
        assert other.model == runtime.model
        assert other.pid is None
    with open_runtime("auto", None, {**env, "OLLAMA_HOST": runtime.base_url}, None) as other:
        assert other.base_url == runtime.base_url
    assert httpx.get(runtime.base_url, headers=runtime.headers, trust_env=False).text == "Ollama is running"


def test_a_host_that_does_not_answer_is_an_error(env: dict[str, str]) -> None:
    with pytest.raises(RuntimeMissing, match="no Ollama answers") as missing:
        open_runtime("auto", "127.0.0.1:9", env, None)
    assert missing.value.where == "http://127.0.0.1:9"


@pytest.mark.parametrize("kind", ["auto", "ollama"])
def test_a_dead_ollama_host_is_an_error_and_no_other_model(env: dict[str, str], kind: str) -> None:
    """Who names a server in the environment means that one, and hears of it when it is gone."""
    with pytest.raises(RuntimeMissing, match="OLLAMA_HOST names this address") as missing:
        open_runtime(kind, None, {**env, "OLLAMA_HOST": "127.0.0.1:9"}, None)  # type: ignore[arg-type]
    assert missing.value.where == "http://127.0.0.1:9"
    assert "unset OLLAMA_HOST" in missing.value.hint


# --- an Ollama on PATH -----------------------------------------------------------------------------------------------

STUB = """#!{python}
import json, os, signal, sys
from http.server import BaseHTTPRequestHandler, HTTPServer

assert sys.argv[1:] == ["serve"]
if os.environ.get("STUB_FAILS"):
    sys.exit("Error: listen tcp: address already in use")
models = ["stub:1b"]

class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        tags = {{"models": [{{"name": n, "model": n, "digest": "d", "size": 1, "details": {{}}}} for n in models]}}
        self.answer({{"/api/version": {{"version": "0.99.0"}}, "/api/tags": tags}}[self.path])

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["model"]
        if asked != "gemma3":
            return self.answer({{"error": "pull model manifest: file does not exist"}})
        models.append("gemma3:latest")
        self.answer({{"status": "success"}})

    def answer(self, body):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps(body).encode() + b"\\n")

    def log_message(self, *args):
        pass

host, port = os.environ["OLLAMA_HOST"].split(":")
HTTPServer((host, int(port)), Handler).serve_forever()
"""


@pytest.fixture
def stub(tmp_path: Path, env: dict[str, str], no_ollama: None) -> dict[str, str]:
    """An environment with an `ollama` on PATH that answers version, tags and pull."""
    executable = tmp_path / "ollama"
    executable.write_text(STUB.format(python=sys.executable))
    executable.chmod(executable.stat().st_mode | stat.S_IXUSR)
    return {**env, "PATH": f"{tmp_path}{os.pathsep}{env.get('PATH', '')}"}


def test_an_installed_ollama_is_started_and_stopped_again(stub: dict[str, str]) -> None:
    with open_runtime("auto", None, stub, "stub:1b") as runtime:
        assert runtime.kind == "ollama"
        assert (runtime.version, runtime.model, runtime.digest) == ("0.99.0", "stub:1b", "d")
        assert any("started for this run" in note for note in runtime.notes)
        assert runtime.pid is not None
        pids = [runtime.pid, *(c.pid for c in psutil.Process(runtime.pid).children(recursive=True))]
        assert len(pids) == 2
    assert gone(pids, 300)


def test_a_started_ollama_is_gone_when_the_parent_is_killed(stub: dict[str, str]) -> None:
    pids, ended = killed_parent("ollama", stub)
    assert len(pids) == 2
    assert ended


def test_a_missing_model_is_pulled_only_when_asked(stub: dict[str, str]) -> None:
    with pytest.raises(RuntimeMissing, match=r"has no gemma3 model \(it has: stub:1b\)") as missing:
        open_runtime("ollama", None, stub, None)
    assert "--pull" in missing.value.hint
    seen: list[str] = []
    with open_runtime("ollama", None, stub, None, pull=True, progress=lambda *step: seen.append(step[0])) as runtime:
        assert runtime.model == "gemma3:latest"
        assert any("was pulled" in note for note in runtime.notes)
    assert seen == ["success"]
    with pytest.raises(RuntimeFailed, match="file does not exist"):
        open_runtime("ollama", None, stub, "nobody:1b", pull=True)


@embedded
def test_an_ollama_without_gemma_gives_way_to_the_embedded_one_and_says_so(stub: dict[str, str]) -> None:
    with open_runtime("auto", None, stub, None) as runtime:
        assert runtime.kind == "embedded"
        assert any("has no gemma3 model; the embedded runtime was used" in note for note in runtime.notes)


def test_an_ollama_that_does_not_start_says_why(stub: dict[str, str]) -> None:
    with pytest.raises(RuntimeFailed, match="address already in use"):
        open_runtime("ollama", None, {**stub, "STUB_FAILS": "1"}, None)


def test_without_any_ollama_the_kind_ollama_is_missing(env: dict[str, str], tmp_path: Path, no_ollama: None) -> None:
    with pytest.raises(RuntimeMissing, match="none is installed"):
        open_runtime("ollama", None, {**env, "PATH": str(tmp_path)}, None)


# --- doctor ----------------------------------------------------------------------------------------------------------


@embedded
def test_the_doctor_finds_what_is_here(runtime: Runtime, env: dict[str, str], tmp_path: Path) -> None:
    seen = diagnose({**env, "PATH": str(tmp_path)}, runtime.base_url)
    assert seen.ollama.version == runtime.version
    assert runtime.model in seen.ollama.models
    gemma = seen.embedded.models[0]
    assert gemma.sha256_ok
    assert gemma.prepared
    assert gemma.version
    assert seen.embedded.engine
    assert seen.embedded.lacking == ()
    assert seen.model == runtime.model


def test_the_doctor_says_what_to_do(env: dict[str, str], tmp_path: Path, no_ollama: None) -> None:
    nowhere = diagnose({**env, "PATH": str(tmp_path)}, "127.0.0.1:9")
    assert nowhere.runtime == "none"
    assert any("Nothing answers at http://127.0.0.1:9" in a for a in nowhere.advice)
    # Whoever has the embedded runtime is not told to install it.
    assert any("There is no runtime" in a for a in nowhere.advice) == bool(nowhere.embedded.lacking)
    assert all(m.sha256_ok is None for m in nowhere.embedded.models if m.version is None)
    alone = diagnose({**env, "PATH": str(tmp_path), "OLLAMA_HOST": "0.0.0.0:9"}, None)
    assert alone.ollama.tried == ("http://127.0.0.1:9",)
    assert any("which OLLAMA_HOST names" in a for a in alone.advice)
    assert alone.ollama.url is None
    assert alone.advice
