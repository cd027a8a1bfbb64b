"""A row of the ledger in words: from whom to whom, for what, and as a line of somebody's story."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.db.models import QuerySet
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.admin import StoryLine, linked, when
from accounts.models import User
from cashback.admin.people import person_link
from cashback.admin.points import earns
from cashback.models import CashbackTransaction, SystemAccount
from cashback.rules.points import in_points

Type = CashbackTransaction.Type
SIDES = ("from_user", "to_user", "created_by_user", "related_loan", "related_payment__loan", "related_tracker")
MOST_LINES = 50
ICONS = {
    Type.UNCONDITIONAL: "add_circle",
    Type.LOAN_INTEREST_MANUAL: "trending_up",
    Type.LOAN_INTEREST_AUTO: "trending_up",
    Type.TRACKER_ENTRY: "trending_up",
    Type.TRANSFER: "swap_horiz",
    Type.DEDUCTION: "remove_circle",
    Type.REDEMPTION: "redeem",
    Type.REDEMPTION_REFUND: "keyboard_return",
    Type.REVERSAL: "undo",
    Type.SYSTEM: "settings",
}


def side(row: CashbackTransaction, which: str) -> str:
    """Who gave the points ("from") or got them ("to"): a person as a link, or an account of the house."""
    person: User | None = getattr(row, f"{which}_user")
    if person is not None:
        return person_link(person)
    kind = SystemAccount(getattr(row, f"{which}_account"))
    return format_html("<em>{}</em>", kind.label)


def occasion(row: CashbackTransaction) -> SafeString | str:
    """What the row hangs on: the payment of a loan, the day of a tracker; nothing for a grant or a transfer."""
    if row.related_payment_id is not None and row.related_payment is not None:
        paid = f"payment of {row.related_payment.payment_date:%-d %b %Y}"
        return format_html("{} on {}", linked(row.related_payment, paid), linked(row.related_payment.loan))
    if row.related_tracker_id is not None:
        day = f"day {row.related_tracker_entry_day} of " if row.related_tracker_entry_day is not None else ""
        return format_html("{}{}", day, linked(row.related_tracker))
    return linked(row.related_loan) if row.related_loan_id is not None else ""


def reckoned(row: CashbackTransaction) -> str:
    """How points were reckoned, so that it can be done again by hand.

    Example: "5 % of 40.00".
    """
    if row.base_cents is None or not row.cashback_type:
        return ""
    if row.cashback_value is None:
        return "a fixed number"
    return f"{earns(row)} of {in_points(row.base_cents)}"


def story_lines(rows: QuerySet[CashbackTransaction], of: Any) -> Iterator[StoryLine]:
    """The newest rows of an account as lines; `of` is the person, or the account of the house, that tells them."""
    newest = rows.select_related(*SIDES, "reverses").order_by("-created_at", "-id")[:MOST_LINES]
    return lines_of(newest, of)


def lines_of(rows: Iterable[CashbackTransaction], of: Any) -> Iterator[StoryLine]:
    """Rows as lines."""
    for row in rows:
        yield StoryLine(
            at=row.created_at,
            what=line(row, of),
            who=str(row.created_by_user or "system"),
            why=row.user_notes or row.notes,
            icon=ICONS[Type(row.transaction_type)],
        )


def line(row: CashbackTransaction, of: Any) -> SafeString:
    """One row, told by one of its two sides, or by what it hangs on (`of` is None then)."""
    words = linked(row, row.get_transaction_type_display())
    for_what = occasion(row)
    tail = format_html("{}{}", format_html(", {}", for_what) if for_what else "", _how(row))
    if of is None:
        between = "" if row.occasion else format_html("from {} ", side(row, "from"))
        return format_html(
            "<strong>{} pts</strong> {} {}to {}{}", in_points(row.points_cents), words, between, side(row, "to"), tail
        )
    which, sign = ("from", "+") if of in (row.to_user, row.to_account) else ("to", "−")
    other = "" if row.occasion else format_html(" {} {}", which, side(row, which))
    return format_html("<strong>{}{}</strong> {}{}{}", sign, in_points(row.points_cents), words, other, tail)


def _how(row: CashbackTransaction) -> str:
    how = reckoned(row)
    return f", {how}" if how else ""


def in_a_sentence(row: CashbackTransaction) -> SafeString:
    """What a row did, by whose hand, and what was said."""
    said = " ".join(f"“{text}”" for text in (row.user_notes, row.notes) if text)
    return format_html(
        "{} points from {} to {} on {}, by {}. {}",
        in_points(row.points_cents),
        side(row, "from"),
        side(row, "to"),
        when(row.created_at),
        row.created_by_user or "the system",
        said,
    )
