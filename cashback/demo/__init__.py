"""The demo's lender: what it had before cashback in each instance, and cashback on top of it in the demo itself."""

from typing import Any

from accounts.demo.people import LENDER, TENANTS_OF
from accounts.models import Tenant
from cashback.demo import instances
from cashback.demo.ledger import CashbackBooks
from cashback.demo.lending import tell_lending
from cashback.demo.points import tell_cashback
from cashback.models import Loan, LoanPayment
from operations.demo import demo

__all__ = ["instances", "load"]  # a part of the demo each


@demo(order=50)
def load(*, size: str, seed: int, using: str, ids: str, say: Any, **_: Any) -> None:
    """Write the lender of the small demo."""
    if LENDER not in TENANTS_OF[size]:
        return
    books = CashbackBooks(Tenant.objects.using(using).get(slug=LENDER), seed=seed, using=using, ids=ids)
    tell_lending(books)
    rows = tell_cashback(books)
    written = books.write()
    say(f"{LENDER}: {written[Loan]} loans, {written[LoanPayment]} payments on them, {rows} rows of points")
