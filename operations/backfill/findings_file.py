"""The findings of a run as a CSV file: whole or not at all, with clear words when the disk does not take it."""

import os
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import TextIO

from accounts.errors import Conflict


class FindingsNotWritten(Conflict):
    """The file could not be written; the findings themselves are safe in the database."""

    code = "findings_not_written"


def write_findings_file(lines: Iterable[str], path: Path) -> int:
    """Write the lines to a file beside `path` and put it in place when it is whole; returns how many findings it holds.

    *Raises* FindingsNotWritten, with nothing left behind.
    """
    try:
        if path.exists() and not path.is_file():  # a pipe or a device: nothing to put in place
            with path.open("w", encoding="utf-8", newline="") as file:
                return _write(lines, file)
        return _write_whole(lines, path)
    except OSError as error:
        raise FindingsNotWritten(
            f"{path}: {error.strerror or error}. The findings are safe in the database. Make room or name another --out, "
            "then run this again."
        ) from error


def _write_whole(lines: Iterable[str], path: Path) -> int:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            count = _write(lines, file)
            os.fsync(handle)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return count


def _write(lines: Iterable[str], file: TextIO) -> int:
    count = -1  # the head line is no finding
    for line in lines:
        file.write(line)
        count += 1
    file.flush()
    return max(count, 0)
