"""The policy: what a business allows its people to do with points, read by the office and set by administrators."""

from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from accounts.admin import ActionPage, Card, Figure, StoryLine, staff_page
from accounts.admin.story import Storyteller
from cashback.admin.business_page import PointsOfBusiness
from cashback.admin.points import PointsField, PointsTeller, points
from cashback.models import CashbackPolicy, PayoutKind
from cashback.services import policy_of, set_cashback_policy

SET = "cashback.set_policy"


class PolicyForm(forms.Form):
    """The settings; an empty one is no limit."""

    transfers_a_day = forms.IntegerField(
        label="Transfers a day", min_value=0, help_text="By one person; 0: nobody sends any."
    )
    transfer_points_a_day_cents = PointsField(
        label="Points sent a day", required=False, help_text="By one person; empty: as many as they have."
    )
    gift_card_step_cents = PointsField(
        label="Step of gift cards", help_text="A redemption by gift card is a multiple of it."
    )

    def __init__(self, data: Any, policy: CashbackPolicy) -> None:
        names = ("transfers_a_day", "transfer_points_a_day_cents", "gift_card_step_cents")
        minima = {f"least-{kind}": policy.redemption_minima.get(kind) for kind in PayoutKind.values}
        super().__init__(data, initial={**{name: getattr(policy, name) for name in names}, **minima})
        for kind in PayoutKind:
            label = f"Least by {kind.label}"
            self.fields[f"least-{kind.value}"] = PointsField(
                label=label, required=False, help_text="Empty: any number."
            )

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        least = {kind: values.pop(f"least-{kind}", None) for kind in PayoutKind.values}
        return {**values, "redemption_minima": {kind: cents for kind, cents in least.items() if cents}}


@staff_page("cashback/policy/", name="cashback-policy")
class PolicyPage(PointsOfBusiness, ActionPage):
    """What is allowed now, who changed it, and the form to change it."""

    label, done = "Set the policy", "The policy is set: it holds for what is asked from now on."
    permission_required = "cashback.view_cashbackpolicy"
    template_name = "cashback/policy.html"
    means = "It holds for transfers and redemptions from now on; what was done before stays."

    def get_title(self) -> str:
        return "Cashback policy"

    @property
    def policy(self) -> CashbackPolicy:
        """What holds now."""
        return policy_of(self.tenant)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.has_perm(SET):
            raise PermissionDenied
        return super().post(request, *args, **kwargs)

    def make_form(self, data: Any = None) -> PolicyForm:
        return PolicyForm(data, self.policy)

    def on_top(self) -> Card:
        policy, minima = self.policy, self.policy.redemption_minima
        most = policy.transfer_points_a_day_cents
        return Card(
            what="What people may do with their points."
            + (" Nobody changed it yet: these are the defaults." if policy._state.adding else ""),
            figures=[
                Figure("Transfers a day", f"{policy.transfers_a_day:,}", "by one person"),
                Figure("Points a day", "unlimited" if most is None else points(most), "sent by one person"),
                Figure("Gift cards", points(policy.gift_card_step_cents), "and multiples of it"),
                *(Figure(f"Least by {kind.label}", points(minima[kind])) for kind in PayoutKind if minima.get(kind)),
            ],
        )

    def perform(self, values: dict[str, Any]) -> None:
        set_cashback_policy(actor=self.request.user, tenant=self.tenant, **values)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        may_set = self.request.user.has_perm(SET)
        return {**super().get_context_data(**kwargs), "may_set": may_set, "button": self.label, "story": self.story()}

    def story(self) -> list[StoryLine]:
        """Who changed what, when."""
        teller: Storyteller = PointsTeller(CashbackPolicy)
        return [] if self.policy._state.adding else list(teller.lines(self.policy.pk))

    def back(self) -> str:
        return reverse("admin:cashback_cashbackaccount_changelist")

    def onward(self) -> str:
        return self.address("cashback-policy")
