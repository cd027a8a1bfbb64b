"""The work list of loan payments that wait to be verified; who earns on each is shown beside it."""

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet

from accounts.admin import linked, staff_page
from billing.admin.money import money
from cashback.admin.earning_list import EarningList
from cashback.admin.loan_payment_actions import RejectLoanPayment, VerifyLoanPayment
from cashback.admin.preview import configs_of
from cashback.admin.states import payment_state
from cashback.admin.work_list import Case, Side
from cashback.models import LoanPayment
from cashback.selectors.marks import with_mark
from cashback.services import verify_loan_payment


@staff_page("cashback/to-verify/", name="cashback-to-verify")
class ToVerifyPage(EarningList):
    """Loan payments that wait to be verified."""

    title = "Loan payments to verify"
    permission_required = "cashback.view_loanpayment"
    everything = "cashback_loanpayment_changelist"
    action, rejection, service = VerifyLoanPayment, RejectLoanPayment, staticmethod(verify_loan_payment)
    of, many, bulk, label = "payment", "payments", "Verify the checked payments", "Verify"
    explains = (
        "Look whether the money came in, then let it count. Interest is paid and principal comes off the loan as shown; cashback "
        "is earned on the interest. Who submitted a payment does not verify it."
    )
    empty_heading = "No loan payment waits"
    empty_says = "A payment appears here when a borrower submits one, or a colleague records it on the loan's page."

    def waiting(self) -> QuerySet[Any]:
        rows = LoanPayment.objects.for_user(self.request.user).filter(tenant=self.tenant).waiting()
        return with_mark(rows).select_related("loan__customer", "tenant", "submitted_by").order_by("id")

    def cases(self, rows: list[Any]) -> Iterable[Case]:
        configs = configs_of(rows)
        for row in rows:
            sides = [said(row), on_the_loan(row), self.earns(row, configs, "Nobody earns on this payment.")]
            title = f"{row.loan.customer}, {row.payment_date:%-d %b %Y}"
            yield self.case(row, title, payment_state(row), sides, row.submitted_by_id)


def said(row: LoanPayment) -> Side:
    """What was submitted."""
    facts = [
        ("Amount", money(row.amount_cents, row.loan.currency)),
        ("How", row.get_payment_method_display()),
        ("Reference", row.transaction_id or "–"),
        ("Submitted by", str(row.submitted_by or "the system")),
    ]
    return Side("What was submitted", facts)


def on_the_loan(row: LoanPayment) -> Side:
    """What it does on its loan."""
    loan = row.loan
    left = loan.remaining_principal_cents
    facts = [
        ("Loan", linked(loan)),
        ("Interest", money(row.interest_cents, loan.currency)),
        ("Principal", money(row.principal_cents, loan.currency)),
        ("Left of the loan", money(left, loan.currency)),
        ("Left after it", money(left - row.principal_cents, loan.currency)),
    ]
    return Side("On the loan", facts)
