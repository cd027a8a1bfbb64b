"""Policies: what a business allows its people to do with points. Where it said nothing, the defaults hold."""

from typing import Any

from accounts.errors import RuleBroken
from accounts.locks import locked
from accounts.models import Tenant, User
from accounts.roles import ADMINS
from accounts.unit_of_work import unit_of_work
from cashback.models import CashbackPolicy, PayoutKind
from cashback.rules.points import MOST_POINTS_CENTS
from routes.services import check_staff

MOST_TRANSFERS = 100_000  # a day; more is a mistake of typing


class NotAPolicy(RuleBroken):
    """A setting that there is not, or a value that it cannot have."""

    code = "not_a_policy"


def policy_of(tenant: Tenant) -> CashbackPolicy:
    """What this business allows; a row that is not stored, with the defaults, when it never said."""
    return CashbackPolicy.objects.filter(tenant=tenant).first() or CashbackPolicy(tenant=tenant)


@unit_of_work
def set_cashback_policy(*, actor: User | None, tenant: Tenant, **changes: Any) -> CashbackPolicy:
    """Change what a business allows: only the settings that are named; the others stay. *Raises* NotAPolicy.

    `transfers_a_day` (0: none), `transfer_points_a_day_cents` (None: unlimited), `gift_card_step_cents`, and
    `redemption_minima`, cents by kind of payout.
    """
    check_staff(actor, tenant.pk, roles=ADMINS)
    for name, value in changes.items():
        _check(name, value)
    policy, is_first = CashbackPolicy.objects.get_or_create(tenant=tenant, defaults=changes)
    if is_first:
        return policy
    policy = locked(CashbackPolicy.objects.filter(tenant=tenant)).get()
    for name, value in changes.items():
        setattr(policy, name, value)
    policy.save()
    return policy


def _check(name: str, value: Any) -> None:
    is_right, cure = {
        "transfers_a_day": (_is_whole(value, 0, MOST_TRANSFERS), f"a whole number from 0 to {MOST_TRANSFERS}"),
        "transfer_points_a_day_cents": (
            value is None or _is_whole(value, 0, MOST_POINTS_CENTS),
            "whole cents of a point from 0 up, or nothing for unlimited",
        ),
        "gift_card_step_cents": (_is_whole(value, 1, MOST_POINTS_CENTS), "whole cents of a point from 1 up"),
        "redemption_minima": (_are_minima(value), f"whole cents from 1 up by kind: {', '.join(PayoutKind.values)}"),
    }.get(name, (False, "a setting that there is"))
    if not is_right:
        raise NotAPolicy(f"{name} cannot be {value!r}: give {cure}.", fields={name: [f"Give {cure}."]})


def _is_whole(value: Any, least: int, most: int) -> bool:
    return type(value) is int and least <= value <= most


def _are_minima(value: Any) -> bool:
    return isinstance(value, dict) and all(
        kind in PayoutKind.values and _is_whole(cents, 1, MOST_POINTS_CENTS) for kind, cents in value.items()
    )
