"""Files that are there whole or not at all: a temporary name, flushed to disk, then renamed. Readable by their owner alone."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from accounts.errors import DomainError

OWNER_ONLY = 0o600


class CannotWrite(DomainError):
    """The folder or the disk does not take the file."""

    code = "cannot_write"


@contextmanager
def whole_or_nothing(target: Path) -> Iterator[Path]:
    """Yield a temporary file beside `target` that becomes it when the block ends well, and vanishes when it does not."""
    partial = target.with_name(f".{target.name}.partial")
    try:
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.close(os.open(partial, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, OWNER_ONLY))
        yield partial
        partial.chmod(OWNER_ONLY)
        _flush(partial)
        partial.replace(target)
        _flush(target.parent)
    except OSError as error:
        raise CannotWrite(
            f"Cannot write {target}: {error.strerror or error}. Nothing half-written was left. "
            "Make room, or name a folder that can be written to."
        ) from error
    finally:
        for leftover in (partial, Path(f"{partial}-journal"), Path(f"{partial}-wal"), Path(f"{partial}-shm")):
            if leftover.parent.is_dir():
                leftover.unlink(missing_ok=True)


def write_whole(target: Path, text: str) -> None:
    """Write a text file whole or not at all."""
    with whole_or_nothing(target) as partial:
        partial.write_text(text, encoding="utf-8")


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
