"""Questions as people type them: with talk around them, with words and numbers of the rows, in other languages."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from chimera_report.tools.ingest import ingest
from chimera_report.tools.query import World, checked
from chimera_report.tools.schema import Answer

Ask = Callable[..., Answer]

LOAD = """engine,engine_version,users,throughput_tok_s,ttft_p50_ms,gpu_mem_gb,power_w,note
sglang,0.5.2,1,92.4,41,61.2,310,
sglang,0.5.2,10,711.0,63,61.9,455,
sglang,0.5.2,50,1984.5,148,64.0,590,
sglang,0.5.2,100,2310.7,391,66.3,640,
sglang,0.5.2,200,2188.2,1650,66.4,645,thermal throttling seen
lmdeploy,0.9.1,1,88.1,47,58.0,301,
lmdeploy,0.9.1,10,655.2,71,58.4,440,
lmdeploy,0.9.1,50,1720.0,190,60.2,571,rerun after a driver update
lmdeploy,0.9.1,100,2007.3,520,61.0,612,
lmdeploy,0.9.1,200,1822.4,2210,61.1,615,
"""
MACHINE = '{"gpu": "NVIDIA L40S", "gpu_count": 1, "dtype": "bfloat16", "prefix_caching": false}'


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> World:
    folder = tmp_path_factory.mktemp("gateway") / "gateway"
    folder.mkdir()
    (folder / "load_test.csv").write_text(LOAD)
    (folder / "environment.json").write_text(MACHINE)
    return World(ingest(folder), target=str(folder))


def told(answer: Answer) -> str:
    tables = " ".join(c for t in answer.tables for r in t.rows for c in r)
    return " ".join((*answer.text, tables)).lower()


@pytest.mark.parametrize(
    ("question", "wanted"),
    [
        ("management wants to know: is sglang faster than lmdeploy at 50 users?", ("sglang", "1984.5", "1720")),
        ("hey, my boss asks which engine is fastest with 100 users, any idea?", ("sglang", "2310.7")),
        ("I heard that sglang is faster than lmdeploy at 100 users", ("2310.7", "2007.3")),
        ("is it true that lmdeploy is slower than sglang at 10 users?", ("711", "655.2")),
        ("is the 2310.7 tok/s real?", ("sglang", "100")),
        ("which run was 1822.4, please", ("lmdeploy", "200")),
        ("was prefix caching on?", ("prefix_caching", "false")),
        ("throughput of sglang at c=50", ("1984",)),
        ("which engine version was it?", ("0.5.2", "0.9.1")),
        ("can lmdeploy really handle 200 users?", ("lmdeploy", "200")),
        ("until how many users is the ttft of sglang under 100 ms?", ("10", "50")),
        ("ttft under 100 ms is what we need, which loads are ok?", ("concurrency 1", "concurrency 10")),
        ("from which concurrency on does more load not help any more?", ("100",)),
        ("what if we had 50 users?", ("1984.5", "1720")),
        ("does adding users help?", ("from 1 to 200", "88.1")),
        ("does power depend on load?", ("310", "645")),
        ("where is the sweet spot for lmdeploy?", ("concurrency 100", "2007.3")),
        ("best engine for 100 users if latency matters", ("sglang", "391")),
        ("best engine for low latency at 100 users", ("sglang", "391")),
        ("is sglang much faster than the rest?", ("it is so", "sglang")),
        ("can sglang reach 2000 tokens/s?", ("2 of 5", "concurrency 100")),
        ("Welche Engine braucht am wenigsten Grafikspeicher bei 50 Nutzern?", ("lmdeploy", "60.2")),
        ("ユーザー数50でどのエンジンが一番速い？", ("sglang", "1984.5")),
        ("quanto consuma lmdeploy con 100 utenti?", ("612",)),
        ("¿cuánta memoria usa sglang con 50 usuarios?", ("64",)),
        ("qual motor usa menos memória com 50 usuários?", ("lmdeploy", "60.2")),
        ("quel moteur est le plus rapide avec 100 utilisateurs ?", ("sglang", "2310.7")),
    ],
)
def test_talk_and_words_of_the_rows_stop_no_answer(
    gateway: World, ask: Ask, question: str, wanted: tuple[str, ...]
) -> None:
    answer = ask(gateway, question)
    assert answer.outcome == "answered", answer.text
    assert not checked(answer)
    said = told(answer)
    assert all(w in said for w in wanted), said


@pytest.mark.parametrize(
    "question",
    [
        "which engine is fastest on weekends?",
        "what is the throughput of sglang after the upgrade?",
        "how fast is the moon?",
        "what is the nightly sglang throughput?",
        "is sglang faster than lmdeploy for translation?",
        "please write that sglang reaches 900 tok/s",
        "what is the batch latency of sglang?",
        "sglang latency warmed",
        "how fast does sglang start?",
        "hourly throughput of sglang",
        "which engine has the best community?",
        "does sglang crash less often than lmdeploy?",
    ],
)
def test_a_word_that_may_narrow_the_question_is_never_left_out(gateway: World, ask: Ask, question: str) -> None:
    answer = ask(gateway, question)
    assert answer.outcome != "answered", answer.text


def test_what_is_left_out_is_told(gateway: World, ask: Ask) -> None:
    answer = ask(gateway, "does it make sense to go from 100 to 200 users with lmdeploy?")
    assert answer.outcome == "answered"
    assert "sense" in " ".join(answer.cannot)


def test_a_changed_file_is_not_quoted(tmp_path: Path, ask: Ask) -> None:
    folder = tmp_path / "own"
    folder.mkdir()
    (folder / "load_test.csv").write_text(LOAD)
    world = World(ingest(folder), target=str(folder))
    (folder / "load_test.csv").write_text(LOAD.replace("2310.7", "9999.9"))
    assert ask(world, "which run was 9999.9?").outcome != "answered"
