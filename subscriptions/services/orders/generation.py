"""The orders of a day, made from the standing orders: set-based, with history, and as often as anybody likes.

Standing orders are taken in windows of consecutive keys; a window is a handful of statements, whatever it holds, and nothing of
it stays in memory but the keys of the orders that it wrote. A second run makes the day agree with the standing orders again.
"""

from collections.abc import Callable
from datetime import date, datetime
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS

from accounts.errors import RuleBroken
from accounts.locks import locked
from accounts.models import Tenant, User
from accounts.unit_of_work import unit_of_work
from billing.services.checks import check_moment
from operations.backfill.sql import look_rows_up
from routes.models import Round
from routes.services import check_staff
from subscriptions.models import StandingOrder
from subscriptions.selectors.orders_of_day import GeneratedDay, Scope, answered, counts_by_status, preview_orders
from subscriptions.services.checks import check_day
from subscriptions.services.orderable import UnknownSlot, check_slot
from subscriptions.services.orders.statements import GenerationStatements

WINDOW = 5000
MOST_DAYS_AWAY = 366
BEFORE_ALL, AFTER_ALL = UUID(int=0), UUID(int=2**128 - 1)


class DayTooFar(RuleBroken):
    """Nobody plans deliveries for a day so far from today."""

    code = "day_too_far"


class ForeignRound(RuleBroken):
    """The round belongs to another business."""

    code = "foreign_round"


@unit_of_work
def generate_orders(
    *,
    actor: User | None,
    tenant: Tenant,
    day: date,
    now: datetime,
    round: Round | None = None,  # noqa: A002 - the field's name
    slot: str | None = None,
    window: int = WINDOW,
    told: Callable[[int], None] | None = None,
) -> GeneratedDay:
    """Make the orders of a day agree with the standing orders; `told` hears after each window how many orders were written.

    Missing orders are created, orders that differ are changed, those that nobody wants any more are withdrawn; what is
    delivered, or not delivered for a reason, is left alone. Two people at once: the second waits, and then finds nothing to do.
    *Money*: price and tax rate are those of the day, kept on the order. *Raises* DayTooFar, NotADay, UnknownSlot, ForeignRound.
    """
    check_staff(actor, tenant.pk)
    scope = checked_scope(tenant=tenant, day=day, now=now, round=round, slot=slot)
    look_rows_up(DEFAULT_DB_ALIAS)
    locked(Tenant.objects.filter(pk=tenant.pk)).get()
    before = counts_by_status(scope)
    statements = GenerationStatements(scope, now=now)
    created = changed = withdrawn = 0
    after = BEFORE_ALL
    while after != AFTER_ALL:
        upto = _window_end(tenant, after, window)
        created += statements.create(after, upto)
        if before:
            restored, differing = statements.change(after, upto)
            created, changed = created + restored, changed + differing
            withdrawn += statements.withdraw(after, upto)
        after = upto
        if told is not None:
            told(created + changed + withdrawn)
    return answered(scope, before, created=created, changed=changed, withdrawn=withdrawn)


def preview_generation(
    *,
    actor: User | None,
    tenant: Tenant,
    day: date,
    now: datetime,
    round: Round | None = None,  # noqa: A002 - the field's name
    slot: str | None = None,
) -> GeneratedDay:
    """Answer what `generate_orders` would do, with the same refusals; writes nothing."""
    check_staff(actor, tenant.pk)
    checked_scope(tenant=tenant, day=day, now=now, round=round, slot=slot)
    return preview_orders(tenant=tenant, day=day, round=round, slot=slot)


def checked_scope(
    *,
    tenant: Tenant,
    day: date,
    now: datetime,
    round: Round | None,  # noqa: A002
    slot: str | None,
) -> Scope:
    """Return the scope if orders can be generated for it. *Raises* DayTooFar, NotADay, UnknownSlot, ForeignRound."""
    check_day(day, name="day")
    today = tenant.day_of(check_moment(now, name="now"))
    if abs((day - today).days) > MOST_DAYS_AWAY:
        raise DayTooFar(
            f"{day} is more than {MOST_DAYS_AWAY} days from today, {today}. Generate the orders of a day nearer to it.",
            fields={"day": [f"At most {MOST_DAYS_AWAY} days from {today}."]},
        )
    if round is not None and round.tenant_id != tenant.pk:
        raise ForeignRound(f"Round {round.pk} is not one of {tenant.slug}. Choose one of its own rounds.")
    if round is not None:
        check_slot(slot or "", round.slots, where=f"round {round}")
    elif slot:
        _check_known_slot(tenant, slot)
    return Scope(tenant, day, round, slot)


def _check_known_slot(tenant: Tenant, slot: str) -> None:
    """Without a round: a slot of any of them, or one that some standing order names."""
    if StandingOrder.objects.filter(tenant=tenant, slot=slot).exists():
        return
    known = sorted(
        {name for slots in Round.objects.filter(tenant=tenant).values_list("slots", flat=True) for name in slots}
    )
    if slot not in known:
        choices = ", ".join(known) or "none yet"
        raise UnknownSlot(
            f"No round of {tenant.slug} goes in slot '{slot}'. Known are: {choices}.",
            fields={"slot": [f"One of: {choices}."]},
        )


def _window_end(tenant: Tenant, after: UUID, window: int) -> UUID:
    """The last standing order of the window that begins after a key."""
    keys = StandingOrder.objects.filter(tenant=tenant, pk__gt=after).order_by("pk").values_list("pk", flat=True)
    return next(iter(keys[window - 1 : window]), AFTER_ALL)
