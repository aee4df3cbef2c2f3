"""Questions by slots over the semantic layer, against plain pandas: languages, parts of names, slips, follow-ups."""

# ruff: noqa: E501 — cases are read as a table

from __future__ import annotations

import random
import re
from pathlib import Path

import pandas as pd
import pytest

from chimera_report.tools.ingest import ingest
from chimera_report.tools.query import World, checked
from chimera_report.tools.query.layer import VIEWS, Layer, run
from chimera_report.tools.query.reader.text import language_of, plain
from chimera_report.tools.schema import Select, Where

START = pd.Timestamp("2025-03-04T10:00:00Z")


def table() -> pd.DataFrame:
    """Two models on three machines' worth of providers; `borealis` fails at times, `cirrus` is slowest."""
    draw = random.Random(11)
    rows = []
    speed = {"altus": 90.0, "borealis": 60.0, "cirrus": 30.0}
    at = START
    for _ in range(12):
        for provider, rate in speed.items():
            for model, size in (("owl:3b", 1.0), ("owl:9b", 0.5)):
                for prompt, tokens in (("short", 40), ("long", 400)):
                    at += pd.Timedelta(seconds=2)
                    failed = provider == "borealis" and draw.random() < 0.25
                    decode = rate * size * draw.uniform(0.98, 1.02)
                    first = tokens / 2000 * draw.uniform(0.95, 1.05)
                    out = draw.randint(90, 110)
                    rows.append({
                        "timestamp": at.isoformat(), "provider": provider, "model": model, "prompt": prompt,
                        "prompt_tokens": tokens, "output_tokens": "" if failed else out,
                        "ttft_s": "" if failed else first, "tokens_s": "" if failed else decode,
                        "eval_s": "" if failed else out / decode,
                        "error": "quota exceeded" if failed and draw.random() < 0.7 else "gateway closed" if failed else "",
                    })  # fmt: skip
    return pd.DataFrame(rows)


@pytest.fixture(scope="session")
def clouds(tmp_path_factory: pytest.TempPathFactory) -> World:
    folder = tmp_path_factory.mktemp("clouds") / "clouds"
    folder.mkdir()
    table().to_csv(folder / "gateway_sweep.csv", index=False)
    (folder / "notes.md").write_text("# Notes\n\nMachine: 2 sockets Xeon, 64 GB.\n")
    return World(ingest(folder), target=str(folder))


@pytest.fixture(scope="session")
def truth() -> pd.DataFrame:
    frame = table()
    for column in ("output_tokens", "ttft_s", "tokens_s", "eval_s"):
        frame[column] = pd.to_numeric(frame[column])
    return frame


def numbers(text: str) -> list[float]:
    return [float(m.replace(",", "")) for m in re.findall(r"(?<![\w.])\d[\d,]*(?:\.\d+)?", text)]


def says(answer, value: float) -> bool:
    """Whether one of the numbers of the answer is the value, as far as it is written, in s or in ms."""
    shown = " ".join([*answer.text, *(f.display for f in answer.sheet.facts)])
    return any(abs(n - v) <= 0.006 * abs(v) for n in numbers(shown) for v in (value, value * 1000))


VALUES = [
    ("mean tokens/s of the 9b on altus", lambda t: t[(t.model == "owl:9b") & (t.provider == "altus")].tokens_s.mean()),
    ("altus's average decode speed for owl 3b", lambda t: t[(t.model == "owl:3b") & (t.provider == "altus")].tokens_s.mean()),
    ("median ttft for the long prompt on cirrus with the 3b", lambda t: t[(t.prompt == "long") & (t.provider == "cirrus") & (t.model == "owl:3b")].ttft_s.median()),
    ("total output tokens", lambda t: t.output_tokens.sum()),
    ("how many output tokens did borealis generate in total?", lambda t: t[t.provider == "borealis"].output_tokens.sum()),
    ("decode speed of cirrus 9b in ms per token", lambda t: 1000 / t[(t.provider == "cirrus") & (t.model == "owl:9b")].tokens_s.mean()),
    ("mittlere Dekodierrate von altus mit owl:9b", lambda t: t[(t.provider == "altus") & (t.model == "owl:9b")].tokens_s.mean()),
    ("¿Cuál es la velocidad de decodificación media de cirrus 3b?", lambda t: t[(t.provider == "cirrus") & (t.model == "owl:3b")].tokens_s.mean()),
    ("quel est le débit de décodage moyen de altus 3b ?", lambda t: t[(t.provider == "altus") & (t.model == "owl:3b")].tokens_s.mean()),
    ("altus 9b 的平均解码速度是多少?", lambda t: t[(t.provider == "altus") & (t.model == "owl:9b")].tokens_s.mean()),
    ("waht is teh mean decode rate of cirrsu 9b", lambda t: t[(t.provider == "cirrus") & (t.model == "owl:9b")].tokens_s.mean()),
    ("total eval time of altus 3b in minutes", lambda t: t[(t.provider == "altus") & (t.model == "owl:3b")].eval_s.sum() / 60),
    ("mean ttft of altus 3b excluding the long prompt", lambda t: t[(t.provider == "altus") & (t.model == "owl:3b") & (t.prompt == "short")].ttft_s.mean()),
    ("mean ttft of owl 3b with the long prompt excluding cirrus and altus", lambda t: t[(t.prompt == "long") & (t.model == "owl:3b") & (t.provider == "borealis")].ttft_s.mean()),
    ("error rate of borealis", lambda t: 100 * (t[t.provider == "borealis"].error != "").mean()),
    ("how many requests failed on borealis?", lambda t: (t[t.provider == "borealis"].error != "").sum()),
]  # fmt: skip


@pytest.mark.parametrize(("question", "value"), VALUES, ids=[q for q, _ in VALUES])
def test_a_value_is_the_one_of_pandas(clouds: World, ask, truth: pd.DataFrame, question: str, value) -> None:
    answer = ask(clouds, question)
    assert answer.outcome == "answered", answer.text
    assert says(answer, float(value(truth))), (float(value(truth)), answer.text)
    assert checked(answer) == []


@pytest.mark.parametrize(
    ("question", "wanted"),
    [
        ("which provider is slowest on the 9b?", r"cirrus"),
        ("rank the providers by decode rate for the 3b", r"altus[\s\S]*borealis[\s\S]*cirrus"),
        ("is altus faster than cirrus on the 9b?", r"^Yes"),
        ("why is cirrus faster than altus on the 3b?", r"other way round|not so"),
        ("how much slower is the long prompt to the first token?", r"10|9\.\d|×"),
        ("which provider had the most failures?", r"borealis has the most failures"),
        ("what errors did borealis have?", r"quota exceeded"),
        ("when was this measured?", r"2025-03-04 10:00"),
        ("how long did it take?", r"28\d|min"),
        ("how is tokens_s computed?", r"output tokens / decoding time"),
        ("which files are there and how big are they?", r"2 files"),
        ("what hardware was used?", r"Xeon"),
        ("how many requests per provider - are the samples balanced?", r"48|Yes|No"),
        ("providers with mean ttft below 0.05 s for the short prompt", r"of"),
        ("plot decode rate by provider", r"\d"),
    ],
)
def test_a_question_gets_its_kind_of_answer(clouds: World, ask, question: str, wanted: str) -> None:
    answer = ask(clouds, question)
    shown = "\n".join([*answer.text, *(" ".join(r) for t in answer.tables for r in t.rows)])
    assert answer.outcome == "answered", answer.text
    assert re.search(wanted, shown), shown
    assert checked(answer) == []


@pytest.mark.parametrize(
    "question",
    [
        "decode rate of altus on Mars",
        "mean tokens per euro of altus",
        "what does altus cost per month?",
        "ttft of the 70b",
        "decode rate of zephyr 3b",
        "decode rate of altus not counting bananas",
        "decode rate of altus 3b at 17",
        "is owl smarter than a fox?",
    ],
)
def test_what_is_not_there_is_never_answered_by_something_else(clouds: World, ask, question: str) -> None:
    assert ask(clouds, question).outcome != "answered"


def test_nothing_failed_is_said_only_where_every_record_was_looked_at(clouds: World, ask) -> None:
    answer = ask(clouds, "did any requests of altus fail?")
    assert re.search(r"None of the 48|no record", " ".join(answer.text), re.I), answer.text
    assert "failed" in " ".join(ask(clouds, "did any requests of borealis fail?").text)


def test_a_conversation_leans_on_what_was_asked(clouds: World, ask) -> None:
    turns = ["mean decode rate of altus 9b in ms per token", "and cirrus?", "which one is faster, and by how much?"]
    second = ask(clouds, *turns[:2])
    assert "cirrus" in second.reading
    third = ask(clouds, *turns)
    assert re.search(r"cirrus.*altus|altus.*cirrus", " ".join(third.text)), third.text
    assert any(f.unit == "×" and 2.8 < float(f.value) < 3.2 for f in third.sheet.facts)
    table = ask(clouds, "total output tokens of altus", "per prompt")
    assert {r[0] for t in table.tables for r in t.rows} >= {"short", "long"} or "short" in str(table.tables)


def test_the_layer_counts_as_pandas_does(clouds: World, truth: pd.DataFrame) -> None:
    layer = clouds.layer
    total = run(layer, Select(measure="records"))[0]
    assert total.value == len(truth)
    failed = {g.keys["message"]: g.value for g in run(layer, Select(measure="failures", by=("message",))) if g.value}
    assert failed == truth[truth.error != ""].error.value_counts().to_dict()
    where = (Where(field="name", op="has", values=("altus",)), Where(field="prompt", op="!=", values=("long",)))
    found = run(layer, Select(measure="ttft", aggregate="quantile", q=0.9, where=where))[0]
    wanted = truth[(truth.provider == "altus") & (truth.prompt == "short")].ttft_s.quantile(0.9)
    assert found.value == pytest.approx(wanted)
    for name in VIEWS:
        assert layer.fetch(f"SELECT count(*) FROM {name}")[0][0] >= 0


def test_the_database_of_the_layer_reaches_nothing_and_changes_nothing(clouds: World, tmp_path: Path) -> None:
    layer = Layer(clouds.dataset)
    for statement in (
        f"COPY (SELECT 1) TO '{tmp_path}/x.csv'",
        "SELECT * FROM read_csv('/etc/passwd')",
        "INSTALL httpfs",
    ):
        with pytest.raises(Exception, match=r"disabled|permission|not allowed|Permission|lock"):
            layer.fetch(statement)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("text", "language"),
    [("what is the decode rate?", "en"), ("Welches Modell ist am schnellsten?", "de"), ("¿Qué modelo es más rápido?", "es"),
     ("quel modèle est le plus rapide ?", "fr"), ("哪个模型最快?", "zh"), ("ttft?", "en")],
)  # fmt: skip
def test_languages(text: str, language: str) -> None:
    assert language_of(f" {text.lower()} ") == language
    assert plain(text)[1] == language
