"""The figures in words: one line a measurement, side by side with what it is measured against, and whether its target is met."""

from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median
from typing import Any

from tests.bench.books import Books
from tests.bench.contestants import Race

MEGABYTE = 1_000_000
MOST_OF_BARE = {"time": 1.4, "random": 1.8}


@dataclass(frozen=True)
class Line:
    """One measurement. `is_met` is None where there is no target."""

    name: str
    figure: str
    against: str = ""
    target: str = ""
    is_met: bool | None = None

    @property
    def verdict(self) -> str:
        """Met, missed, or nothing."""
        return {True: "met", False: "MISSED", None: ""}[self.is_met]


def at_most(name: str, value: float, most: float, unit: str, against: str = "") -> Line:
    """A measurement that must not exceed its target."""
    return Line(name, f"{value:,.2f} {unit}", against, f"at most {most:g} {unit}", value <= most)


def lines_of_race(race: Race, orm_per_row: float) -> Iterable[Line]:
    """What one race showed."""
    bare, execute = median(race.bare_seconds), median(run.seconds for run in race.execute)
    per_row = execute / race.rows
    engine = median(run.answer["duration_seconds"] for run in race.execute)
    yield Line("one bare statement", f"{bare:.1f} s", f"{race.rows:,} rows changed")
    yield Line("execute, whole command", f"{execute:.1f} s", f"its run {engine:.1f} s, {race.batches} batches")
    yield at_most("execute : bare statement", execute / bare, MOST_OF_BARE[race.books.ids], "x", f"{bare:.1f} s")
    faster = orm_per_row / per_row
    by_orm = f"{orm_per_row * 1e6:,.0f} µs a row against {per_row * 1e6:,.0f}"
    yield Line("row by row with history : execute", f"{faster:,.1f} x", by_orm, "at least 25 x", faster >= 25)
    yield at_most("longest batch", race.longest_batch_seconds, 1, "s")
    peak = max(run.peak_bytes for run in race.execute) / MEGABYTE
    yield at_most("peak memory of the command", peak, 150, "MB", f"undo {race.undo.peak_bytes / MEGABYTE:.0f} MB")
    yield at_most("undo : execute", race.undo.seconds / execute, 1, "x", f"{race.undo.seconds:.1f} s")
    yield at_most("dry run : execute", race.dry_run.seconds / execute, 0.33, "x", f"{race.dry_run.seconds:.1f} s")


def line_of_tidy(books: Books, bare: float, execute: float, rows: int) -> Line:
    """The same two on books without a finding: what the engine costs when there is nothing to tell a person."""
    both = f"{execute:.1f} s against {bare:.1f}, {rows:,} rows changed"
    return at_most("without findings, execute : bare", execute / bare, MOST_OF_BARE[books.ids], "x", both)


def lines_of_growth(small: Race, large: Race) -> Iterable[Line]:
    """Whether ten times as many rows take ten times as long, and no more memory."""
    per_row = [race.execute[-1].answer["duration_seconds"] / race.rows for race in (small, large)]
    sizes = f"{small.books.payments:,} and {large.books.payments:,} payments"
    both = f"{per_row[0] * 1e6:.0f} and {per_row[1] * 1e6:.0f} µs a row at {sizes}"
    yield at_most("time a row : that of a tenth of the rows", per_row[1] / per_row[0], 1.25, "x", both)
    peaks = [max(run.peak_bytes for run in race.execute) / MEGABYTE for race in (small, large)]
    yield at_most("memory : that of a tenth of the rows", peaks[1] / peaks[0], 1.1, "x", f"{peaks[0]:.0f} MB")


def lines_of_readers(when: str, seen: dict[str, Any]) -> Iterable[Line]:
    """Accountability against hand-written SQL."""
    ratio = seen["selector_seconds"] / seen["by_hand_seconds"]
    both = f"{seen['selector_seconds'] * 1000:,.0f} ms against {seen['by_hand_seconds'] * 1000:,.0f}"
    yield at_most(f"accountability : by hand, {when}", ratio, 2, "x", f"{both}, {seen['payments']:,} payments")
    yield at_most(f"accountability, queries, {when}", seen["queries"], 8, "queries")


def lines_of_lists(seen: dict[str, dict[str, Any]]) -> Iterable[Line]:
    """The admin's lists: the one with most queries, and the slowest."""
    most = max(seen, key=lambda name: seen[name]["queries"])
    slowest = max(seen, key=lambda name: seen[name]["seconds"])
    yield at_most("admin lists, most queries", seen[most]["queries"], 6, "queries", f"{most}, of {len(seen)} lists")
    full = sum(page["full_counts"] for page in seen.values())
    with_full = ", ".join(name for name in seen if seen[name]["full_counts"])
    yield at_most("admin lists, full counts", full, 0, "counts", with_full)
    yield Line("admin lists, slowest", f"{seen[slowest]['seconds'] * 1000:,.0f} ms", slowest)


MOST_OF_BY_HAND = {"summary": 1.3, "page": 2, "deep page": 2}


def lines_of_finance(seen: dict[str, dict[str, Any]]) -> Iterable[Line]:
    """The finance summary and the invoice list against hand-written SQL; search has a figure and no target."""
    for name, part in seen.items():
        both = (
            f"{part['seconds'] * 1000:,.0f} ms against {part['by_hand_seconds'] * 1000:,.0f}, {part['rows']:,} invoices"
        )
        ratio = part["seconds"] / part["by_hand_seconds"]
        if name in MOST_OF_BY_HAND:
            yield at_most(f"invoices, {name} : by hand", ratio, MOST_OF_BY_HAND[name], "x", both)
        else:
            yield Line(f"invoices, {name} : by hand", f"{ratio:,.2f} x", both)
        yield at_most(f"invoices, {name}, queries", part["queries"], 6, "queries")


def text_of(lines: list[Line]) -> str:
    """A table of Markdown, which is also readable in a terminal."""
    rows = [("Measurement", "Figure", "Against", "Target", "")]
    rows += [(line.name, line.figure, line.against, line.target, line.verdict) for line in lines]
    widths = [max(len(row[column]) for row in rows) for column in range(5)]
    rows.insert(1, tuple("-" * width for width in widths))
    return "\n".join(
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in rows
    )
