"""Invoicing a period for one customer: everything delivered and not billed yet, and the credit sales that ask for themselves.

Meera got a litre a day in January, each at 40.00: on 1 February her invoice asks for 31 lines, 1,240.00. A delivery of 30 January
that is confirmed only now goes on February's invoice, as a line of its own: "2026-01-30 Milk, delivered before this period".
January cannot be invoiced again while that invoice stands: whoever tries is told its number. Periods may overlap, because a
period says only up to which day to look: what a live invoice bills is billed, and no second one finds it.
"""

from datetime import date, datetime
from typing import Any

from accounts.errors import Conflict, RuleBroken
from accounts.locks import locked
from accounts.models import Tenant, User
from accounts.roles import OFFICE
from accounts.unit_of_work import unit_of_work
from billing.models import Customer, Invoice
from billing.rules.invoice_due import issue_date
from billing.rules.period import Period
from billing.services import draft_invoice, issue_invoice
from billing.services.checks import check_moment
from billing.services.holding import hold
from billing.services.invoices import DUE_IN_DAYS
from routes.services import check_staff
from subscriptions.models import DELIVERY
from subscriptions.selectors.billable import billable_deliveries, billable_sales, invoices_of_period, with_line

LINE_COLUMNS = ("pk", "line_description", "quantity", "unit_price_cents", "tax_rate_bps", "total_cents")


class PeriodIsInvoiced(Conflict):
    """The customer has an invoice of exactly this period."""

    code = "period_is_invoiced"


class PeriodIsNotOver(RuleBroken):
    """The period reaches into days on which nothing was delivered yet."""

    code = "period_is_not_over"


class NothingToBill(RuleBroken):
    """Nothing of the customer is unbilled up to the end of the period, or nothing that costs anything."""

    code = "nothing_to_bill"


@unit_of_work
def invoice_period(
    *,
    actor: User | None,
    customer: Customer,
    period_start: date,
    period_end: date,
    now: datetime,
    issued_at: datetime | None = None,
    due_in_days: int = DUE_IN_DAYS,
) -> Invoice:
    """Issue the customer's invoice of a period: a line for each unbilled delivery and credit sale up to its end.

    What is paid of those sales moves to the invoice. *Raises* PeriodIsInvoiced, NothingToBill, PeriodIsNotOver, PeriodReversed,
    DueDateRefused, NotAnAmount.
    """
    check_staff(actor, customer.tenant_id, roles=OFFICE)
    tenant = customer.tenant
    period = check_period(
        period_start, period_end, tenant=tenant, issued_at=check_moment(issued_at or now, name="issued_at")
    )
    asking = billable_sales(tenant, period).filter(customer=customer)
    held = hold(customer_id=customer.pk, sales=asking.values_list("pk", flat=True))
    check_not_invoiced(customer, period)
    sales = list(asking.filter(pk__in=held.sales).order_by("sold_at", "pk"))
    lines = [*delivery_lines(tenant, period, customer), *sales]
    draft = draft_invoice(
        actor=actor,
        customer=customer,
        source=Invoice.Source.SALES,
        lines=_check_lines(lines, customer, period),
        period_start=period.first,
        period_end=period.last,
        bills_period=True,
    )
    return issue_invoice(actor=actor, invoice=draft, now=now, issued_at=issued_at, due_in_days=due_in_days)


def check_period(first: date, last: date, *, tenant: Tenant, issued_at: datetime) -> Period:
    """Return the period, which is over or ends on the day of the issue. *Raises* PeriodReversed, PeriodIsNotOver."""
    period, today = Period(first, last), issue_date(issued_at, tenant.zone)
    if last > today:
        raise PeriodIsNotOver(
            f"The period runs until {last}, but in {tenant.timezone} it is {today}. Choose a period that is over, or that ends "
            "today at the latest.",
            fields={"period_end": [f"At the latest {today}."]},
        )
    return period


def check_not_invoiced(customer: Customer, period: Period) -> None:
    """Let pass a held customer without an invoice of this period. *Raises* PeriodIsInvoiced, which names it."""
    if invoice := invoices_of_period(customer.tenant, period).filter(customer=customer).first():
        raise PeriodIsInvoiced(
            f"Invoice {invoice} ({invoice.pk}) bills {customer} for {period.first} to {period.last} already. What was delivered "
            "since goes on the next invoice; or delete that one first."
        )


def delivery_lines(tenant: Tenant, period: Period, customer: Customer) -> list[dict[str, Any]]:
    """The lines that bill a held customer's deliveries, by day; these are held too, so that none is corrected meanwhile."""
    deliveries = billable_deliveries(tenant, period).filter(customer=customer)
    keys = [delivery.pk for delivery in locked(deliveries)]
    described = with_line(deliveries.filter(pk__any_of=keys), period).order_by("delivery_date", "slot", "pk")
    return [_line(row) for row in described.values(*LINE_COLUMNS)]


def _line(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "description": row["line_description"],
        "quantity": row["quantity"],
        "unit_price_cents": row["unit_price_cents"],
        "tax_rate_bps": row["tax_rate_bps"],
        "total_cents": row["total_cents"],
        "source_kind": DELIVERY,
        "source_id": row["pk"],
    }


def _check_lines(lines: list[Any], customer: Customer, period: Period) -> list[Any]:
    if not any(line["total_cents"] if isinstance(line, dict) else line.net_cents for line in lines):
        found = f"{len(lines)} deliveries that cost nothing" if lines else "nothing"
        raise NothingToBill(
            f"Up to {period.last} {customer} has {found} to bill. Confirm the deliveries first, or choose another period."
        )
    return lines
