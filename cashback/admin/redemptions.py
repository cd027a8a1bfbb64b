"""Pages of redemptions: who wants points paid out where, masked until somebody asks to see it, and what became of it."""

from collections.abc import Iterable

from django.contrib import admin
from django.http import HttpRequest
from unfold.decorators import display

from accounts.admin import AuditAdmin, Card, Figure, FollowedLink, Link, State, StoryLine, linked, page_of, when
from accounts.models import User
from billing.admin.glance import Column, Glance
from cashback.admin.ledger_words import lines_of
from cashback.admin.people import points_page
from cashback.admin.points import PointsAdmin, points
from cashback.admin.states import redemption_state
from cashback.models import PAYOUT_FIELDS, CashbackRedemption, PayoutRead
from cashback.services.payout_details import masked

LABELS = {
    "account_name": "Name on the account",
    "account_number": "Account number",
    "ifsc_code": "IFSC code",
    "bank_name": "Bank",
    "upi_id": "UPI id",
    "gpay_id": "Google Pay id",
    "phone_number": "Phone",
    "address": "Address",
}
MOST_READS = 50


@admin.register(CashbackRedemption)
class CashbackRedemptionAdmin(PointsAdmin):
    """Redemptions: requested by people, paid out or cancelled by services."""

    list_display = [
        "created_at",
        "person",
        "points_asked",
        "how",
        "state",
        "payout_reference",
        "processor",
        "processed_at",
    ]
    list_filter = ["status", "redemption_type", ("user", FollowedLink)]
    list_select_related = ["user", "processed_by_user"]
    search_fields = ["id__exact", "payout_reference__exact", "user__email__exact"]
    search_help_text = "A whole redemption id or payout reference, or the person's whole e-mail."
    unread = frozenset(PAYOUT_FIELDS)
    empty_says = "A redemption appears here when somebody asks for their points to be paid out."

    def card(self, request: HttpRequest, row: CashbackRedemption) -> Card:
        return Card(
            what=in_a_sentence(row),
            state=redemption_state(row),
            figures=[Figure("Points", points(row.points_cents), "one point is worth one unit of currency")],
            links=links(row),
        )

    def glances(self, request: HttpRequest, row: CashbackRedemption) -> list[Glance]:
        return [details_glance(row), *reads_glance(row)]

    def happenings(self, request: HttpRequest, row: CashbackRedemption) -> Iterable[StoryLine]:
        moved = [each for each in (row.redemption_transaction, row.refund_transaction) if each is not None]
        return lines_of(moved, row.user)

    @display(description="Who")
    def person(self, row: CashbackRedemption) -> str:
        return str(row.user)

    @display(description="Points")
    def points_asked(self, row: CashbackRedemption) -> str:
        return points(row.points_cents)

    @display(description="How")
    def how(self, row: CashbackRedemption) -> str:
        return row.get_redemption_type_display()

    @display(description="State")
    def state(self, row: CashbackRedemption) -> State:
        return redemption_state(row)

    @display(description="Done by")
    def processor(self, row: CashbackRedemption) -> str:
        return str(row.processed_by_user or "–")


def in_a_sentence(row: CashbackRedemption) -> str:
    """What the redemption is, and what became of it."""
    asked = f"{row.user} asked on {when(row.created_at)} for a payout by {row.get_redemption_type_display()}."
    if row.status == CashbackRedemption.Status.COMPLETED:
        return f"{asked} {row.processed_by_user} paid it on {when(row.processed_at)}, reference {row.payout_reference}."
    if row.status == CashbackRedemption.Status.CANCELLED:
        return f"{asked} {row.processed_by_user or 'The system'} cancelled it on {when(row.processed_at)}; the points are back."
    return asked


def links(row: CashbackRedemption) -> list[Link]:
    """What the redemption hangs together with."""
    found = [
        Link("Person", str(row.user), page_of(row.user)),
        Link("", "Their points", points_page(row.user)),
        Link("", "Row of the ledger", page_of(row.redemption_transaction)),
    ]
    if row.refund_transaction is not None:
        found.append(Link("", "Row that gave the points back", page_of(row.refund_transaction)))
    return found


def details_glance(row: CashbackRedemption) -> Glance:
    """Where it is paid to, masked."""
    cells = [[LABELS[name], text] for name, text in masked(row).items()]
    empty = "A payout of this kind needs no details."
    return Glance("Paid to, masked", [Column("Detail"), Column("As given at the request")], cells, empty=empty)


def reads_glance(row: CashbackRedemption) -> list[Glance]:
    """Who had the details shown in full, and when."""
    reads = PayoutRead.objects.filter(redemption=row).select_related("reader").order_by("-created_at", "-id")
    cells = [[when(each.created_at), each.reader] for each in reads[:MOST_READS]]
    return [Glance("Shown in full to", [Column("When"), Column("Who")], cells)] if cells else []


@admin.register(PayoutRead)
class PayoutReadAdmin(AuditAdmin):
    """Who had whose payout details shown in full. Written by the service that shows them."""

    list_display = ["created_at", "reader", "what_was_read", "whose"]
    list_filter = [("reader", FollowedLink), ("redemption", FollowedLink)]
    list_select_related = ["reader", "redemption__user", "payment_method__user"]
    search_fields = ["id__exact", "reader__email__exact"]
    search_help_text = "The whole e-mail of who looked."
    empty_says = "A line appears here each time that somebody has payout details shown in full."

    def card(self, request: HttpRequest, row: PayoutRead) -> Card:
        return Card(
            what=f"{row.reader} had {self.what_of(row)} of {self.whose(row)} shown in full on {when(row.created_at)}.",
            links=[
                Link("Who looked", str(row.reader), page_of(row.reader)),
                Link("Whose", self.whose(row), page_of(owner_of(row))),
                *([Link("", "The redemption", page_of(row.redemption))] if row.redemption else []),
            ],
        )

    def what_of(self, row: PayoutRead) -> str:
        """What was shown."""
        return "the details of a redemption" if row.redemption_id else "a payment method"

    @display(description="What")
    def what_was_read(self, row: PayoutRead) -> str:
        return linked(row.redemption, "Details of a redemption") if row.redemption else "A payment method"

    @display(description="Whose")
    def whose(self, row: PayoutRead) -> str:
        return str(owner_of(row))


def owner_of(row: PayoutRead) -> User:
    """The person whose details were shown."""
    return (row.redemption or row.payment_method).user  # type: ignore[union-attr]
