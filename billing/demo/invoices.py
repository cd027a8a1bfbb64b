"""The small demo's invoices: the members' fees of an old system in every state that it could leave, and new ones beside them.

The distributor's are plain, and no payment is added to its books, whose figures the runbook of the payment routes tells. The
dairy's old invoices are every case that the allocation backfill must decide, each with its story in a word.
"""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any, Final

from accounts.demo.people import DISTRO, LARKFIELD
from accounts.models import Tenant
from billing.demo.bills import Bills

FIRST_DAY: Final = date(2025, 11, 10)
NEW_SYSTEM: Final = date(2026, 1, 14)
FEE: Final = 4800
HALF: Final = FEE // 2

# status, payments (cents, fields), fields of the invoice
OLD_CASES: Final[dict[str, tuple[str, list[tuple[int, dict[str, Any]]], dict[str, Any]]]] = {
    "paid, no payment known": ("PAID", [], {"paid": 9}),
    "paid by one payment": ("PAID", [(FEE, {})], {"paid": 9}),
    "paid by two": ("PAID", [(HALF, {}), (HALF, {"channel": "CARD"})], {"paid": 12}),
    "paid, a part known": ("PAID", [(HALF, {})], {"paid": 12}),
    "paid too much": ("PAID", [(FEE + 700, {})], {"paid": 9}),
    "paid, only a failed payment": ("PAID", [(FEE, {"status": "FAILED"})], {"paid": 9}),
    "paid, nobody knows when": ("PAID", [], {}),
    "part-paid, no payment known": ("PARTIALLY_PAID", [], {}),
    "part-paid by one": ("PARTIALLY_PAID", [(HALF, {})], {}),
    "part-paid by two": ("PARTIALLY_PAID", [(1000, {}), (700, {"channel": "MOBILE_MONEY"})], {}),
    "part-paid, in truth paid": ("PARTIALLY_PAID", [(FEE, {})], {"paid": 15}),
    "issued, half is paid": ("ISSUED", [(HALF, {})], {}),
    "issued, late by now": ("ISSUED", [], {}),
    "overdue": ("OVERDUE", [], {"due_at": None}),
    "overdue, in truth paid": ("OVERDUE", [(FEE, {})], {}),
    "draft": ("DRAFT", [], {"issued_at": None}),
    "void": ("VOID", [], {}),
    "void with a payment": ("VOID", [(FEE, {})], {}),
    "failed": ("FAILED", [], {}),
    "over nothing": ("PAID", [], {"total": 0}),
    "paid by another customer": ("ISSUED", [(FEE, {"by": 1})], {}),
    "in euro": ("ISSUED", [(HALF, {})], {"currency": "EUR"}),
    "deleted": ("ISSUED", [], {"deleted": True}),
    "event, old spelling": ("PAID", [(FEE, {})], {"source": "EVT", "description": "Harvest supper", "paid": 9}),
    "donation": ("ISSUED", [], {"source": "Don", "description": "New bell for the church"}),
    "no source": ("ISSUED", [(100, {})], {"source": ""}),
}


def load_invoices(slug: str, *, seed: int, using: str, ids: str, say: Callable[[str], Any]) -> None:
    """Write the invoices of one small business."""
    bills = Bills(Tenant.objects.using(using).get(slug=slug), seed=seed, using=using, ids=ids)
    if slug == DISTRO:
        _distributor(bills)
    if slug == LARKFIELD:
        for number, case in enumerate(OLD_CASES):
            _old_case(bills, number, case)
        _new_system(bills)
    say(f"{slug}: {bills.write()} invoices")


def _old_case(bills: Bills, number: int, case: str) -> None:
    status, payments, given = OLD_CASES[case]
    fields = dict(given)
    on = FIRST_DAY + timedelta(days=2 * number)
    paid_after, total = fields.pop("paid", None), fields.pop("total", FEE)
    if paid_after:
        fields["paid_at"] = bills.at(on + timedelta(days=paid_after), 15)
    if fields.pop("deleted", False):
        fields["deleted_at"] = bills.at(on + timedelta(days=1))
    customer = bills.customers[number % len(bills.customers)]
    invoice = bills.old(customer, on=on, cents=total, status=status, **fields)
    for part, (cents, about) in enumerate(payments):
        values = dict(about)
        by = bills.customers[(number + values.pop("by", 0)) % len(bills.customers)]
        bills.old_payment(invoice, on=on + timedelta(days=9 + 3 * part), cents=cents, by=by, **values)


def _new_system(bills: Bills) -> None:
    """What the office of the dairy has done in this system: paid, part-paid, corrected, given up, void, and a draft."""
    customers, day = bills.customers, NEW_SYSTEM
    stall = [("Stall at the winter fair", 6000)]
    paid, part, late = (bills.issue(customers[n], on=day, source="EVENT", lines=stall) for n in (0, 0, 1))
    bills.pay([(paid, 6000), (part, 2500)], on=day + timedelta(days=3), cents=9000, channel="BANK_TRANSFER")
    fees = [("Milk book, yearly fee", FEE), ("Crate deposit", 1500)]
    corrected = bills.issue(customers[2], on=day + timedelta(days=1), source="DUES", lines=fees)
    bills.pay([(corrected, FEE)], on=day + timedelta(days=4), cents=FEE)
    note = {"kind": "CREDIT_NOTE", "cents": 2000, "pays": 1500, "reason": "The crate was never delivered"}
    bills.credit(corrected, on=day + timedelta(days=5), **note)
    given_up = bills.issue(customers[3], on=day + timedelta(days=1), source="DUES", lines=fees[:1])
    written_off = {"kind": "WRITE_OFF", "cents": FEE, "pays": FEE, "reason": "Shop closed, owner moved away"}
    bills.credit(given_up, on=day + timedelta(days=10), **written_off)
    bills.credit(late, on=day + timedelta(days=6), kind="GOODWILL", cents=500, pays=0, reason="Sour milk at Christmas")
    wrong = bills.issue(customers[4], on=day + timedelta(days=2), source="DONATION", lines=[("Bell fund", 2500)])
    bills.void(wrong, on=day + timedelta(days=3), reason="Pledged, not given")
    bills.draft(customers[5], on=day + timedelta(days=12), source="DUES", lines=fees)


def _distributor(bills: Bills) -> None:
    """Shelf fees, some long overdue, some paid as the old system says; none of it with a payment."""
    for number, customer in enumerate(bills.customers[:12]):
        on = FIRST_DAY + timedelta(days=6 * number)
        status = ("ISSUED", "PAID", "OVERDUE", "ISSUED", "VOID", "PAID")[number % 6]
        paid_at = bills.at(on + timedelta(days=8), 15) if status == "PAID" else None
        fee = 150_000 + 25_000 * (number % 4)
        about = {"paid_at": paid_at, "source": "OTHER", "description": "Shelf fee"}
        bills.old(customer, on=on, cents=fee, status=status, **about)
