"""The audit log of payments: every step of every payment, who took it, what it was before and after, and why."""

import json
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.text import capfirst
from unfold.decorators import display

from accounts.admin import Card, FollowedLink, Link, linked, page_of, when
from billing.admin.glance import RULES, Column, Glance, GlanceAdmin
from billing.admin.money import grouped, money
from billing.admin.refunds import payment_in_words
from billing.admin.steps import is_told_by_allocations
from billing.models import Payment, PaymentAuditLog


@admin.register(PaymentAuditLog)
class PaymentAuditLogAdmin(GlanceAdmin):
    """Steps of payments, newest first. The database refuses to change or remove one."""

    list_display = ["created_at", "step", "of_payment", "amount_money", "performed_by", "why"]
    list_filter = [
        "action",
        ("payment", FollowedLink),
        ("payment__customer", FollowedLink),
        ("performed_by", FollowedLink),
    ]
    list_select_related = ["payment__customer", "performed_by"]
    ordering = ["-created_at", "-id"]
    search_fields = ["id__exact", "payment__id__exact", "payment__reference__exact", "payment__customer__number__exact"]
    search_help_text = "A whole payment id, payment reference or customer number."
    empty_says = (
        "A line appears here with every step of a payment: recorded, approved, applied, given back, proof looked at."
    )

    @property
    def lists_newest_first(self) -> bool:
        return True

    def card(self, request: HttpRequest, row: PaymentAuditLog) -> Card:
        who = row.performed_by or "the system"
        return Card(
            what=f"{row.get_action_display()} by {who} on {when(row.created_at)}{f': {why(row)}' if row.notes else '.'}",
            links=[
                Link("Payment", payment_in_words(row.payment), page_of(row.payment)),
                Link("Customer", str(row.payment.customer), page_of(row.payment.customer)),
            ],
        )

    def glances(self, request: HttpRequest, row: PaymentAuditLog) -> list[Glance]:
        before, after = row.previous_state or {}, row.new_state or {}
        currency = row.payment.currency
        names = list(dict.fromkeys([*before, *after]))
        cells = [[in_words(name), value(name, before, currency), value(name, after, currency)] for name in names]
        same = frozenset(place for place, name in enumerate(names) if before and before.get(name) == after.get(name))
        columns = [Column("Of the payment"), Column("Before"), Column("After")]
        return [Glance("Before and after", columns, cells, empty="Nothing about the payment changed.", quiet_rows=same)]

    @display(description="Step")
    def step(self, row: PaymentAuditLog) -> str:
        return row.get_action_display()

    @display(description="Payment")
    def of_payment(self, row: PaymentAuditLog) -> str:
        return linked(row.payment, f"{row.payment.customer}, {payment_in_words(row.payment)}")

    @display(description="Notes")
    def why(self, row: PaymentAuditLog) -> str:
        return why(row)

    @display(description="Amount")
    def amount_money(self, row: PaymentAuditLog) -> str:
        return money(cents_of(row), row.payment.currency)


def cents_of(row: PaymentAuditLog) -> int:
    """What the step was about: what was applied, taken back (less than nothing) or refunded by it, else the whole payment."""
    if row.action == PaymentAuditLog.Action.REFUNDED:
        return _moved(row, "refunded_cents")
    return _moved(row, "allocated_cents") if is_told_by_allocations(row) else row.payment.amount_cents


def _moved(row: PaymentAuditLog, column: str) -> int:
    before, after = ((state or {}).get(column, 0) for state in (row.previous_state, row.new_state))
    return int(after - before)


def why(row: PaymentAuditLog) -> str:
    """What was noted; the rule by which money was applied in the words of the other pages."""
    return RULES.get(row.notes, row.notes)


def in_words(name: str) -> str:
    """A column's name for people: "allocated_cents" is "Allocated"."""
    return capfirst(name.removesuffix("_cents").replace("_", " "))


def value(name: str, state: dict[str, Any], currency: str) -> str:
    """What a column was, money in units; a dash where nothing was noted."""
    if name not in state:
        return "–"
    found = state[name]
    if name.endswith("_cents") and isinstance(found, int):
        return grouped(found, currency)
    choices = dict(getattr(Payment._meta.get_field(name), "flatchoices", ())) if name in COLUMNS else {}
    return str(choices.get(found, found if isinstance(found, str) else json.dumps(found)))


COLUMNS = {field.name for field in Payment._meta.concrete_fields}
