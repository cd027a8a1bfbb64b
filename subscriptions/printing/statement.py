"""A customer's statement on paper: opening, each event, closing; what is owed, or that nothing is."""

from datetime import date, datetime
from typing import Any

from billing.models import Customer
from billing.money import grouped
from billing.printing.paper import Column, Paper, amount, quantity
from billing.selectors.account_events import INVOICE

COLUMNS = (
    Column("Day", 2.6),
    Column("What", 5.4),
    Column("Quantity", 1.9, is_number=True),
    Column("Owed", 3.2, is_number=True),
    Column("Paid", 3.2, is_number=True),
    Column("Balance", 4.3, is_number=True),
)


def printed_statement(statement: dict[str, Any], customer: Customer, *, now: datetime) -> bytes:
    """Print the answer of `statement_of`. *Money*: in units of currency; a balance below nothing is the customer's credit."""
    currency, tenant = statement["currency"], customer.tenant
    letters = "".join([customer.name, customer.address, *(line["text"] for line in statement["lines"])])
    paper = Paper(
        title=f"Statement of account, {customer.number}",
        business=tenant.name,
        letters=letters,
        made=f"Printed {_day(tenant.day_of(now))}",
    )
    paper.facts(
        [
            ("Customer", f"{customer.name} ({customer.number})"),
            ("Address", customer.address),
            ("Phone", customer.phone),
            ("Period", _period(statement["from"], statement["to"])),
        ]
    )
    opening = ("", "Opening balance", "", "", "", amount(statement["opening_cents"], currency))
    sums = (grouped(statement["charged_cents"], currency), grouped(statement["paid_cents"], currency))
    closing = ("", "Closing balance", "", *sums, amount(statement["closing_cents"], currency))
    paper.listing(COLUMNS, [opening, *(_row(line, currency) for line in statement["lines"])], foot=[closing])
    paper.words(notice(statement["closing_cents"], currency), bold=True)
    paper.words("An invoice is told for information: its deliveries and sales are counted on their own days.")
    return paper.done()


def notice(closing_cents: int, currency: str) -> str:
    """What the closing balance means.

    >>> notice(1250, "BDT"), notice(0, "BDT"), notice(-300, "BDT")
    ('To pay: 12.50 BDT.', 'The account is even: nothing is to pay.', "In credit: 3.00 BDT are the customer's.")
    """
    if closing_cents > 0:
        return f"To pay: {amount(closing_cents, currency)}."
    if closing_cents < 0:
        return f"In credit: {amount(-closing_cents, currency)} are the customer's."
    return "The account is even: nothing is to pay."


def _row(line: dict[str, Any], currency: str) -> tuple[str, ...]:
    text = line["text"]
    if line["kind"] == INVOICE and line["informs_cents"] is not None:
        text = f"{text}: {amount(line['informs_cents'], currency)}"
    return (
        _day(line["day"]),
        text,
        "" if line["quantity"] is None else quantity(line["quantity"]),
        _unless_nothing(line["charged_cents"], currency),
        _unless_nothing(line["paid_cents"], currency),
        amount(line["balance_cents"], currency),
    )


def _unless_nothing(cents: int, currency: str) -> str:
    return grouped(cents, currency) if cents else ""


def _period(first: date | None, last: date | None) -> str:
    if first and last:
        return f"{_day(first)} to {_day(last)}"
    if first:
        return f"from {_day(first)}"
    return f"up to {_day(last)}" if last else "from the beginning to now"


def _day(day: date) -> str:
    return f"{day:%-d %b %Y}"
