"""Pages of loans: what was lent to whom, what came back, who earns cashback on it, and who looks after it."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from unfold.decorators import display

from accounts.admin import Card, Figure, FollowedLink, Link, State, StoryLine, linked, page_of, when
from accounts.words import counted
from billing.admin.glance import Column, Glance
from billing.admin.money import grouped, money, subtraction
from cashback.admin.config_glances import assignment_glance, config_glance
from cashback.admin.ledger_words import story_lines
from cashback.admin.loan_statement import statement_glance
from cashback.admin.people import points_page
from cashback.admin.points import PointsAdmin
from cashback.admin.states import loan_state, payment_state
from cashback.models import CashbackTransaction, Loan, LoanPayment
from cashback.selectors.loans import figures_of

MOST_ROWS = 50
PERCENT = 100


@admin.register(Loan)
class LoanAdmin(PointsAdmin):
    """Loans: opened, paid and closed by services, never edited as rows."""

    list_before_template = "cashback/ways_before.html"
    list_display = ["number", "loan_name", "borrower", "principal", "remaining", "rate", "started_on", "state"]
    list_filter = ["status", "loan_type", ("customer", FollowedLink)]
    list_select_related = ["customer"]
    search_fields = ["number__exact", "id__exact", "customer__email__exact", "loan_name__startswith"]
    search_help_text = "A whole loan number or the borrower's e-mail, or how the loan's name begins."
    story_skips = {"remaining_principal_cents", "interest_paid_cents"}
    empty_says = "Open the first loan with the button above."

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        ways = [("Open a loan", reverse("admin:cashback-open-loan"), True)]
        may = request.user.has_perm("cashback.open_loan")
        return super().changelist_view(request, {**(extra_context or {}), "ways": ways if may else []})

    def card(self, request: HttpRequest, row: Loan) -> Card:
        return Card(
            what=in_a_sentence(row),
            state=loan_state(row),
            figures=figures(row),
            sum_shown=subtraction(
                (row.principal_cents, row.principal_cents - row.remaining_principal_cents),
                row.remaining_principal_cents,
                row.currency,
            ),
            links=links(row),
        )

    def glances(self, request: HttpRequest, row: Loan) -> list[Glance]:
        return [
            payments_glance(row),
            statement_glance(row),
            config_glance(row, request.user),
            assignment_glance(row, request.user),
        ]

    def happenings(self, request: HttpRequest, row: Loan) -> Iterable[StoryLine]:
        return story_lines(CashbackTransaction.objects.filter(related_loan=row), None)

    @display(description="Borrower")
    def borrower(self, row: Loan) -> str:
        return str(row.customer)

    @display(description="Lent")
    def principal(self, row: Loan) -> str:
        return money(row.principal_cents, row.currency)

    @display(description="Still to come back")
    def remaining(self, row: Loan) -> str:
        return money(row.remaining_principal_cents, row.currency)

    @display(description="A year")
    def rate(self, row: Loan) -> str:
        return rate_in_words(row)

    @display(description="State")
    def state(self, row: Loan) -> State:
        return loan_state(row)


def rate_in_words(loan: Loan) -> str:
    """The yearly rate.

    Example: "12 %".
    """
    return f"{loan.interest_rate * PERCENT:.4f}".rstrip("0").rstrip(".") + " %"


def in_a_sentence(loan: Loan) -> str:
    """What the loan is."""
    closed = f" Paid back on {when(loan.closed_at)}." if loan.closed_at and loan.status == Loan.Status.CLOSED else ""
    return (
        f"{loan.loan_name}: lent to {loan.customer} on {loan.started_on:%-d %B %Y} at {rate_in_words(loan)} a year, "
        f"{loan.get_day_count_display().lower()}; {loan.get_loan_type_display().lower()}, paid "
        f"{loan.get_payment_frequency_display().lower()}.{closed}"
    )


def figures(loan: Loan) -> list[Figure]:
    """Lent − come back = still to come back; and the interest beside it."""
    listed = payments_list(loan)
    back = loan.principal_cents - loan.remaining_principal_cents
    sums = figures_of(loan, as_of=loan.tenant.day_of(timezone.now()))
    waits = (
        f"{grouped(sums.waiting_cents, loan.currency)} {loan.currency} in {counted(sums.waiting_payments, 'payments')}"
    )
    more = [Figure("To verify", waits, href=f"{listed}&status__exact=pending")] if sums.waiting_payments else []
    return [
        Figure("Lent", money(loan.principal_cents, loan.currency)),
        Figure("come back", money(back, loan.currency), "of verified payments", listed, "−"),
        Figure("still to come back", money(loan.remaining_principal_cents, loan.currency), sign="="),
        Figure("Interest paid", money(loan.interest_paid_cents, loan.currency), "beside the principal", listed),
        Figure("Interest due today", money(sums.interest_due_cents, loan.currency), "accrued and not paid"),
        *more,
    ]


def payments_list(loan: Loan) -> str:
    """The list of all payments of a loan."""
    return f"{reverse('admin:cashback_loanpayment_changelist')}?loan__id__exact={loan.pk}"


def links(loan: Loan) -> list[Link]:
    """What the loan hangs together with."""
    ledger = f"{reverse('admin:cashback_cashbacktransaction_changelist')}?related_loan__id__exact={loan.pk}"
    return [
        Link("Borrower", str(loan.customer), page_of(loan.customer)),
        Link("", "Their points", points_page(loan.customer)),
        Link("", "Cashback of this loan", ledger),
    ]


def payments_glance(loan: Loan) -> Glance:
    """The payments of a loan, the newest first."""
    columns = [
        Column("Paid on"),
        Column("How"),
        Column("State"),
        Column("Interest", is_money=True),
        Column("Principal", is_money=True),
        Column("Amount", is_money=True),
    ]
    found = list(loan.payments.order_by("-payment_date", "-id")[:MOST_ROWS])
    gone = {place for place, row in enumerate(found) if row.deleted_at or row.status == LoanPayment.Status.REJECTED}
    foot = f"The newest {MOST_ROWS} are shown." if len(found) == MOST_ROWS else ""
    return Glance(
        "Payments",
        columns,
        [payment_cells(row, loan.currency) for row in found],
        foot,
        "Nothing was paid yet.",
        frozenset(gone),
    )


def payment_cells(row: LoanPayment, currency: str) -> list[Any]:
    """One payment as a row of the table."""
    return [
        linked(row, f"{row.payment_date:%-d %b %Y}"),
        row.get_payment_method_display(),
        payment_state(row),
        money(row.interest_cents, currency),
        money(row.principal_cents, currency),
        money(row.amount_cents, currency),
    ]
