"""The figures that a migration must not change: totals by source and status, and what is paid and left of every invoice.

Taken before and after, at the same moment of the books (`as_of`): an invoice that became overdue in between is no difference.
One invoice is one line, in the order of ids: a million of them are compared without being held in memory.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from accounts.models import Tenant
from billing.models import Invoice

FIGURES = ("invoices", "total_cents", "paid_cents", "balance_cents")
Line = dict[str, Any]


def invoice_lines(*, tenant: Tenant | None, as_of: datetime, using: str) -> Iterator[Line]:
    """One line for each live invoice, by id: `tenant`, `source`, `currency`, `status` at that moment, and its money.

    *Money*: cents, never added over currencies; `paid_cents` and `balance_cents` by the one definition that reports use.
    """
    invoices = Invoice.objects.using(using).of_tenant(tenant).live().with_status(as_of).order_by("pk")
    names = ("pk", "number", "tenant__slug", "source", "currency", "computed_status", "total_cents", "paid_cents")
    for row in invoices.values(*names, "balance_now_cents").iterator(chunk_size=2000):
        yield {
            "id": str(row["pk"]),
            "number": row["number"],
            "tenant": row["tenant__slug"],
            "source": row["source"],
            "currency": row["currency"],
            "status": row["computed_status"],
            "total_cents": row["total_cents"],
            "paid_cents": row["paid_cents"],
            "balance_cents": row["balance_now_cents"],
        }


class Totals:
    """Adds lines up as they pass: by tenant and currency, and there by source and status."""

    def __init__(self) -> None:
        self.sums: dict[str, dict[str, int]] = defaultdict(lambda: dict.fromkeys(FIGURES, 0))

    def passing(self, lines: Iterable[Line]) -> Iterator[Line]:
        """Give the lines on, and add each up."""
        for line in lines:
            place = f"{line['tenant']} {line['currency']}"
            for name in (place, f"{place} {line['source']} {line['status']}"):
                sums = self.sums[name]
                sums["invoices"] += 1
                for figure in FIGURES[1:]:
                    sums[figure] += line[figure]
            yield line

    def as_json(self) -> dict[str, dict[str, int]]:
        """The sums by name, sorted."""
        return {name: dict(self.sums[name]) for name in sorted(self.sums)}


def differing_totals(before: dict[str, dict[str, int]], after: dict[str, dict[str, int]]) -> Iterator[dict[str, Any]]:
    """The figures that differ between two sets of totals: `where`, `figure`, `before`, `after`."""
    nothing = dict.fromkeys(FIGURES, 0)
    for where in sorted(before.keys() | after.keys()):
        then, today = before.get(where, nothing), after.get(where, nothing)
        for figure in FIGURES:
            if then[figure] != today[figure]:
                yield {"where": where, "figure": figure, "before": then[figure], "after": today[figure]}


def differing_lines(before: Iterable[Line], after: Iterable[Line]) -> Iterator[dict[str, Any]]:
    """The invoices that differ, both sides in the order of ids.

    >>> line = {"id": "1", "number": "A", "status": "PAID", "total_cents": 9, "paid_cents": 9, "balance_cents": 0}
    >>> list(differing_lines([line], [{**line, "paid_cents": 8}]))
    [{'where': 'invoice A', 'figure': 'paid_cents', 'before': 9, 'after': 8}]
    >>> list(differing_lines([line], []))
    [{'where': 'invoice A', 'figure': 'invoices', 'before': 1, 'after': 0}]
    """
    then_lines, today_lines = iter(before), iter(after)
    then, today = next(then_lines, None), next(today_lines, None)
    while then or today:
        if today is None or (then is not None and then["id"] < today["id"]):
            yield _missing(then, 1, 0)
            then = next(then_lines, None)
        elif then is None or today["id"] < then["id"]:
            yield _missing(today, 0, 1)
            today = next(today_lines, None)
        else:
            for figure in ("status", *FIGURES[1:]):
                if then[figure] != today[figure]:
                    where = f"invoice {today['number'] or today['id']}"
                    yield {"where": where, "figure": figure, "before": then[figure], "after": today[figure]}
            then, today = next(then_lines, None), next(today_lines, None)


def _missing(line: Line | None, before: int, after: int) -> dict[str, Any]:
    known = line or {}
    return {
        "where": f"invoice {known['number'] or known['id']}",
        "figure": "invoices",
        "before": before,
        "after": after,
    }
