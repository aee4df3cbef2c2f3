"""One process at a time: a lock that the system frees when its holder ends, however it ends."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from chimera_report.tools.errors import StoreError, UsageError


@contextmanager
def held(path: Path, what: str, *, hint: str = "", wait_s: float = 0.0, remove: bool = False) -> Iterator[None]:
    """Hold the lock of this file, which afterwards stays or is removed. Raises UsageError where another process has it,
    StoreError where none can be made."""
    from filelock import FileLock, Timeout  # imports asyncio

    lock = FileLock(path)
    try:
        lock.acquire(timeout=wait_s)
    except Timeout:
        raise UsageError(f"{what} is in use by another process", where=str(path.parent), hint=hint) from None
    except OSError as exc:
        raise StoreError(f"cannot be locked ({exc.strerror})", where=str(path)) from exc
    try:
        yield
    finally:
        if remove:  # while it is held; who waits for it finds that it is gone, and makes another
            path.unlink(missing_ok=True)
        lock.release()


def is_held(path: Path) -> bool:
    """Whether a process holds the lock of this file at this moment."""
    if not path.exists():
        return False
    try:
        with held(path, ""):
            return False
    except (UsageError, StoreError):
        return True
