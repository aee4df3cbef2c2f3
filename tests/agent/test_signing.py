"""Signatures: made with a key of openssl's kind, checked for a folder and for a page by itself."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from program import run

from chimera_report.agent import signing
from chimera_report.tools.errors import UsageError

from .conftest import write_folder  # type: ignore[import-not-found]


def key(place: Path, name: str) -> Path:
    from cryptography.hazmat.primitives import serialization as s
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    made = Ed25519PrivateKey.generate()
    path = place / f"{name}.pem"
    path.write_bytes(made.private_bytes(s.Encoding.PEM, s.PrivateFormat.PKCS8, s.NoEncryption()))
    public = made.public_key().public_bytes(s.Encoding.PEM, s.PublicFormat.SubjectPublicKeyInfo)
    (place / f"{name}.pub").write_bytes(public)
    return path


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A signed report `one`, and the keys of its author and of somebody else."""
    place = tmp_path_factory.mktemp("sign")
    write_folder(place / "data")
    for name in ("mine", "other"):
        key(place, name)
    done = run("data", "--no-llm", "--quiet", "--sign", "mine.pem", cwd=place)
    assert done.returncode == 0, done.stderr
    (place / done.stdout.strip()).parent.rename(place / "one")
    return place


@pytest.fixture
def copy(place: Path, tmp_path: Path) -> Path:
    shutil.copytree(place, tmp_path / "case")
    return tmp_path / "case"


def test_a_signed_report_and_its_page_hold(place: Path) -> None:
    whole = run("verify", "one", "--key", "mine.pub", cwd=place)
    assert whole.returncode == 0 and "signed with the key" in whole.stdout, whole.stdout + whole.stderr
    page = run("verify", "one/report.html", "--key", "mine.pub", cwd=place)
    assert page.returncode == 0 and "signed with the key" in page.stdout, page.stdout + page.stderr


def test_a_finished_report_can_be_signed_anew(copy: Path) -> None:
    done = run("sign", "one", "--key", "other.pem", cwd=copy)
    assert done.returncode == 0 and "signed with the key" in done.stdout, done.stderr
    held = run("verify", "one", "--key", "other.pub", cwd=copy)
    assert held.returncode == 0, held.stdout + held.stderr


def test_a_key_that_cannot_sign_is_told_before_the_work(copy: Path) -> None:
    done = run("data", "--no-llm", "--quiet", "--sign", "mine.pub", "--out", "new", cwd=copy)
    assert done.returncode == 2 and "no key to sign with" in done.stderr
    assert not (copy / "new").exists()


def test_another_key_is_said(place: Path) -> None:
    for what in ("one", "one/report.html"):
        done = run("verify", what, "--key", "other.pub", cwd=place)
        assert done.returncode == 5 and "signed by" in done.stdout


def test_what_was_changed_after_the_signature_is_named(copy: Path) -> None:
    from chimera_report.tools.store import RunFolder

    folder = RunFolder(copy / "one")
    (copy / "one/report.md").write_text("other")
    (copy / "one/added.txt").write_text("x")
    assert {d.where for d in signing.check(folder)} == {"report.md", "added.txt"}
    page = (copy / "one/report.html").read_text()
    assert list(signing.check_page(page)) == []
    assert list(signing.check_page(page.replace("Evidence", "evidence", 1)))
    assert list(signing.check_page(signing.unsigned(page))) == []
    assert list(signing.check_page(signing.unsigned(page), "a" * 43 + "="))


def test_a_signature_of_somebody_elses_hand_does_not_fit(copy: Path) -> None:
    from chimera_report.tools.store import RunFolder

    folder = RunFolder(copy / "one")
    record = folder.read_json("signature.json")
    mine = signing.public_key(copy / "mine.pub")
    assert record["public_key"] == mine
    folder.write_json("signature.json", {**record, "public_key": signing.public_key(copy / "other.pub")})
    assert [d.where for d in signing.check(folder)] == ["signature.json"]
    folder.write_json("signature.json", {"schema": "x"})
    assert list(signing.check(folder))


@pytest.mark.parametrize("content", ["", "no key", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"])
def test_what_is_no_key_is_said(tmp_path: Path, content: str) -> None:
    path = tmp_path / "key.pem"
    path.write_text(content)
    with pytest.raises(UsageError):
        signing.private_key(path)
    with pytest.raises(UsageError):
        signing.public_key(path)


def test_a_page_by_itself_is_not_signed(tmp_path: Path) -> None:
    (tmp_path / "report.html").write_text("<!doctype html>\n")
    done = run("sign", "report.html", "--key", "key.pem", cwd=tmp_path)
    assert done.returncode == 2 and "this file lies in none" in done.stdout + done.stderr
