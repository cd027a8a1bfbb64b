"""Pages of loan payments: what was paid, how it splits, whether it counts, and what it earned."""

from collections.abc import Iterable

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from unfold.decorators import display

from accounts.admin import Card, Figure, FollowedLink, Link, State, StoryLine, linked, page_of, when
from billing.admin.glance import Glance
from billing.admin.money import grouped, money
from cashback.admin.ledger_words import story_lines
from cashback.admin.points import PointsAdmin
from cashback.admin.preview import would_earn_glance
from cashback.admin.states import payment_state
from cashback.models import CashbackTransaction, LoanPayment


@admin.register(LoanPayment)
class LoanPaymentAdmin(PointsAdmin):
    """Payments of loans: recorded, verified and corrected by services."""

    list_display = ["payment_date", "of_loan", "borrower", "interest", "principal", "amount_money", "how", "state"]
    list_filter = ["status", "payment_method", ("loan", FollowedLink)]
    list_select_related = ["loan__customer"]
    search_fields = ["id__exact", "transaction_id__exact", "loan__number__exact", "loan__customer__email__exact"]
    search_help_text = "A whole payment id, transfer reference, loan number or borrower's e-mail."
    empty_says = (
        "A payment appears here when a borrower submits one by the API, or the office records it on a loan's page."
    )

    def card(self, request: HttpRequest, row: LoanPayment) -> Card:
        return Card(
            what=in_a_sentence(row),
            state=payment_state(row),
            figures=figures(row),
            sum_shown=sum_shown(row),
            links=links(row),
            warning=f"Rejected: {row.rejection_reason}" if row.rejection_reason else "",
        )

    def glances(self, request: HttpRequest, row: LoanPayment) -> list[Glance]:
        waits = row.status == LoanPayment.Status.PENDING and row.deleted_at is None
        return [would_earn_glance(row)] if waits else []

    def happenings(self, request: HttpRequest, row: LoanPayment) -> Iterable[StoryLine]:
        return story_lines(CashbackTransaction.objects.filter(related_payment=row), None)

    @display(description="Loan")
    def of_loan(self, row: LoanPayment) -> str:
        return linked(row.loan)

    @display(description="Borrower")
    def borrower(self, row: LoanPayment) -> str:
        return str(row.loan.customer)

    @display(description="Interest")
    def interest(self, row: LoanPayment) -> str:
        return money(row.interest_cents, row.loan.currency)

    @display(description="Principal")
    def principal(self, row: LoanPayment) -> str:
        return money(row.principal_cents, row.loan.currency)

    @display(description="Amount")
    def amount_money(self, row: LoanPayment) -> str:
        return money(row.amount_cents, row.loan.currency)

    @display(description="How")
    def how(self, row: LoanPayment) -> str:
        return row.get_payment_method_display()

    @display(description="State")
    def state(self, row: LoanPayment) -> State:
        return payment_state(row)


def in_a_sentence(row: LoanPayment) -> str:
    """What the payment is."""
    reference = f", reference {row.transaction_id}" if row.transaction_id else ""
    by = f" Submitted by {row.submitted_by}." if row.submitted_by else ""
    verified = f" Verified by {row.verified_by or 'the system'} on {when(row.verified_at)}." if row.verified_at else ""
    return (
        f"{row.get_payment_method_display()} of {row.loan.customer} on {row.payment_date:%-d %B %Y} for loan "
        f"{row.loan}{reference}.{by}{verified}"
    )


def figures(row: LoanPayment) -> list[Figure]:
    """Amount = interest + principal."""
    currency = row.loan.currency
    return [
        Figure("Amount", money(row.amount_cents, currency)),
        Figure("interest", money(row.interest_cents, currency), "cashback is earned on this part", sign="="),
        Figure("principal", money(row.principal_cents, currency), "comes off the loan", sign="+"),
    ]


def sum_shown(row: LoanPayment) -> str:
    """The figures as one line that can be checked by hand."""
    amount, *parts = (
        grouped(cents, row.loan.currency) for cents in (row.amount_cents, row.interest_cents, row.principal_cents)
    )
    return f"{amount} = {' + '.join(parts)} {row.loan.currency}"


def links(row: LoanPayment) -> list[Link]:
    """What the payment hangs together with."""
    ledger = f"{reverse('admin:cashback_cashbacktransaction_changelist')}?related_payment__id__exact={row.pk}"
    return [
        Link("Loan", str(row.loan), page_of(row.loan)),
        Link("Borrower", str(row.loan.customer), page_of(row.loan.customer)),
        Link("", "Cashback of this payment", ledger),
    ]
