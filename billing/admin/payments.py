"""Pages of payments and of what they pay."""

from collections.abc import Iterable

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from unfold.decorators import display

from accounts.admin import Card, Figure, FollowedLink, Link, State, StoryLine, linked, page_of, when
from billing.admin.allocated import allocation_lines
from billing.admin.glance import Glance, GlanceAdmin, allocation_glance
from billing.admin.money import grouped, money
from billing.admin.payment_glances import meant_glance, refunds_glance, why_nothing
from billing.admin.states import APPLIED, VERIFICATION, payment_state
from billing.admin.steps import step_lines
from billing.models import Payment
from billing.rules.route_link import LINK, REASONS
from billing.selectors.route_links import link_verdict


@admin.register(Payment)
class PaymentAdmin(GlanceAdmin):
    """Payments: what came in, from whom, through whom, where, and what it paid."""

    list_display = [
        "received_at",
        "customer",
        "amount_money",
        "channel_in_words",
        "state",
        "route_link",
        "sale",
        "collected_by",
    ]
    list_filter = [
        "status",
        "verification_status",
        "channel",
        ("customer", FollowedLink),
        ("sale", FollowedLink),
        ("route", FollowedLink),
        ("invoice", FollowedLink),
        ("collected_by", FollowedLink),
    ]
    list_select_related = ["customer", "sale__route", "route", "collected_by"]
    search_fields = ["id__exact", "reference__exact", "customer__number__exact", "sale__number__exact"]
    search_help_text = "A whole payment id, reference, customer number or sale number."
    story_skips = {"allocated_cents", "allocation_status"}
    empty_says = "Payments appear here when representatives record them on their phones, or the office by the API."

    def card(self, request: HttpRequest, row: Payment) -> Card:
        return Card(
            what=what(row),
            state=payment_state(row),
            figures=figures(row),
            sum_shown=sum_shown(row),
            links=links(row),
            warning=self.where_it_counts(row),
        )

    def where_it_counts(self, row: Payment) -> str:
        """For money in without a route of its own: under which route or reason accountability counts it."""
        if row.route_id is not None or not is_money_in(row):
            return ""
        verdict = (
            Payment.objects.filter(pk=row.pk).annotate(verdict=link_verdict()).values_list("verdict", flat=True)[0]
        )
        if verdict == LINK:
            return f"It has no route of its own: it counts for route {row.sale.route} through its sale (fallback)."
        return f"It has no route and counts under no representative, because {REASONS[verdict]}."

    def glances(self, request: HttpRequest, row: Payment) -> list[Glance]:
        pays_for = allocation_glance(
            "What it pays for", user=request.user, currency=row.currency, empty=why_nothing(row), payment=row
        )
        return [*meant_glance(row), pays_for, *refunds_glance(row)]

    def happenings(self, request: HttpRequest, row: Payment) -> Iterable[StoryLine]:
        return [*allocation_lines(payment=row), *step_lines([row.pk])]

    @display(description="Amount")
    def amount_money(self, row: Payment) -> str:
        return money(row.amount_cents, row.currency)

    @display(description="Channel")
    def channel_in_words(self, row: Payment) -> str:
        return row.get_channel_display()

    @display(description="State")
    def state(self, row: Payment) -> State:
        return payment_state(row)

    @display(description="Route")
    def route_link(self, row: Payment) -> str:
        if row.route_id is not None:
            return linked(row.route)
        through_sale = row.sale.route if row.sale_id and row.sale.route_id else None
        return format_html('<span class="rm-quiet">none; sale is on {}</span>', through_sale) if through_sale else "–"


def what(row: Payment) -> str:
    """What the payment is, in a sentence."""
    collector = f", collected by {row.collected_by}" if row.collected_by_id else ""
    return f"{row.get_channel_display()} from {row.customer}{collector}, received {when(row.received_at)}."


def figures(row: Payment) -> list[Figure]:
    """Amount = applied + given back + left."""
    rows = f"{reverse('admin:billing_allocation_changelist')}?payment__id__exact={row.pk}"
    return [
        Figure("Amount", money(row.amount_cents, row.currency)),
        Figure("applied", money(row.allocated_cents, row.currency), APPLIED[row.allocation_status], rows, "="),
        Figure("given back", money(row.refunded_cents, row.currency), href=refunds_of(row), sign="+"),
        Figure("left", money(row.unallocated_cents, row.currency), what_is_left(row), sign="+"),
    ]


def refunds_of(row: Payment) -> str:
    """The list of what went back of it, if anything did."""
    listed = reverse("admin:billing_paymentrefund_changelist")
    return f"{listed}?payment__id__exact={row.pk}" if row.refunded_cents else ""


def is_money_in(row: Payment) -> bool:
    """Whether a payment counts as money in: only then is its rest the customer's credit."""
    return row.status == Payment.Status.SUCCEEDED and row.verification_status not in VERIFICATION


def what_is_left(row: Payment) -> str:
    """What the rest of a payment means."""
    if not row.unallocated_cents:
        return ""
    return "the customer's credit" if is_money_in(row) else "no credit: it is not money in"


def sum_shown(row: Payment) -> str:
    """The figures as one line that can be checked by hand."""
    parts = (row.allocated_cents, row.refunded_cents, row.unallocated_cents)
    amount, *shares = (grouped(cents, row.currency) for cents in (row.amount_cents, *parts))
    return f"{amount} = {' + '.join(shares)} {row.currency}"


def links(row: Payment) -> list[Link]:
    """What the payment hangs together with."""
    others = [("Customer", row.customer), ("Sale", row.sale), ("Route", row.route), ("Invoice", row.invoice)]
    found = [Link(kind, str(other), page_of(other)) for kind, other in others if other is not None]
    steps = Link("", "Every step", f"{reverse('admin:billing_paymentauditlog_changelist')}?payment__id__exact={row.pk}")
    return [*found, *([Link("Reference", row.reference, "")] if row.reference else []), steps]
