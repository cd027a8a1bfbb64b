"""What the office does with a route: send it out, take it back, reconcile its cash, give it to somebody else."""

from typing import Any

from django import forms
from django.db.models import QuerySet

from accounts.admin import Card, ReasonForm, RowAction, row_action
from accounts.admin import Figure as Shown
from accounts.models import Role, User
from billing.admin.money import AmountField, grouped, money
from billing.models import RouteReconciliation
from billing.selectors.route_money import cash_on
from billing.services import complete_route, reconcile_route, reopen_route, start_route
from routes.models import Route
from routes.services import reassign_route

MOVE = "billing.move_route"
Status = Route.Status


class RouteAction(RowAction):
    """A step that is offered while the route is in some states."""

    from_states: frozenset[str] = frozenset()

    @classmethod
    def is_offered(cls, row: Route) -> bool:
        return row.status in cls.from_states


@row_action(Route, "start", permission=MOVE)
class StartRoute(RouteAction):
    """It goes out."""

    label, done, is_main = "Start…", "The route is on the road.", True
    means = "The route goes out. What its customers owe from before is frozen now: that is what it is sent to collect."
    from_states = frozenset({Status.PENDING})

    def act(self, row: Route, values: dict[str, Any]) -> None:
        start_route(actor=self.request.user, route=row, now=self.now)


@row_action(Route, "complete", permission=MOVE)
class CompleteRoute(RouteAction):
    """It is back."""

    label, done, is_main = "Back from the road…", "The route is back; its cash can be reconciled.", True
    means = "The route is back. Then somebody who neither drove nor collected on it counts its cash."
    from_states = frozenset({Status.IN_PROGRESS})

    def act(self, row: Route, values: dict[str, Any]) -> None:
        complete_route(actor=self.request.user, route=row, now=self.now)


class CountForm(forms.Form):
    """The cash on the table, and what becomes of a difference."""

    cash_handed_over_cents = AmountField(label="Cash handed over")
    disposition = forms.ChoiceField(
        required=False,
        label="What becomes of a difference",
        choices=[
            ("", "There is none"),
            *(pair for pair in RouteReconciliation.Disposition.choices if pair[0] != "NONE"),
        ],
    )
    disposition_reason = forms.CharField(
        required=False, max_length=2000, label="Why it differs", widget=forms.Textarea(attrs={"rows": 2})
    )
    notes = forms.CharField(required=False, max_length=2000, label="Notes", widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, data: Any, route: Route) -> None:
        super().__init__(data)
        self.route = route
        self.fields["cash_handed_over_cents"].in_currency(route.tenant.currency, "; 0 if there was none")

    def clean(self) -> dict[str, Any]:
        values = super().clean()
        counted = values.get("cash_handed_over_cents")
        difference = 0 if counted is None else counted - cash_on(self.route)
        if difference and not values.get("disposition"):
            amount = f"{grouped(difference, self.route.tenant.currency)} {self.route.tenant.currency}"
            self.add_error(
                "disposition", f"The cash differs from the recorded cash by {amount}. Count again, or choose."
            )
        elif difference and not values.get("disposition_reason", "").strip():
            self.add_error("disposition_reason", "Say why it differs: who reads the books later must understand it.")
        return values


@row_action(Route, "reconcile", permission="billing.reconcile_route")
class ReconcileRoute(RouteAction):
    """Its cash is counted, and the route closed for good."""

    label, done, is_main = "Reconcile…", "The route is reconciled: its figures stay as they are.", True
    means = (
        "The cash that was handed over is counted against the cash that was recorded, and the route is closed for good: nothing "
        "that would change its figures is accepted any more. Only somebody who neither drove nor collected on it can sign for it."
    )
    from_states = frozenset({Status.COMPLETED})

    def make_form(self, data: Any = None) -> CountForm:
        return CountForm(data, self.row)

    def card(self, row: Route) -> Card:
        recorded = Shown("Cash recorded", money(cash_on(row), row.tenant.currency), "what should be on the table")
        return Card(what=f"{row.assigned_to}'s trip of {row.route_date:%A %-d %B %Y}.", figures=[recorded])

    def act(self, row: Route, values: dict[str, Any]) -> None:
        reconcile_route(actor=self.request.user, route=row, now=self.now, **values)


@row_action(Route, "reopen", permission=MOVE)
class ReopenRoute(RouteAction):
    """It goes out again."""

    label, done = "Reopen…", "The route is on the road again."
    means = "The route goes out again, with your reason. What it was sent to collect stays as it was frozen."
    from_states = frozenset({Status.COMPLETED})
    form_class = ReasonForm

    def act(self, row: Route, values: dict[str, Any]) -> None:
        reopen_route(actor=self.request.user, route=row, now=self.now, **values)


class ReassignForm(ReasonForm):
    """Who goes, and why not the one before."""

    assigned_to = forms.ModelChoiceField(User.objects.none(), label="Who goes", empty_label="Choose a person")
    field_order = ("assigned_to", "reason")

    def __init__(self, data: Any, people: QuerySet[User]) -> None:
        super().__init__(data)
        self.fields["assigned_to"].queryset = people


@row_action(Route, "reassign", permission="billing.reassign_route")
class ReassignRoute(RouteAction):
    """Somebody else goes."""

    label, done = "Give to somebody else…", "The route is given to somebody else."
    means = (
        "Somebody else goes. The history keeps who went before, and from whom the cash of that time is to be expected."
    )
    from_states = frozenset({Status.PENDING, Status.IN_PROGRESS})

    def make_form(self, data: Any = None) -> ReassignForm:
        people = User.objects.filter(tenant=self.row.tenant, is_active=True).exclude(role=Role.CUSTOMER)
        return ReassignForm(data, people.exclude(pk=self.row.assigned_to_id).order_by("name", "pk"))

    def act(self, row: Route, values: dict[str, Any]) -> None:
        reassign_route(actor=self.request.user, route=row, **values)
