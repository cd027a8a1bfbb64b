"""Internet plans: what they may say, and what of them stays while subscriptions are on them."""

import pytest

from subscriptions import services
from subscriptions.models import InternetPlan
from subscriptions.services.plan_subscriptions import NotALine, NotAnInternetPlan, PlanCodeTaken, PlanIsInUse
from subscriptions.services.plan_subscriptions.plans import MONEY_TERMS
from tests import make

pytestmark = [pytest.mark.subscriptions, pytest.mark.django_db]

OTHER = {
    "billing_cycle": "WEEKLY",
    "monthly_price_cents": 1,
    "currency": "USD",
    "tax_rate_bps": 1,
    "data_cap_amount": 7,
    "data_cap_unit": "MB",
    "overage_price_cents": 1,
    "overage_unit": "TB",
    "overage_rounding": "STARTED_UNIT",
}


@pytest.mark.parametrize("name", MONEY_TERMS)
def test_what_a_plan_costs_and_gives_stays_while_a_subscription_is_on_it(name):
    plan = make.a_plan_subscription().plan

    with pytest.raises(PlanIsInUse, match="Make a new plan"):
        services.update_plan(actor=None, plan=plan, **{name: OTHER[name]})

    services.update_plan(actor=None, plan=make.a_plan(), **{name: OTHER[name]})


def test_a_plan_that_only_earlier_terms_name_is_in_use():
    made, newer = make.a_plan_subscription(), make.a_plan()
    change = {"actor": None, "subscription": made, "reason": "faster"}
    services.change_plan(plan_id=newer.pk, from_day=made.start_date.replace(month=2), **change)

    with pytest.raises(PlanIsInUse):
        services.update_plan(actor=None, plan=made.plan, overage_price_cents=1)


def test_speeds_name_status_and_thresholds_change_at_any_time():
    plan = make.a_plan_subscription().plan
    free = {"name": "New", "status": "INACTIVE", "download_kbps": 1, "upload_kbps": 1, "alert_thresholds": [50]}

    services.update_plan(actor=None, plan=plan, **free)

    assert InternetPlan.objects.filter(pk=plan.pk, **free).exists()


def test_a_code_is_one_plans():
    make.a_plan(code="F-1")

    with pytest.raises(PlanCodeTaken):
        make.a_plan(code="F-1")
    make.a_plan(make.tenant("other"), code="F-1")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("code", " "),
        ("name", "a\x00b"),
        ("download_kbps", 0),
        ("upload_kbps", "5"),
        ("data_cap_amount", 0),
        ("data_cap_amount", 1.5),
        ("data_cap_amount", "NaN"),
        ("data_cap_unit", "KB"),
        ("overage_unit", ""),
        ("currency", "usd"),
        ("tax_rate_bps", 10_001),
        ("alert_thresholds", [90, 80]),
        ("alert_thresholds", [0]),
        ("status", "ON"),
    ],
)
def test_a_plan_cannot_say(name, value):
    with pytest.raises(NotAnInternetPlan) as refused:
        make.a_plan(**{name: value})
    assert list(refused.value.fields) == [name]


def test_a_cap_is_bytes_of_its_unit_and_none_is_unlimited():
    assert make.a_plan(data_cap_amount="1.5", data_cap_unit="GB").cap_bytes == 1024**3 * 3 // 2
    assert make.a_plan(data_cap_amount=None).cap_bytes is None


@pytest.mark.parametrize("wrong", [{"username": ""}, {"id": " "}, {"status": "ON"}, {"service_type": "TAXI"}])
def test_a_line_cannot_say(wrong):
    with pytest.raises(NotALine):
        make.a_subscriber(**wrong)


def test_the_username_of_a_deleted_line_is_free_for_the_next():
    line = make.a_subscriber(username="anna")
    services.delete_subscriber(actor=None, subscriber=line, reason="moved out", now=make.NOW)

    make.a_subscriber(username="anna")
