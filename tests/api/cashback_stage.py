"""What a business that lends has, for tests that go through every door of the API: points, payouts, loans and trackers."""

from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from cashback import services
from cashback.models import DailyTracker, Loan, LoanPayment, TrackerEntry
from cashback.selectors.tracker_workbook import export_workbook
from tests import make


class Lending:
    """Loans and trackers of the business's one customer; its representative and its finance look after them."""

    tenant: Any
    people: dict[str, Any]

    def all_have_points(self) -> None:
        """A thousand points for each person of the business."""
        for person in self.people.values():
            make.points(person, 100_000)

    def somebody_else(self) -> Any:
        """One more customer of the business."""
        return make.user("CUSTOMER", of=self.tenant)

    def method(self, role: str) -> Any:
        """A payment method of the person of this role."""
        return services.add_payment_method(
            actor=self.people[role], payment_type="upi", details=make.PAID_OUT_TO["upi"], now=make.NOW
        ).pk

    def redemption(self, role: str = "CUSTOMER") -> Any:
        """Points that the person of this role wants paid out."""
        self.all_have_points()
        return make.redemption(by=self.people[role]).pk

    def loan(self, **fields: Any) -> Loan:
        """A loan of the business's customer, looked after by its representative and its finance."""
        loan = make.loan(to=self.people["CUSTOMER"], **fields)
        for role in ("FINANCE", "SALES_REP"):
            services.assign_to_loan(actor=None, loan=loan, user=self.people[role])
        return loan

    def loan_payment(self, **fields: Any) -> LoanPayment:
        """What somebody else recorded as paid on a loan."""
        return make.loan_payment(on=self.loan(), **fields)

    def loan_that_is_paid(self) -> Any:
        """A loan that came back whole on the day it was lent."""
        loan = self.loan(started_on=make.TODAY)
        make.loan_payment(loan.principal_cents, on=loan, verify=True)
        return loan.pk

    def tracker(self) -> DailyTracker:
        """A tracker of the business's customer, looked after by its representative and its finance."""
        tracker = make.tracker(owner=self.people["CUSTOMER"])
        for role in ("FINANCE", "SALES_REP"):
            services.assign_to_tracker(actor=None, tracker=tracker, user=self.people[role])
        return tracker

    def tracker_of(self, role: str) -> Any:
        """A tracker of the person of this role."""
        return make.tracker(owner=self.people[role]).pk

    def closed_tracker(self) -> Any:
        """A tracker that the office closed."""
        return services.close_tracker(actor=None, tracker=self.tracker()).pk

    def tracker_entry(self) -> TrackerEntry:
        """A day that somebody else entered."""
        return make.tracker_entry(on=self.tracker())

    def loan_config(self) -> tuple[Any, Any]:
        """Who earns on a loan: the loan and the rule."""
        loan = self.loan()
        made = services.set_loan_cashback(
            actor=None, loan=loan, user=self.people["CUSTOMER"], cashback_type="percentage", cashback_value="0.05"
        )
        return loan.pk, made.pk

    def tracker_config(self) -> tuple[Any, Any]:
        """Who earns on a tracker: the tracker and the rule."""
        tracker = self.tracker()
        made = services.set_tracker_cashback(
            actor=None, tracker=tracker, user=self.people["CUSTOMER"], cashback_type="fixed", points_cents=100
        )
        return tracker.pk, made.pk

    def loan_assignment(self) -> tuple[Any, Any]:
        """Who looks after a loan: the loan and the assignment."""
        loan = self.loan()
        return loan.pk, loan.assignments.first().pk

    def tracker_assignment(self) -> tuple[Any, Any]:
        """Who looks after a tracker: the tracker and the assignment."""
        tracker = self.tracker()
        return tracker.pk, tracker.assignments.first().pk

    def workbook(self) -> Any:
        """A tracker of the business as a file."""
        return SimpleUploadedFile("tracker.xlsx", export_workbook(self.tracker()))
