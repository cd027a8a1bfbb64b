"""How a loan came to where it stands: the days, what accrued in them, and what was paid, line by line."""

from django.utils import timezone

from accounts.admin import linked
from billing.admin.glance import Column, Glance
from billing.admin.money import money
from cashback.models import Loan
from cashback.selectors.loans import StatementLine, statement_of

MOST_ROWS = 50
COLUMNS = [
    Column("Day"),
    Column("Days"),
    Column("Interest accrued", is_money=True),
    Column("Interest paid", is_money=True),
    Column("Principal paid", is_money=True),
    Column("Principal left", is_money=True),
    Column("Interest due", is_money=True),
]


def statement_glance(loan: Loan) -> Glance:
    """The loan's statement until today, or its last lines: what waits or was rejected is not in it."""
    if loan.status == Loan.Status.DELETED:
        return Glance("Statement", COLUMNS, [], empty="The loan was deleted: nothing was lent.")
    lines = statement_of(loan, as_of=loan.tenant.day_of(timezone.now()))
    shown = lines[-MOST_ROWS:]
    foot = f"The last {MOST_ROWS} of {len(lines)} lines." if len(lines) > MOST_ROWS else ""
    return Glance("Statement", COLUMNS, [_cells(line, loan) for line in shown], foot)


def _cells(line: StatementLine, loan: Loan) -> list[object]:
    day = f"{line.on:%-d %b %Y}"
    paid = line.payment
    return [
        linked(paid, day) if paid else day,
        line.days,
        money(line.interest_accrued_cents, loan.currency),
        money(paid.interest_cents, loan.currency) if paid else "",
        money(paid.principal_cents, loan.currency) if paid else "",
        money(line.principal_left_cents, loan.currency),
        money(line.interest_due_cents, loan.currency),
    ]
