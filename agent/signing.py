"""Signatures of reports: ed25519 (RFC 8032). `signature.json` signs the files of a folder, a page carries its own.

A signature says who stands behind a report; that its numbers hold, `verify` computes by itself.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chimera_report.agent import differences as differ
from chimera_report.tools.errors import UsageError
from chimera_report.tools.store import RunFolder

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

SCHEMA = "chimera-report/signature/1"
FILE = "signature.json"
_LINE = re.compile(r"<!-- ed25519 ([A-Za-z0-9+/]{43}=) ([A-Za-z0-9+/]{86}==) -->\n\Z")


def private_key(path: Path) -> Ed25519PrivateKey:
    """A key in PEM, as `openssl genpkey -algorithm ed25519` makes it. Raises UsageError."""
    _cryptography()
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except OSError as exc:
        raise UsageError(f"the key cannot be read ({exc.strerror})", where=str(path)) from exc
    except (ValueError, TypeError, UnsupportedAlgorithm) as exc:
        raise UsageError(
            "this is no key to sign with, or it has a password",
            where=str(path),
            hint="Make one: openssl genpkey -algorithm ed25519 -out key.pem",
        ) from exc
    if not isinstance(key, Ed25519PrivateKey):
        raise UsageError("this is a key of another kind than ed25519", where=str(path))
    return key


def public_key(path: Path) -> str:
    """The public key in a PEM file, or in base64, as signatures name it. Raises UsageError."""
    _cryptography()
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    try:
        data = path.read_bytes()
    except OSError as exc:
        raise UsageError(f"the key cannot be read ({exc.strerror})", where=str(path)) from exc
    text = data.decode("ascii", "replace").strip()
    if re.fullmatch(r"[A-Za-z0-9+/]{43}=", text):
        return text
    try:
        key = load_pem_public_key(data)
    except (ValueError, TypeError, UnsupportedAlgorithm) as exc:
        raise UsageError(
            "this is no public key",
            where=str(path),
            hint="Take it from yours: openssl pkey -in key.pem -pubout -out key.pub",
        ) from exc
    if not isinstance(key, Ed25519PublicKey):
        raise UsageError("this is a key of another kind than ed25519", where=str(path))
    return base64.b64encode(key.public_bytes_raw()).decode()


def sign(folder: RunFolder, key: Path) -> str:
    """Sign the page and the files of a finished report; returns the public key. Raises UsageError, StoreError."""
    private = private_key(key)
    public = base64.b64encode(private.public_key().public_bytes_raw()).decode()
    if folder.has("report.html"):
        text = _LINE.sub("", differ.text(folder, "report.html"))
        made = base64.b64encode(private.sign(_page_message(text))).decode()
        folder.write("report.html", (text + f"<!-- ed25519 {public} {made} -->\n").encode("utf-8", "surrogateescape"))
    files = dict(_hashes(folder))
    record = {"schema": SCHEMA, "algorithm": "ed25519", "public_key": public, "files": files}
    record["signature"] = base64.b64encode(private.sign(_message(files))).decode()
    folder.write_json(FILE, record)
    return public


def check(folder: RunFolder, wanted: str = "") -> Iterator[differ.Difference]:
    """What does not hold of a folder's signature. `wanted` is the key that has to have made it, "" for any.

    Yields nothing where there is no signature and none is wanted.
    """
    if not folder.has(FILE):
        if wanted:
            yield differ.told("signature", FILE, "a signature", "no such file")
        return
    record = folder.read_json(FILE)
    files = record.get("files") if isinstance(record, dict) else None
    if not isinstance(files, dict) or record.get("schema") != SCHEMA:
        yield differ.told("signature", FILE, f"a record of {SCHEMA}", "something else")
        return
    public = str(record.get("public_key", ""))
    if not _holds(public, str(record.get("signature", "")), _message(files)):
        yield differ.told("signature", FILE, "a signature of these files", "one that does not fit them")
    if wanted and public != wanted:
        yield differ.told("signature", FILE, f"signed by {wanted}", f"signed by {public}")
    here = dict(_hashes(folder))
    for name in sorted({*here, *map(str, files)}):
        if here.get(name) != files.get(name):
            given = "no such file" if name not in here else f"sha256 {here[name]}"
            yield differ.told("signature", name, f"sha256 {files[name]}" if name in files else "a signed file", given)


def check_page(text: str, wanted: str = "") -> Iterator[differ.Difference]:
    """What does not hold of a page's own signature."""
    found = _LINE.search(text)
    if found is None:
        if wanted:
            yield differ.told("signature", "report.html last line", "a signature", "none")
        return
    if not _holds(found[1], found[2], _page_message(text[: found.start()])):
        yield differ.told("signature", "report.html last line", "a signature of this page", "one that does not fit it")
    if wanted and found[1] != wanted:
        yield differ.told("signature", "report.html last line", f"signed by {wanted}", f"signed by {found[1]}")


def signer(folder: RunFolder | None, text: str = "") -> str:
    """Whose signature a folder or a page carries, "" for none. Whether it holds, `check` says."""
    if folder is not None and folder.has(FILE):
        record: Any = folder.read_json(FILE)
        return str(record.get("public_key", "")) if isinstance(record, dict) else ""
    found = _LINE.search(text)
    return found[1] if found else ""


def unsigned(text: str) -> str:
    """A page without its signature."""
    return _LINE.sub("", text)


def _hashes(folder: RunFolder) -> Iterator[tuple[str, str]]:
    for path in sorted(folder.path.rglob("*")):
        name = path.relative_to(folder.path).as_posix()
        if path.is_file() and not path.is_symlink() and name != FILE and not name.startswith(".work/"):
            yield name, hashlib.sha256(path.read_bytes()).hexdigest()


def _message(files: dict[str, Any]) -> bytes:
    return json.dumps([SCHEMA, files], sort_keys=True, separators=(",", ":")).encode()


def _page_message(text: str) -> bytes:
    digest = hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()
    return f"{SCHEMA} page {digest}".encode()


def _holds(public: str, made: str, message: bytes) -> bool:
    _cryptography()
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        key = Ed25519PublicKey.from_public_bytes(base64.b64decode(public, validate=True))
        key.verify(base64.b64decode(made, validate=True), message)
    except (ValueError, binascii.Error, InvalidSignature):
        return False
    return True


def _cryptography() -> None:
    try:
        import cryptography  # noqa: F401
    except ImportError as exc:
        raise UsageError(
            "signatures need the package cryptography", hint="Install it: pip install 'chimera-report[sign]'."
        ) from exc
