"""What an internet plan must say: speeds, a cap that is whole, prices in one currency, and thresholds that rise."""

import re
from decimal import Decimal, InvalidOperation
from typing import Any, TypedDict

from accounts.errors import RuleBroken
from billing.services.checks import check_cents
from subscriptions.models import InternetPlan
from subscriptions.rules.data_units import BYTES_IN

FASTEST_KBPS = 2_000_000_000
LARGEST_CAP = Decimal(100_000_000)
LARGEST_PERCENT = 1000
WHOLE_BPS = 10_000


class NotAnInternetPlan(RuleBroken):
    """The plan says something that no plan can say; `fields` names what."""

    code = "not_an_internet_plan"


class PlanDetails(TypedDict, total=False):
    """What a plan may say besides its code, name and speeds."""

    status: str
    billing_cycle: str
    monthly_price_cents: int
    currency: str
    tax_rate_bps: int
    data_cap_amount: Decimal | int | str | None
    data_cap_unit: str
    overage_price_cents: int
    overage_unit: str
    overage_rounding: str
    alert_thresholds: list[int]


def check_plan(plan: InternetPlan) -> InternetPlan:
    """Return the plan with everything checked and its cap made whole. *Raises* NotAnInternetPlan, NotAnAmount."""
    plan.code, plan.name = _words("code", plan.code, 50), _words("name", plan.name, 200)
    for name in ("status", "billing_cycle", "overage_rounding", "overage_unit"):
        known = [value for value, _ in getattr(InternetPlan._meta.get_field(name), "flatchoices", ())]
        _check(getattr(plan, name) in known, name, f"One of: {', '.join(known)}.")
    for name in ("download_kbps", "upload_kbps"):
        _check_whole(plan, name, least=1, most=FASTEST_KBPS)
    _check_whole(plan, "tax_rate_bps", least=0, most=WHOLE_BPS)
    check_cents(plan.monthly_price_cents, name="monthly_price_cents", least=0)
    check_cents(plan.overage_price_cents, name="overage_price_cents", least=0)
    is_currency = isinstance(plan.currency, str) and re.fullmatch("[A-Z]{3}", plan.currency) is not None
    _check(is_currency, "currency", "Three capital letters, such as USD.")
    _check_cap(plan)
    _check_thresholds(plan.alert_thresholds)
    return plan


def _check_cap(plan: InternetPlan) -> None:
    """A cap is an amount and a unit together; without an amount the plan is unlimited."""
    amount, plan.has_data_cap = plan.data_cap_amount, plan.data_cap_amount is not None
    if amount is None:
        _check(plan.data_cap_unit == "", "data_cap_unit", "Only with data_cap_amount.")
        return
    _check(plan.data_cap_unit in BYTES_IN, "data_cap_unit", f"One of: {', '.join(BYTES_IN)}.")
    plan.data_cap_amount = _amount(amount)


def _amount(amount: Any) -> Decimal:
    says = f"More than 0, at most {LARGEST_CAP}, with at most two decimals; a whole number or a text."
    try:
        value = None if isinstance(amount, bool | float) else Decimal(amount)
    except (InvalidOperation, TypeError, ValueError):
        value = None
    is_amount = value is not None and value.is_finite() and 0 < value < LARGEST_CAP and not value % Decimal("0.01")
    _check(is_amount, "data_cap_amount", says)
    return Decimal(amount)


def _check_thresholds(thresholds: Any) -> None:
    are_percents = isinstance(thresholds, list) and all(
        type(percent) is int and 1 <= percent <= LARGEST_PERCENT for percent in thresholds
    )
    says = f"Whole percents from 1 to {LARGEST_PERCENT}, each higher than the one before, such as [80, 90, 100]."
    _check(are_percents and thresholds == sorted(set(thresholds)), "alert_thresholds", says)


def _check_whole(plan: InternetPlan, name: str, *, least: int, most: int) -> None:
    value = getattr(plan, name)
    _check(type(value) is int and least <= value <= most, name, f"A whole number from {least} to {most}.")


def _words(name: str, text: Any, longest: int) -> str:
    is_text = isinstance(text, str) and 0 < len(text.strip()) <= longest and "\x00" not in text
    _check(is_text, name, f"A text of 1 to {longest} characters.")
    return str(text).strip()


def _check(holds: bool, name: str, says: str) -> None:
    if not holds:
        raise NotAnInternetPlan(f"An internet plan cannot say this for {name}. It takes: {says}", fields={name: [says]})
