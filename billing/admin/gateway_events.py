"""What the payment gateway said: a work list of the calls that could not be done, with what the books know beside them."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.decorators import display

from accounts.admin import (
    Card,
    Figure,
    FollowedLink,
    Link,
    ReasonForm,
    RowAction,
    State,
    linked,
    page_of,
    row_action,
    when,
)
from billing.admin.glance import Column, Glance, GlanceAdmin
from billing.admin.money import money
from billing.admin.refunds import payment_in_words
from billing.admin.states import payment_state
from billing.models import GatewayEvent, Payment
from billing.services import settle_gateway_event

MOST = 10
AROUND = timedelta(days=14)
OUTCOMES = {
    GatewayEvent.Outcome.DONE: "success",
    GatewayEvent.Outcome.UNKNOWN_REFERENCE: "warning",
    GatewayEvent.Outcome.REFUSED: "danger",
}
CURES = {
    GatewayEvent.Outcome.UNKNOWN_REFERENCE: (
        "No payment bears this reference. Record it by GATEWAY with the reference: the gateway's next repeat of the call is then "
        "done. If it is none of yours, settle the call with what you found."
    ),
    GatewayEvent.Outcome.REFUSED: (
        "The call contradicts the books. Compare both below, ask the gateway which is right, correct the books if they are "
        "wrong, and settle the call with what you found."
    ),
}


class ReviewFilter(admin.SimpleListFilter):
    """Calls that a person must look at, and those that somebody did."""

    title, parameter_name = "work", "review"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("waiting", "Waits for a person"), ("settled", "Settled by a person")]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        if self.value() == "waiting":
            return queryset.to_review()  # type: ignore[attr-defined]
        return queryset.filter(settled_at__isnull=False) if self.value() == "settled" else queryset


@admin.register(GatewayEvent)
class GatewayEventAdmin(GlanceAdmin):
    """Calls of the payment gateway, each once, and what became of it."""

    list_display = ["created_at", "external_reference", "kind", "amount_money", "state", "detail", "of_payment"]
    list_filter = [ReviewFilter, "outcome", "kind", ("payment", FollowedLink)]
    list_select_related = ["payment"]
    search_fields = ["id__exact", "event_id__exact", "external_reference__exact", "payment__id__exact"]
    search_help_text = "A whole event id, the gateway's reference of a payment, or a payment id."
    empty_says = "A line appears here when the payment gateway calls to say what became of a payment."

    def card(self, request: HttpRequest, row: GatewayEvent) -> Card:
        settled = (
            f" Settled by {row.settled_by} on {when(row.settled_at)}: {row.settled_reason}" if row.settled_at else ""
        )
        payment = [Link("Payment", payment_in_words(row.payment), page_of(row.payment))] if row.payment else []
        return Card(
            what=f"The gateway says of {row.external_reference}: {row.get_kind_display().lower()}. {row.detail}{settled}",
            state=state_of_call(row),
            figures=[Figure("The gateway says", money(row.amount_cents, row.currency))],
            warning=CURES[GatewayEvent.Outcome(row.outcome)] if waits(row) else "",
            links=[*payment, Link("Event", row.event_id, "")],
        )

    def glances(self, request: HttpRequest, row: GatewayEvent) -> list[Glance]:
        return [*compared(row), *candidates(row), *other_calls(row)]

    @display(description="Amount")
    def amount_money(self, row: GatewayEvent) -> str:
        return money(row.amount_cents, row.currency)

    @display(description="State")
    def state(self, row: GatewayEvent) -> State:
        return state_of_call(row)

    @display(description="Payment")
    def of_payment(self, row: GatewayEvent) -> str:
        return linked(row.payment, payment_in_words(row.payment)) if row.payment else "–"


def waits(row: GatewayEvent) -> bool:
    """Whether the call could not be done and nobody has settled it."""
    return row.outcome != GatewayEvent.Outcome.DONE and row.settled_at is None


def state_of_call(row: GatewayEvent) -> State:
    """What became of the call, in a word."""
    if row.settled_at is not None:
        return State("Settled", "info")
    outcome = GatewayEvent.Outcome(row.outcome)
    return State(outcome.label, OUTCOMES[outcome])


def compared(row: GatewayEvent) -> Iterator[Glance]:
    """What the gateway says beside what the payment says."""
    payment = row.payment
    if payment is None:
        return
    columns = [Column(""), Column("Amount", is_money=True), Column("State"), Column("When")]
    cells = [
        ["The gateway", money(row.amount_cents, row.currency), row.get_kind_display(), when(row.created_at)],
        [
            linked(payment, "The payment"),
            money(payment.amount_cents, payment.currency),
            payment_state(payment),
            when(payment.received_at),
        ],
    ]
    yield Glance("Both sides", columns, cells)


def candidates(row: GatewayEvent) -> Iterator[Glance]:
    """For a reference that nobody knows: payments of the same amount, recorded around that day."""
    if row.payment is not None or not waits(row):
        return
    around = (row.created_at - AROUND, row.created_at + AROUND)
    alike = Payment.objects.filter(tenant=row.tenant_id, amount_cents=row.amount_cents, currency=row.currency)
    found = alike.filter(created_at__range=around).select_related("customer").order_by("-created_at", "-id")[:MOST]
    columns = [
        Column("Recorded"),
        Column("Customer"),
        Column("Channel"),
        Column("Gateway's reference"),
        Column("State"),
    ]
    cells = [
        [
            linked(payment, when(payment.created_at)),
            linked(payment.customer),
            payment.get_channel_display(),
            payment.external_reference or "–",
            payment_state(payment),
        ]
        for payment in found
    ]
    yield Glance(
        "Payments of this amount, within 14 days of the call",
        columns,
        cells,
        empty="None was recorded: the money may belong to a payment that is still to be recorded.",
    )


def other_calls(row: GatewayEvent) -> Iterator[Glance]:
    """What else the gateway said about the same reference."""
    same = GatewayEvent.objects.filter(tenant=row.tenant_id, external_reference=row.external_reference)
    found = list(same.exclude(pk=row.pk).order_by("-created_at", "-id")[:MOST])
    if found:
        columns = [Column("When"), Column("Said"), Column("State"), Column("Amount", is_money=True)]
        cells = [
            [
                linked(other, when(other.created_at)),
                other.get_kind_display(),
                state_of_call(other),
                money(other.amount_cents, other.currency),
            ]
            for other in found
        ]
        yield Glance("Other calls about this reference", columns, cells)


@row_action(GatewayEvent, "settle", permission="billing.settle_gateway_event")
class SettleCall(RowAction):
    """A person has looked at it."""

    label, done, is_main = "Settle…", "The call is settled.", True
    means = (
        "You looked at a call that could not be done, and say what you found. It is not tried again, also when the gateway "
        "repeats it. Nothing in the books changes."
    )
    form_class = ReasonForm

    @classmethod
    def is_offered(cls, row: GatewayEvent) -> bool:
        return waits(row)

    def act(self, row: GatewayEvent, values: dict[str, Any]) -> None:
        settle_gateway_event(actor=self.request.user, event=row, now=self.now, **values)

    def leads_to(self, row: GatewayEvent) -> str:
        """The next call that waits takes the place of this one."""
        waiting = GatewayEvent.objects.for_user(self.request.user).filter(tenant=row.tenant_id).to_review()
        return page_of(waiting.order_by("created_at", "id").first() or row)
