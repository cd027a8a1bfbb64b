"""Accounting records in a file: JSON lines or CSV, read line by line, so that memory does not grow with the file."""

import csv
import json
from collections.abc import Iterator
from typing import Any, BinaryIO

from operations.management.targets import Refused
from subscriptions.rules.usage_packet import FIELDS
from subscriptions.services.usage import Unreadable

LONGEST_LINE = 65_536


def entries_of(file: BinaryIO) -> Iterator[Any]:
    """Yield each record of a file, or `Unreadable`; whether it is CSV is seen by its first line. *Raises* Refused."""
    lines = _lines(file)
    first = next(lines, "")
    if isinstance(first, str) and not first.lstrip().startswith("{") and first:
        yield from _of_csv(first, lines)
        return
    for line in [first] if first else []:
        yield _of_json(line)
    for line in lines:
        yield _of_json(line)


def _lines(file: BinaryIO) -> Iterator[str | Unreadable]:
    """Yield each line that has something, without its end; one that is too long is passed over and said."""
    while read := file.readline(LONGEST_LINE):
        text = read.decode("utf-8-sig", errors="replace").strip("\r\n")
        if len(read) == LONGEST_LINE and not read.endswith(b"\n"):
            while (rest := file.readline(LONGEST_LINE)) and not rest.endswith(b"\n"):
                pass
            yield Unreadable(text, f"The line is longer than {LONGEST_LINE:,} bytes.")
        elif text.strip():
            yield text


def _of_json(line: str | Unreadable) -> Any:
    if isinstance(line, Unreadable):
        return line
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return Unreadable(line, "The line is not JSON.")


def _of_csv(head: str, lines: Iterator[str | Unreadable]) -> Iterator[Any]:
    names = _names(head)
    if missing := [name for name in FIELDS if name not in names]:
        raise Refused(
            "The file is neither JSON lines nor CSV with a first line of names: "
            f"{', '.join(missing)} {'is' if len(missing) == 1 else 'are'} missing there. Nothing was taken."
        )
    for line in lines:
        yield line if isinstance(line, Unreadable) else _of_csv_line(names, line)


def _names(head: str) -> list[str]:
    try:
        return [name.strip() for name in next(csv.reader([head]))]
    except csv.Error:  # no text at all: a packed file, a picture
        return []


def _of_csv_line(names: list[str], line: str) -> Any:
    try:
        values = next(csv.reader([line], strict=True))
    except csv.Error:
        return Unreadable(line, "The line is not CSV.")
    if len(values) != len(names):
        return Unreadable(line, f"The line has {len(values)} values, and the first line has {len(names)} names.")
    return dict(zip(names, values, strict=True))
