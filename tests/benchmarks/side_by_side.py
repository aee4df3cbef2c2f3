"""Ours beside other benchmark tools from PyPI, on the embedded runtime: `python tests/benchmarks/side_by_side.py`.

Installs chimeraforge, llm-benchmark and llama-benchy into a venv of their own, runs each of them and ours on one model
and one prompt (llama-benchy draws its own), and writes the tables of docs/bench.md.
"""

from __future__ import annotations

import argparse
import csv
import functools
import http.server
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import venv
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import platformdirs

from chimera_report.tools.bench import load_plan
from chimera_report.tools.bench.suites import _words
from chimera_report.tools.runtime import catalog
from chimera_report.tools.runtime.requests import Load

DOC = Path(__file__).parents[2] / "docs" / "bench.md"
PROGRAM = Path(sys.executable).parent / "chimera-report"
TOOLS = ("chimeraforge==0.76.0", "llm-benchmark==0.5.5", "llama-benchy==0.4.0")
MODEL = "gemma3:270m"
# What chimeraforge sends without a plan; its own prompt cannot be set.
PROMPT = (
    "You are a helpful assistant. Explain the key differences between supervised learning and unsupervised learning. "
    "Include two examples of each approach and describe when you would use one over the other."
)
PROMPT_TOKENS, ANSWER_TOKENS, CONTEXT = 48, 64, 1024
# No tool but ours can set the number of threads: the server gets one core, and what measures the other one.
ON_ONE = ("taskset", "--cpu-list", str(max(os.sched_getaffinity(0))))
CACHE = platformdirs.user_cache_path("chimera-report") / "models"

# llm-benchmark runs `ollama run MODEL PROMPT --verbose` and reads its "eval rate". This stands in for that binary: it
# asks the server of OLLAMA_HOST, without options as the binary does, and prints the lines that the binary prints.
SHIM = """#!{python}
import json, os, sys, urllib.request
if "--version" in sys.argv:
    print("ollama version is 0.0.0")
    sys.exit()
command, model, *rest = sys.argv[1:]
body = {{"model": model, "stream": False, **({{"prompt": rest[0]}} if command == "run" else {{"keep_alive": 0}})}}
request = urllib.request.Request(os.environ["OLLAMA_HOST"] + "/api/generate", json.dumps(body).encode())
got = json.load(urllib.request.urlopen(request))
if command == "run":
    print(got["response"])
    for name in ("prompt eval", "eval"):
        key = name.replace(" ", "_")
        count, seconds = got[key + "_count"], got[key + "_duration"] / 1e9
        print(f"{{name}} count:".ljust(22) + f"{{count}} token(s)", file=sys.stderr)
        print(f"{{name}} rate:".ljust(22) + f"{{count / seconds:.2f}} tokens/s", file=sys.stderr)
"""


@contextmanager
def runtime(place: Path) -> Iterator[str]:
    """The embedded runtime's address."""
    command = [*ON_ONE, sys.executable, "-m", "chimera_report.tools.runtime.serve", "--cache", str(CACHE)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=place) as process:
        assert process.stdout is not None
        yield f"http://127.0.0.1:{json.loads(process.stdout.readline())['port']}"
        process.terminate()


@contextmanager
def worker(place: Path) -> Iterator[tuple[str, str]]:
    """The address and key of a worker's own llama.cpp server, which speaks OpenAI's API."""
    entry = catalog.find(MODEL)
    assert entry is not None
    load = Load(num_ctx=CONTEXT)
    given = {"path": str(catalog.prepare(entry, CACHE)), "key": "side-by-side", "num_ctx": load.num_ctx}
    given |= {"num_batch": load.num_batch, "num_gpu": 0, "main_gpu": 0, "use_mmap": True}
    given["threads"] = 1
    command = [*ON_ONE, sys.executable, "-m", "chimera_report.tools.runtime.worker"]
    with (
        (place / "worker.log").open("wb") as log,
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log) as process,
    ):
        assert process.stdin is not None and process.stdout is not None
        process.stdin.write(json.dumps(given).encode() + b"\n")
        process.stdin.flush()
        yield json.loads(process.stdout.readline())["url"], given["key"]
        process.terminate()


def run(command: list[str | Path], place: Path, **env: str) -> str:
    done = subprocess.run(
        command, cwd=place, env=os.environ | env, capture_output=True, text=True, timeout=1800, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{command[0]} ended with {done.returncode}:\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}")
    return done.stdout


def ours(url: str, place: Path, runs: int) -> dict[str, list[float]]:
    (place / "suite.toml").write_text(
        f'name = "one"\npurpose = "p"\n[[prompt]]\nid = "p"\npurpose = "p"\ntext = {json.dumps(PROMPT)}\n'
    )
    command = [PROGRAM, "bench", MODEL, "--host", url, "--runtime", "ollama", "--prompts", "suite.toml", "--quiet"]
    command += ["--runs", str(runs), "--num-predict", str(ANSWER_TOKENS), "--option", f"num_ctx={CONTEXT}"]
    run([*command, "--out", "ours"], place)
    load_plan(place / "ours" / "plan.toml")
    with (place / "ours" / "runs.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    names = ("decode_rate", "prefill_rate", "ttft_s", "tpot_s", "e2e_latency_s", "output_tokens", "prompt_tokens")
    return {n: [float(r[n]) for r in rows if r.get(n)] for n in names}


def chimeraforge(url: str, place: Path, bin_: Path, runs: int) -> dict[str, list[float]]:
    command: list[str | Path] = [bin_ / "chimeraforge", "bench", "-m", MODEL, "--base-url", url, "-n", str(runs)]
    run([*command, "--context", str(CONTEXT), "--json", "-o", "cf"], place)
    (file,) = (place / "cf").glob("*.json")
    found = json.loads(file.read_text())[0]["individual_runs"]
    names = ("throughput_tps", "ttft_ms", "total_duration_ms", "tokens_generated", "cached_prompt_tokens")
    return {n: [float(r[n]) for r in found] for n in names}


def llm_benchmark(url: str, place: Path, bin_: Path, runs: int) -> dict[str, list[float]]:
    shim = place / "ollama"
    shim.write_text(SHIM.format(python=sys.executable))
    shim.chmod(0o755)
    (data,) = bin_.parent.glob("lib/python*/site-packages/llm_benchmark/data/benchmark2.yml")
    text = data.read_text()
    # Its prompts are fixed in a file of its own: the same prompt as the others', as often as the others run it.
    one = f"      - prompt: {json.dumps(PROMPT)}\n        keywords: same\n"
    data.write_text(
        re.sub(r"(- type: custom-model\n    models:\n    prompts:\n)(?:      .*\n?)+", r"\g<1>" + one * runs, text)
    )
    (place / "models.yml").write_text(f"file_name: mine\nversion: 1.0\nmodels:\n  - model: {MODEL}-base-q4_K_M\n")
    command: list[str | Path] = [bin_ / "llm_benchmark", "run", "--custombenchmark", "models.yml", "--ollamabin", shim]
    text = run(command, place, OLLAMA_HOST=url)
    return {
        "eval rate": [float(x) for x in re.findall(r"^eval rate:\s+([\d.]+)", text, re.MULTILINE)],
        "average": [float(x) for x in re.findall(r"Average of eval rate:\s+([\d.]+)", text)],
    }


def llama_benchy(url: str, key: str, place: Path, bin_: Path, runs: int) -> dict[str, list[float]]:
    """Its tokenizer and its book come from the network: a tokenizer of a token a word and a book of such words."""
    words = _words()
    vocabulary = {w: i for i, w in enumerate(["[UNK]", *words])}
    tokenizer = {"type": "WordLevel", "vocab": vocabulary, "unk_token": "[UNK]"}
    (place / "tokenizer.json").write_text(
        json.dumps({"version": "1.0", "pre_tokenizer": {"type": "WhitespaceSplit"}, "model": tokenizer})
    )
    (place / "book.txt").write_text(" ".join(words * 20))
    quiet = type("Quiet", (http.server.SimpleHTTPRequestHandler,), {"log_message": lambda *_: None})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(quiet, directory=place))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    book = f"http://127.0.0.1:{server.server_address[1]}/book.txt"
    command: list[str | Path] = [bin_ / "llama-benchy", "--base-url", f"{url}/v1", "--api-key", key, "--model", MODEL]
    command += ["--tokenizer", place / "tokenizer.json", "--book-url", book, "--pp", str(PROMPT_TOKENS)]
    command += ["--tg", str(ANSWER_TOKENS), "--runs", str(runs), "--no-cache", "--skip-coherence"]
    try:
        run([*command, "--save-result", "benchy.json", "--format", "json"], place, HOME=str(place))
    finally:
        server.shutdown()
        server.server_close()
    (found,) = json.loads((place / "benchy.json").read_text())["benchmarks"]
    names = ("pp_throughput", "tg_throughput", "ttfr", "est_ppt", "e2e_ttft")
    return {n: list(found[n]["values"]) for n in names if found.get(n)}


def measure(tools: Path, runs: int, rounds: int) -> dict[str, dict[str, list[float]]]:
    """Every value that each tool gave, over the rounds; within a round one tool after the other."""
    bin_ = tools / "bin"
    if not (bin_ / "llama-benchy").exists():
        venv.create(tools, with_pip=True)
        subprocess.run([bin_ / "pip", "install", "--quiet", *TOOLS], check=True)
    found: dict[str, dict[str, list[float]]] = {}
    for _ in range(rounds):
        with ExitStack() as stack:
            place = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            url = stack.enter_context(runtime(place))
            got: dict[str, dict[str, list[float]]] = {
                "chimera-report": ours(url, place, runs),
                "chimeraforge": chimeraforge(url, place, bin_, runs),
                "llm-benchmark": llm_benchmark(url, place, bin_, runs),
            }
        with ExitStack() as stack:
            place = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            address, key = stack.enter_context(worker(place))
            got["llama-benchy"] = llama_benchy(address, key, place, bin_, runs)
        for tool, values in got.items():
            for name, listed in values.items():
                found.setdefault(tool, {}).setdefault(name, []).extend(listed)
    return found


def table(found: dict[str, dict[str, list[float]]]) -> str:
    lines = ["| tool | reports | median | least | most | n |", "| --- | --- | ---: | ---: | ---: | ---: |"]
    for tool, values in found.items():
        for name, listed in values.items():
            if listed:
                shown = [f"{v:.4g}" for v in (statistics.median(listed), min(listed), max(listed))]
                lines.append(f"| {tool} | `{name}` | {' | '.join(shown)} | {len(listed)} |")
    return "\n".join(lines)


def fill(text: str, made: str) -> str:
    start, end = "<!-- side by side -->\n", "<!-- end: side by side -->"
    before, opened, rest = text.partition(start)
    _, closed, after = rest.partition(end)
    if not opened or not closed:
        raise ValueError("docs/bench.md has no place for the table")
    return before + start + made + "\n" + end + after


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tools", type=Path, default=Path(tempfile.gettempdir()) / "side-by-side-tools")
    parser.add_argument("--runs", type=int, default=6)
    parser.add_argument("--rounds", type=int, default=2)
    given: Any = parser.parse_args()
    load = os.getloadavg()[0]
    found = measure(given.tools.absolute(), given.runs, given.rounds)
    made = f"Load average before: {load:.1f} on {len(os.sched_getaffinity(0))} cores.\n\n{table(found)}"
    DOC.write_text(fill(DOC.read_text(encoding="utf-8"), made), encoding="utf-8")
    sys.stdout.write(made + "\n")


if __name__ == "__main__":
    main()
