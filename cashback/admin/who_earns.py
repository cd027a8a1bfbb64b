"""What loans and trackers share: who earns on it, set and ended; who looks after it, assigned and unassigned."""

from typing import Any

from django import forms

from accounts.admin import RowAction, page_of, row_action
from accounts.models import User
from accounts.roles import STAFF
from cashback.admin.loan_actions import PercentField
from cashback.admin.people import PersonField
from cashback.admin.points import PointsField
from cashback.models import CashbackType, DailyTracker, Loan, LoanCashbackConfig, TrackerCashbackConfig
from cashback.services import (
    assign_to_loan,
    assign_to_tracker,
    end_loan_cashback,
    end_tracker_cashback,
    may_configure,
    set_loan_cashback,
    set_tracker_cashback,
    unassign_from_loan,
    unassign_from_tracker,
)

CONFIGURE, ASSIGN = "cashback.configure", "cashback.assign"


class RuleForm(forms.Form):
    """Who earns how much."""

    cashback_type = forms.ChoiceField(label="How it is reckoned", choices=CashbackType.choices)
    cashback_value = PercentField(
        label="Share in per cent", required=False, decimals=2, help_text="For a share, such as 5."
    )
    points_cents = PointsField(label="Points each time", required=False, help_text="For a fixed number, such as 12.50.")

    def __init__(self, data: Any, tenant: Any) -> None:
        super().__init__(data)
        self.fields["user"] = PersonField(tenant, label="Who earns")
        self.order_fields(["user"])


class SetCashback(RowAction):
    """Somebody earns from now on."""

    label, done = "Let somebody earn…", "It is set: it holds for what is decided from now on."
    template_name = "cashback/action.html"
    service: Any

    @classmethod
    def is_for(cls, row: Loan | DailyTracker, user: User) -> bool:
        return may_configure(user, row)

    def make_form(self, data: Any = None) -> RuleForm:
        return RuleForm(data, self.row.tenant)

    def act(self, row: Any, values: dict[str, Any]) -> None:
        kind = "loan" if isinstance(row, Loan) else "tracker"
        type(self).service(actor=self.request.user, **{kind: row}, **values)


@row_action(Loan, "set-cashback", permission=CONFIGURE)
class SetLoanCashback(SetCashback):
    """On the interest of a loan."""

    service = staticmethod(set_loan_cashback)
    means = (
        "From now on this person earns on each verified payment of the loan: a share of its interest, or a fixed number of "
        "points. All shares together are 100 % at most. Nobody sets it for themselves."
    )

    @classmethod
    def is_offered(cls, row: Loan) -> bool:
        return row.status == Loan.Status.ACTIVE


@row_action(DailyTracker, "set-cashback", permission=CONFIGURE)
class SetTrackerCashback(SetCashback):
    """On the days of a tracker."""

    service = staticmethod(set_tracker_cashback)
    means = (
        "From now on this person earns on each approved day of the tracker: a share of what was paid, or a fixed number of "
        "points. All shares together are 100 % at most. Nobody sets it for themselves."
    )

    @classmethod
    def is_offered(cls, row: DailyTracker) -> bool:
        return row.is_active


class EndCashback(RowAction):
    """Somebody earns no more."""

    label, done = "End…", "It is ended: what was earned by it stays."
    means = (
        "From now on nothing is earned by this rule. What was earned stays, and keeps the rule beside it. For another number, "
        "end it and set a new one."
    )

    @classmethod
    def is_offered(cls, row: Any) -> bool:
        return bool(row.is_active)

    @classmethod
    def is_for(cls, row: Any, user: User) -> bool:
        return may_configure(user, row.loan if isinstance(row, LoanCashbackConfig) else row.tracker)


@row_action(LoanCashbackConfig, "end", permission=CONFIGURE)
class EndLoanCashback(EndCashback):
    """On a loan."""

    def act(self, row: LoanCashbackConfig, values: dict[str, Any]) -> None:
        end_loan_cashback(actor=self.request.user, config=row)

    def leads_to(self, row: LoanCashbackConfig) -> str:
        return page_of(row.loan)


@row_action(TrackerCashbackConfig, "end", permission=CONFIGURE)
class EndTrackerCashback(EndCashback):
    """On a tracker."""

    def act(self, row: TrackerCashbackConfig, values: dict[str, Any]) -> None:
        end_tracker_cashback(actor=self.request.user, config=row)

    def leads_to(self, row: TrackerCashbackConfig) -> str:
        return page_of(row.tracker)


class StaffForm(forms.Form):
    """One of these people."""

    user = forms.ModelChoiceField(label="Who", queryset=User.objects.none(), empty_label=None)

    def __init__(self, data: Any, people: Any) -> None:
        super().__init__(data)
        self.fields["user"].queryset = people.order_by("name", "pk")  # type: ignore[attr-defined]


class Assign(RowAction):
    """Somebody looks after it."""

    label, done = "Assign…", "The person looks after it from now on."
    means = "Who looks after it may say who earns on it, and enter what is paid. Nobody looks after what is their own."

    def make_form(self, data: Any = None) -> StaffForm:
        mine = self.row.assignments.values("user")
        people = User.objects.filter(tenant=self.row.tenant_id, is_active=True, role__in=STAFF)
        return StaffForm(data, people.exclude(pk__in=mine))


class Unassign(RowAction):
    """Somebody looks after it no more."""

    label, done = "Unassign…", "The person does not look after it any more."
    means = "The person may not enter what is paid here any more, nor say who earns. What they did stays."

    @classmethod
    def is_offered(cls, row: Any) -> bool:
        return bool(row.assignments.exists())

    def make_form(self, data: Any = None) -> StaffForm:
        return StaffForm(data, User.objects.filter(pk__in=self.row.assignments.values("user")))


@row_action(Loan, "assign", permission=ASSIGN)
class AssignToLoan(Assign):
    """A loan."""

    def act(self, row: Loan, values: dict[str, Any]) -> None:
        assign_to_loan(actor=self.request.user, loan=row, **values)


@row_action(Loan, "unassign", permission=ASSIGN)
class UnassignFromLoan(Unassign):
    """A loan."""

    def act(self, row: Loan, values: dict[str, Any]) -> None:
        unassign_from_loan(actor=self.request.user, loan=row, **values)


@row_action(DailyTracker, "assign", permission=ASSIGN)
class AssignToTracker(Assign):
    """A tracker."""

    def act(self, row: DailyTracker, values: dict[str, Any]) -> None:
        assign_to_tracker(actor=self.request.user, tracker=row, **values)


@row_action(DailyTracker, "unassign", permission=ASSIGN)
class UnassignFromTracker(Unassign):
    """A tracker."""

    def act(self, row: DailyTracker, values: dict[str, Any]) -> None:
        unassign_from_tracker(actor=self.request.user, tracker=row, **values)
