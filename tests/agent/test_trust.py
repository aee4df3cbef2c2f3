"""A report of somebody else's chooses nothing: no address that is dialled, no path that is opened, no pipe."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from program import run

from chimera_report.agent.trust import inside
from chimera_report.agent.verify import verify
from chimera_report.tools.errors import ChimeraError, StoreError, UsageError

PROGRAM = str(Path(sys.executable).parent / "chimera-report")


@pytest.fixture
def report(desk: Path) -> Path:
    """A finished report whose record says that its files are in `data` of the working folder."""
    found = next((desk / "reports").iterdir())
    edit(found, lambda r: r["settings"].update(path="data"))
    return found


def edit(report: Path, change: Callable[[Any], object]) -> None:
    record = json.loads((report / "run.json").read_text())
    change(record)
    (report / "run.json").write_text(json.dumps(record))


@pytest.fixture
def listener() -> Iterator[tuple[int, list[bytes]]]:
    """A server that remembers who dialled it."""
    heard: list[bytes] = []
    server = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                link, _ = server.accept()
            except OSError:
                return
            heard.append(b"dialled")
            link.close()

    threading.Thread(target=serve, daemon=True).start()
    yield server.getsockname()[1], heard
    server.close()


ADDRESSES = (
    "postgresql://127.0.0.1:{port}/t",
    "postgresql+psycopg://reader@127.0.0.1:{port}/t?sslmode=disable",
    "postgresql:///t?host=127.0.0.1&port={port}",
    "postgres://127.0.0.1:{port}/t",
    "mysql://127.0.0.1:{port}/t",
)


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_address_in_a_report_is_never_dialled(
    report: Path, desk: Path, env: dict[str, str], listener: tuple[int, list[bytes]], address: str
) -> None:
    port, heard = listener

    def change(record: Any) -> None:
        record["settings"].update(path="db:rates", db=address.format(port=port), host=f"http://127.0.0.1:{port}")
        record["database"] = {"address": address.format(port=port), "roots": [], "readings": {}, "files": {}}

    edit(report, change)
    done = run("verify", report, cwd=desk, env={**env, "PGPASSWORD": "secret"})
    assert done.returncode == 2
    assert heard == []
    assert "--db" in done.stderr and "only if you give it" in done.stderr


def test_a_settings_file_in_the_report_is_not_the_readers(
    report: Path, env: dict[str, str], listener: tuple[int, list[bytes]]
) -> None:
    port, heard = listener
    edit(report, lambda r: r["settings"].update(path="db:rates"))
    (report / "chimera-report.toml").write_text(f'db = "postgresql://127.0.0.1:{port}/t"\n')
    done = run("verify", ".", cwd=report, env=env)
    assert done.returncode == 2 and heard == []


@pytest.mark.parametrize("path", ["/etc", "../other", "data/../../other", "link", "~"])
def test_files_outside_the_working_folder_are_asked_for(report: Path, desk: Path, path: str) -> None:
    shutil.copytree(desk / "data", desk.parent / "other")
    (desk / "link").symlink_to(desk.parent / "other")
    edit(report, lambda r: r["settings"].update(path=path))
    with pytest.raises(UsageError) as raised:
        verify(report, cwd=desk)
    assert "--data" in str(raised.value)
    assert verify(report, data=desk.parent / "other", cwd=desk).counts["files"] == 2  # the reader may


def test_an_earlier_report_outside_is_asked_for(report: Path, desk: Path) -> None:
    shutil.copytree(report, desk.parent / "earlier")
    edit(report, lambda r: r["settings"].update(compare=str(desk.parent / "earlier")))
    with pytest.raises(UsageError, match="--compare"):
        verify(report, cwd=desk)
    verify(report, compare=desk.parent / "earlier", cwd=desk)


@pytest.mark.parametrize("name", ["report.md", "evidence.json", "measurements.parquet", "run.json", "report.json"])
@pytest.mark.parametrize("kind", ["link", "pipe", "circle"])
def test_links_and_pipes_in_a_report_are_not_followed(report: Path, desk: Path, name: str, kind: str) -> None:
    (desk.parent / "secret").write_text("secret words\n")
    (report / name).unlink()
    if kind == "link":
        (report / name).symlink_to(desk.parent / "secret")
    elif kind == "pipe":
        os.mkfifo(report / name)
    else:
        (report / name).symlink_to(report / name)
    with pytest.raises(ChimeraError) as raised:
        verify(report, cwd=desk)
    assert "secret words" not in str(raised.value)


def test_measured_files_that_are_elsewhere_are_not_read(report: Path, desk: Path) -> None:
    (report / "measured").symlink_to(desk / "data")
    edit(report, lambda r: r.update(measured={"folder": "measured", "suites": []}))
    with pytest.raises(StoreError, match="leads out"):
        verify(report, cwd=desk)


def test_inside_survives_any_path(tmp_path: Path) -> None:
    (tmp_path / "circle").symlink_to(tmp_path / "circle")
    assert inside(tmp_path / "a/../b", (tmp_path,))
    for odd in ("a\x00b", "a" * 5000, "../x", "circle/x/../../../y"):
        assert not inside(tmp_path / odd, (tmp_path / "c",))


def test_conversations_are_their_owners_alone(desk: Path, env: dict[str, str]) -> None:
    done = run("chat", next((desk / "reports").iterdir()), cwd=desk, env=env, given="which is fastest?\n")
    assert done.returncode == 0, done.stderr
    found = [p for p in desk.parent.rglob("threads.sqlite") if not os.path.samefile(p.parent, desk)]
    assert [p.stat().st_mode & 0o777 for p in found] == [0o600]


def test_a_full_device_and_a_lost_folder_end_in_a_sentence(report: Path, desk: Path, env: dict[str, str]) -> None:
    with open("/dev/full", "w") as full:
        words = [PROGRAM, "verify", str(report)]
        done = subprocess.run(words, cwd=desk, env=env, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 2 and "standard output" in done.stderr and "--out" in done.stderr
    assert "no space left" in done.stderr and "Traceback" not in done.stderr
    lost = f"mkdir gone && cd gone && rmdir ../gone && exec {PROGRAM} verify x"
    done = subprocess.run(["sh", "-c", lost], cwd=desk, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 2 and "the working folder is gone" in done.stderr and "Traceback" not in done.stderr
