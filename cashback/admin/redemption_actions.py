"""What an administrator does with a redemption that waits: see where it is paid to, say that it was paid, or cancel it."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse

from accounts.admin import Card, ReasonForm, row_action
from accounts.errors import DomainError
from accounts.statuses import status_of
from cashback.admin.redemptions import LABELS
from cashback.admin.work_list import ListedAction
from cashback.models import CashbackRedemption
from cashback.services.payout_details import reveal_redemption
from cashback.services.redemptions import cancel_redemption, complete_redemption

PAY = "cashback.pay_out"


class RedemptionAction(ListedAction):
    """Something done with a redemption that waits."""

    work_list = "cashback-to-pay"
    template_name = "cashback/action.html"

    @classmethod
    def is_offered(cls, row: CashbackRedemption) -> bool:
        return row.status == CashbackRedemption.Status.PENDING


class PaidForm(forms.Form):
    """Under which reference it was paid."""

    payout_reference = forms.CharField(
        label="Payout reference",
        max_length=200,
        help_text="Of the transfer or the order; never the code of a gift card itself: this stays readable.",
        error_messages={"required": "Write the reference of the payout, so that it is found again."},
    )
    notes = forms.CharField(
        label="Notes",
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="The person reads them.",
    )


@row_action(CashbackRedemption, "complete", permission=PAY)
class CompleteRedemption(RedemptionAction):
    """It was paid out."""

    label, done, is_main = "Paid out…", "It is written down as paid out; the person is told.", True
    means = (
        "The payout is done outside of this program; here it is written down, with its reference. The points left the account "
        "when the person asked, so nothing moves now. Nobody does this for a redemption of their own."
    )
    form_class = PaidForm

    def act(self, row: CashbackRedemption, values: dict[str, Any]) -> None:
        complete_redemption(actor=self.request.user, redemption=row, now=self.now, **values)


@row_action(CashbackRedemption, "cancel", permission=PAY)
class CancelRedemption(RedemptionAction):
    """It is not paid out."""

    label, done = "Cancel…", "The redemption is cancelled; the points are back on the account, and the person is told."
    means = "The points go back to the person by a row of the ledger that is linked to the first. The person reads your reason."
    form_class = ReasonForm

    def act(self, row: CashbackRedemption, values: dict[str, Any]) -> None:
        cancel_redemption(actor=self.request.user, redemption=row, now=self.now, **values)


@row_action(CashbackRedemption, "reveal", permission="cashback.read_payout_details")
class RevealRedemption(ListedAction):
    """Where it is paid to, in full."""

    label = "Show where to pay, in full…"
    template_name = "cashback/revealed.html"
    means = "The details are shown in full once, on the next page. It is kept that you saw them, and when."
    revealed: dict[str, str] | None = None

    def on_top(self) -> Card | None:
        return self.card(self.row)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show the details in the answer itself; no address holds them, and no browser keeps the page."""
        status = 200
        try:
            self.revealed = reveal_redemption(actor=request.user, redemption=self.row, now=self.now)
        except DomainError as error:
            self.refusal, status = error.message, status_of(error)
        answer = self.render_to_response(self.get_context_data(**kwargs), status=status)
        answer["Cache-Control"] = "no-store"
        return answer

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        shown = None if self.revealed is None else [(LABELS[name], text) for name, text in self.revealed.items()]
        return {**super().get_context_data(**kwargs), "revealed": shown}
