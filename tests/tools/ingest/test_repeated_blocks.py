"""Blocks of `label: value` lines that come again, one a run: in any language, under headings, in lists and logs."""

from __future__ import annotations

from pathlib import Path

import pytest

from chimera_report.tools.ingest import ingest
from chimera_report.tools.schema import FACTOR, Dataset

LOAD = FACTOR + "concurrency"
RUNS = ((1, 0.4, 80.0), (8, 0.9, 61.5), (32, 2.75, 40.0))  # at once, seconds to the first token, tokens/s


def read(tmp_path: Path, text: str, name: str = "load_test.md") -> Dataset:
    (tmp_path / name).write_text(text, encoding="utf-8")
    return ingest(tmp_path)


def values(found: Dataset, metric: str, stat: str | None = None) -> dict[str, float]:
    table = found.table
    rows = table[(table["metric"] == metric) & (table["status"] == "ok")]
    rows = rows if stat is None else rows[rows["stat"] == stat]
    return {str(k): round(float(v), 6) for k, v in zip(rows[LOAD], rows["value"], strict=True)}


def each(block: str) -> str:
    return "\n".join(block.format(load=n, ttft=t, rate=r, good=n - n // 32, bad=n // 32) for n, t, r in RUNS)


ENGLISH = {
    "list under headings": "## Concurrency {load}\n\n- **Mean TTFT**: {ttft} s\n- **Decode rate**: {rate} tok/s\n"
    "- **Failed requests**: {bad}\n- **Successful requests**: {good}\n",
    "dots": "Concurrency ........ {load}\nMean TTFT .......... {ttft} s\nDecode rate ........ {rate} tok/s\n"
    "Successful requests  ...... {good}\nFailed requests .... {bad}\n",
    "rules": "=====================\n{load} concurrent users\n=====================\nMean TTFT: {ttft} s\n"
    "Decode rate: {rate} tok/s\nSuccessful requests: {good}\nFailed requests: {bad}\n",
    "titled rules": "=== Concurrency: {load} ===\nMean TTFT: {ttft} s\nDecode rate: {rate} tok/s\n"
    "--- Requests ---\nSuccessful requests: {good}\nFailed requests: {bad}\n",
    "blank lines": "Concurrent requests: {load}\nMean TTFT: {ttft} s\nDecode rate: {rate} tok/s\n"
    "Successful requests: {good}\nFailed requests: {bad}\n\n",
    "statistics below their metric": "### Concurrency={load}\n* TTFT:\n    - Mean: {ttft} s\n    - Max: 9 s\n"
    "* Decode rate:\n    - Mean: {rate} tok/s\n    - Max: 99 tok/s\n* Successful requests: {good}\n"
    "* Failed requests: {bad}\n",
}
FOREIGN = {
    "Chinese": "## 并发数：{load}\n平均首字延迟：{ttft}秒\n生成速度：{rate} token/秒\n"
    "成功请求数：{good}\n失败请求数：{bad}\n",
    "Japanese": "## 同時リクエスト数: {load}\n最初のトークンまでの時間: {ttft}秒\n生成速度: {rate} トークン/秒\n"
    "成功リクエスト数: {good}\n失敗リクエスト数: {bad}\n",
    "Korean": "동시 요청 수: {load}\n첫 토큰 지연: {ttft}초\n생성 속도: {rate} 토큰/초\n성공 요청 수: {good}개\n"
    "실패 요청 수: {bad}개\n\n",
    "German": "- Gleichzeitige Anfragen: {load}\n- Mittlere Zeit bis zum ersten Token: {ttft} Sekunden\n"
    "- Tokens pro Sekunde: {rate}\n- Erfolgreiche Anfragen: {good}\n- Fehlgeschlagene Anfragen: {bad}\n\n",
    "French": "### Requêtes simultanées : {load}\n* Temps moyen jusqu'au premier jeton : {ttft} secondes\n"
    "* Jetons par seconde : {rate}\n* Requêtes réussies : {good}\n* Requêtes échouées : {bad}\n",
    "Spanish": "Peticiones concurrentes = {load}\nTiempo medio hasta el primer token = {ttft} segundos\n"
    "Tokens por segundo = {rate}\nPeticiones exitosas = {good}\nPeticiones fallidas = {bad}\n---\n",
    "Portuguese": "Requisições simultâneas: {load}\nTempo até o primeiro token: {ttft} segundos\n"
    "Tokens por segundo: {rate}\nRequisições bem sucedidas: {good}\nRequisições com falha: {bad}\n\n",
    "Russian": "# Параллельных запросов: {load}\nВремя до первого токена: {ttft} с\nТокенов в секунду: {rate}\n"
    "Успешных запросов: {good}\nНеудачных запросов: {bad}\n",
}


@pytest.mark.parametrize("suffix", ["md", "txt"])
@pytest.mark.parametrize("kind", [*ENGLISH, *FOREIGN])
def test_each_block_is_a_run_at_its_load(tmp_path: Path, kind: str, suffix: str) -> None:
    found = read(tmp_path, each((ENGLISH | FOREIGN)[kind]), f"load_test.{suffix}")
    assert [s.records for s in found.sources] == [3]
    assert set(found.table["origin"]) == {"measured"}
    stat = "mean" if kind in ENGLISH and kind.startswith("stat") else None
    assert values(found, "ttft", stat) == {str(n): t for n, t, _ in RUNS}
    assert values(found, "decode_rate", stat) == {str(n): r for n, _, r in RUNS}
    failed = found.table[(found.table["metric"] == "request") & (found.table["status"] == "error")]
    assert [(str(k), float(n)) for k, n in zip(failed[LOAD], failed["n"], strict=True)] == [("32", 1.0)]


SENT = """# Nova-8B 并发测试结果

总请求数: {load}
成功请求数: {load}
失败请求数: 0
平均首字回复时间: {ttft}秒
平均回复持续时间: {last}秒
最慢首字回复时间: {slow}秒
总耗时: {whole}秒
最快每秒token数: {rate}
"""


@pytest.mark.parametrize("from_first", [True, False])
def test_requests_that_are_sent_at_once_are_the_load(tmp_path: Path, from_first: bool) -> None:
    text = "\n".join(
        SENT.format(load=n, ttft=t, last=5, slow=t + 1, whole=5 + t * from_first, rate=r) for n, t, r in RUNS
    )
    found = read(tmp_path, text, "Nova-8B.md")
    assert set(found.table["subject"]) == {"Nova-8B"}
    assert values(found, "ttft", "mean") == {str(n): t for n, t, _ in RUNS}
    assert values(found, "ttft", "max") == {str(n): t + 1 for n, t, _ in RUNS}  # the slowest time is the longest
    assert values(found, "decode_rate", "max") == {str(n): r for n, _, r in RUNS}  # the fastest rate is the highest
    # A single request's run is its first token and its reply, or the reply alone: that tells what the reply's time is.
    told = "eval_time" if from_first else "e2e_latency"
    assert {told} == set(found.table["metric"]) & {"eval_time", "e2e_latency"}


def test_what_a_reply_s_time_is_stays_open_where_no_run_tells(tmp_path: Path) -> None:
    text = "\n".join(SENT.format(load=n, ttft=t, last=20, slow=t, whole=99, rate=r) for n, t, r in RUNS)
    assert not set(read(tmp_path, text).table["metric"]) & {"eval_time", "e2e_latency"}


def test_series_of_another_work_are_told_apart(tmp_path: Path) -> None:
    series = [(n, t * times, r) for times in (1, 3) for n, t, r in (*RUNS, (64, 5.0, 30.0))]
    text = "\n".join(SENT.format(load=n, ttft=t, last=20, slow=t, whole=20 + t, rate=r) for n, t, r in series)
    table = read(tmp_path, text).table
    assert set(table[FACTOR + "series"]) == {"1", "2"}
    same = "\n".join(
        SENT.format(load=n, ttft=t, last=20, slow=t, whole=20 + t, rate=r)
        for _ in "12"
        for n, t, r in (*RUNS, (64, 5, 3))
    )
    assert FACTOR + "series" not in read(tmp_path, same).table


def test_a_document_that_tells_of_runs_reports_them(tmp_path: Path) -> None:
    told = "# 报告\n\n我们在一台有两块显卡的服务器上测试了这个模型，"
    told += "下面列出每个并发级别的结果，数值为三次运行的平均值，仅供参考。\n\n"
    found = read(tmp_path, told + each(FOREIGN["Chinese"]))
    assert set(found.table["origin"]) == {"reported"}
    assert values(found, "ttft") == {str(n): t for n, t, _ in RUNS}


@pytest.mark.parametrize(
    "text",
    [
        "# Notes\n\nModel: a-7b\nGPU: RTX 4090\n\nNote: use the flag\nTime: yesterday\n",
        "## 2024-01-01\n- Fixed: crash\n- Added: option\n## 2024-02-02\n- Fixed: bug 12\n- Added: 3 tests\n",
        "error: 3\nwarning: 4\nerror: 5\nwarning: 6\n",
    ],
)
def test_other_lists_are_no_runs(tmp_path: Path, text: str) -> None:
    assert not len(read(tmp_path, text, "notes.md").table)
