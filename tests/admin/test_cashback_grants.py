"""Points given and taken by hand in the admin, and the policy of a business."""

import html

import pytest
from django.urls import reverse

from cashback.models import (
    CashbackPolicy,
    CashbackTransaction,
)
from tests import make
from tests.admin import points
from tests.admin.actions.clicks import do, offered, text_of
from tests.admin.points import has

pytestmark = [pytest.mark.cashback, pytest.mark.django_db]


@pytest.fixture
def asha():
    return points.asha()


def grant(client, **typed):
    return client.post(reverse("admin:cashback-grants"), {"way": "grant", "reason": "Diwali", **typed}, follow=True)


def test_points_are_given_to_several_at_once(asha, manager):
    ravi = make.user("CUSTOMER")
    answer = grant(
        manager, **{"person-1": asha.email, "points-1": "12.50", "person-2": ravi.email, "points-2": "5", "rows": "2"}
    )
    assert "17.50 points are given to 2 people" in text_of(answer)
    assert (has(asha), has(ravi)) == (1_250, 500)


def test_all_rows_or_none(asha, manager):
    ravi = make.user("CUSTOMER")
    make.points(asha, 100)
    rows = {"person-1": asha.email, "points-1": "1", "person-2": ravi.email, "points-2": "1"}
    answer = grant(manager, way="remove", **rows)
    assert answer.status_code == 422 and "none was booked" in answer.context["refusal"]
    assert has(asha) == 100 and asha.email in html.unescape(answer.content.decode())


def test_nobody_gives_points_to_themselves(as_user):
    admin = make.user("ADMIN", is_staff=True)
    answer = grant(as_user(admin), **{"person-1": admin.email, "points-1": "1"})
    assert answer.status_code == 403 and "Ask another administrator" in answer.context["refusal"]


@pytest.mark.parametrize("wrong", ["0.004", "NaN", "Infinity", "1e99", "-1", "many"])
def test_a_number_that_is_none_is_refused_beside_its_row(wrong, asha, manager):
    answer = grant(manager, **{"person-1": asha.email, "points-1": wrong})
    assert answer.status_code == 422 and has(asha) == 0


def test_a_grant_is_taken_back_by_a_linked_row(asha, manager):
    row = make.points(asha, 1_000)
    do(manager, row, "take-back", reason="wrong person")
    assert has(asha) == 0 and CashbackTransaction.objects.get(reverses=row).points_cents == 1_000
    assert "take-back" not in offered(manager, row)


def test_finance_does_not_grant(asha, bookkeeper):
    assert bookkeeper.get(reverse("admin:cashback-grants")).status_code == 403
    assert grant(bookkeeper, **{"person-1": asha.email, "points-1": "1"}).status_code == 403


def test_names_are_offered_of_the_own_business_only(asha, manager):
    make.user("CUSTOMER", name="Asha Elsewhere", of=make.tenant("elsewhere"))
    offers = manager.get(reverse("admin:cashback-people-offers"), {"q": "asha"}).json()["offers"]
    assert [offer["words"] for offer in offers] == ["Asha Rao"]


POLICY = {"transfers_a_day": "3", "transfer_points_a_day_cents": "", "gift_card_step_cents": "250", "least-upi": "10"}


def test_the_policy_is_set_by_an_administrator_and_its_story_told(manager):
    address_of_page = reverse("admin:cashback-policy")
    assert "these are the defaults" in text_of(manager.get(address_of_page))
    manager.post(address_of_page, POLICY)
    policy = CashbackPolicy.objects.get()
    assert (policy.transfers_a_day, policy.gift_card_step_cents) == (3, 25_000)
    assert (policy.transfer_points_a_day_cents, policy.redemption_minima) == (None, {"upi": 1_000})
    assert "10.00" in text_of(manager.get(address_of_page)) and manager.get(address_of_page).context["story"]


def test_finance_reads_the_policy_and_does_not_set_it(bookkeeper):
    assert not bookkeeper.get(reverse("admin:cashback-policy")).context["may_set"]
    assert bookkeeper.post(reverse("admin:cashback-policy"), POLICY).status_code == 403
    assert not CashbackPolicy.objects.exists()
