"""Into the database and out again: the same dataset, once, whatever is in it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import sqlalchemy as sa

from chimera_report.tools.errors import NoInputError, UsageError
from chimera_report.tools.ingest import ingest
from chimera_report.tools.schema import Fact, Recipe
from chimera_report.tools.store import (
    Database,
    KeptReport,
    check,
    export,
    history,
    kept_reports,
    open_database,
    put_report,
    read_dataset,
    repair,
    stats,
    vacuum,
)

from .conftest import AT, bring, night, nights  # type: ignore[import-not-found]

CORPUS = Path(__file__).parents[4] / "../shared/corpus/chimera-101"


def same(a: Any, b: Any) -> None:
    assert b.sources == a.sources
    pd.testing.assert_frame_equal(b.table, a.table)


@pytest.fixture
def nasty(tmp_path: Path) -> Path:
    """Names and values that a database could trip over."""
    folder = tmp_path / "nasty"
    (folder / "a b/ü").mkdir(parents=True)
    (folder / 'a b/ü/it\'s "q".csv').write_text(
        "model,num_ctx,tokens_s,error\nm;DROP TABLE runs,2048,1.5,\nm\\N,,2.5,\n\\.,4096,,timeout: 'x'\n"
    )
    (folder / "copy.csv").write_text("model,tokens_s\nx,1\nx,2\n")
    (folder / "copy2.csv").write_text("model,tokens_s\nx,1\nx,2\n")
    (folder / "nul.json").write_text('[{"model": "a\\u0000b", "tokens_per_second": 3.0, "tag": "\\ud800"}]')
    (folder / "empty.csv").write_text("")
    (folder / "cut.json").write_text('{"results": [')
    return folder


def test_what_comes_out_is_what_went_in(database_url: str, nasty: Path, tmp_path: Path) -> None:
    given = ingest(nasty)
    with open_database(database_url, create=True) as database:
        bring(database, nasty)
        found = read_dataset(database, "")
        # PostgreSQL keeps no NUL: it is shown as ␀, in both databases.
        table = given.table.assign(subject=given.table["subject"].str.replace("\0", "␀"))
        assert "a␀b" in set(table["subject"])
        assert found.sources == given.sources
        pd.testing.assert_frame_equal(found.table, table)
        assert check(database) == []


@pytest.mark.corpus
@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus is not beside the project")
def test_the_real_corpus_comes_out_as_it_went_in(database_url: str) -> None:
    with open_database(database_url, create=True) as database:
        bring(database, CORPUS)
        same(ingest(CORPUS), read_dataset(database, ""))


def test_the_same_content_is_stored_once_from_however_many_folders(
    database_url: str, tmp_path: Path, contents: Callable[[Database], dict[str, Any]]
) -> None:
    nights(tmp_path / "a", 3)
    with open_database(database_url, create=True) as database:
        first = bring(database, tmp_path / "a")
        before = contents(database)
        assert bring(database, tmp_path / "a").known
        (tmp_path / "a").rename(tmp_path / "b")
        moved = bring(database, tmp_path / "b")
        assert (moved.known, moved.new_sources, moved.new_rows) == (True, 0, 0)
        assert contents(database) == before
        night(tmp_path / "b", 3)
        more = bring(database, tmp_path / "b")
        assert (more.known, more.new_sources, more.new_rows) == (False, 1, first.rows // 3)
        same(ingest(tmp_path / "b"), read_dataset(database, ""))
        found = stats(database)
        assert found.rows["measurements"] == 4 * first.rows // 3 and found.size > 0
        assert [(s.suite, s.files, s.runs) for s in found.suites] == [("speed", 4, 4)]
        assert found.suites[0].first == datetime(2026, 1, 1, 2, tzinfo=UTC)
        # Another place for the same file: it is where it was seen last.
        with database.read() as link:
            places = link.execute(sa.text("SELECT path FROM sources")).scalars()
            assert all(Path(p).is_file() for p in places)


def test_times_choose_runs(database_url: str, tmp_path: Path) -> None:
    nights(tmp_path / "a", 6)
    with open_database(database_url, create=True) as database:
        bring(database, tmp_path / "a")
        since, until = (datetime(2026, 1, day, 2, tzinfo=UTC) for day in (3, 5))
        found = read_dataset(database, "speed", since=since, until=until)
        assert [s.path for s in found.sources] == ["night-002/speed.csv", "night-003/speed.csv"]
        with pytest.raises(NoInputError, match="no run of suite 'speed' since 2026-03-01 00:00 UTC"):
            read_dataset(database, "speed", since=AT)


def test_a_history_has_every_night_once(database_url: str, tmp_path: Path) -> None:
    nights(tmp_path / "a", 5)
    with open_database(database_url, create=True) as database:
        bring(database, tmp_path / "a")
        # A file that grew: its first run is the one that is known, and not another.
        grown = tmp_path / "a/night-004/speed.csv"
        grown.write_text(grown.read_text() + "2026-01-05T02:00:59+00:00,small:1b,2048,9,50.0,0.2\n")
        bring(database, tmp_path / "a")
        found = history(database, "decode_rate", subject="small:1b", condition={"num_ctx": "2048"})
        assert [len(h.points) for h in found] == [5]
        assert [p.n for p in found[0].points] == [4, 4, 4, 4, 5]
        assert [p.started.day for p in found[0].points] == [1, 2, 3, 4, 5]
        whole = ingest(tmp_path / "a")
        assert {p.sha256 for p in found[0].points} == {s.sha256 for s in whole.sources}
        later = history(
            database, "ttft", since=datetime(2026, 1, 4, tzinfo=UTC), until=datetime(2026, 1, 5, tzinfo=UTC)
        )
        assert {len(h.points) for h in later} == {1} and len(later) == 4


# --- damage -----------------------------------------------------------------------------------------------------------

DAMAGE = {
    "a changed value": ("UPDATE measurements SET value = value + 1 WHERE position = 3 AND reading_id = 2", "changed"),
    "a changed name": ("UPDATE measurements SET subject = 'other' WHERE position = 3 AND reading_id = 2", "changed"),
    "a broken setting": ("UPDATE measurements SET factors = '[7]' WHERE position = 3 AND reading_id = 2", "changed"),
    "a lost row": ("DELETE FROM measurements WHERE position = 3 AND reading_id = 2", "incomplete"),
    "a lost series": ("DELETE FROM series WHERE metric = 'ttft'", "orphan"),
    "rows of nothing": ("UPDATE measurements SET reading_id = 99 WHERE reading_id = 2", "orphan"),
}


@pytest.mark.parametrize("what", DAMAGE)
def test_damage_is_found_and_an_import_brings_back_what_was_taken_out(
    database_url: str, tmp_path: Path, what: str, contents: Callable[[Database], dict[str, Any]]
) -> None:
    statement, kind = DAMAGE[what]
    nights(tmp_path / "a", 3)
    with open_database(database_url, create=True) as database:
        bring(database, tmp_path / "a")
        before = contents(database)
        with database.write() as link:
            link.execute(sa.text(statement))
        found = check(database)
        assert kind in {x.kind for x in found}
        assert repair(database, found) == [str(tmp_path / "a")]
        assert {x.kind for x in check(database)} == {"unfinished"}
        bring(database, tmp_path / "a")
        assert contents(database) == before
        assert check(database) == []
        before_bytes, after_bytes = vacuum(database)
        assert before_bytes > 0 and after_bytes > 0
        assert contents(database) == before


# --- open files -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["parquet", "csv"])
def test_an_export_is_read_back_as_the_same_files(
    database_url: str, nasty: Path, tmp_path: Path, form: Any, contents: Callable[[Database], dict[str, Any]]
) -> None:
    fact = Fact(id="F001", kind="measurement", recipe=Recipe(function="f"), field="gmean", display="1 \0 s", number="1")
    kept = KeptReport("r", "/r", AT, "ab", {"copy.csv": "cd"}, (fact,), {"title": "T"})
    with open_database(database_url, create=True) as database:
        bring(database, nasty)
        bring(database, nights(tmp_path / "a", 2))
        assert put_report(database, kept) and not put_report(database, kept)
        done = export(database, tmp_path / "out", form=form, at=AT, version="0")
        again = export(database, tmp_path / "out", form=form, suite="speed", at=AT, version="0")
        assert (done.files, again.files, again.reports) == (8, 2, 1)
        with pytest.raises(UsageError, match="holds something else"):
            export(database, nasty, form=form, at=AT, version="0")
        export(database, tmp_path / "out", form=form, at=AT, version="0")
        held, reports = contents(database), kept_reports(database)
        whole = read_dataset(database, "")
    assert reports[0].facts[0].display == "1 ␀ s"
    same(whole, ingest(tmp_path / "out"))
    with open_database(str(tmp_path / "other.sqlite"), create=True) as other:
        bring(other, tmp_path / "out")
        copy = contents(other)
        readable = {k: list(copy[k]) for k in ("sources", "readings")}
        assert readable == {k: held[k] for k in readable} and copy["values"] == held["values"]
    # An export that was changed afterwards is refused.
    with (tmp_path / f"out/measurements.{form}").open("ab") as file:
        file.write(b"\n")
    with pytest.raises(NoInputError, match="was changed since it was exported"):
        ingest(tmp_path / "out")
