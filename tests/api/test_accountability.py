"""Accountability by API: for the office and the person themselves, with the keys of the contract."""

import pytest

from tests import legacy, make
from tests.api.clients import client_as, client_of, error_of
from tests.contract import ACCOUNTABILITY_KEYS

pytestmark = [pytest.mark.routes, pytest.mark.django_db]


@pytest.fixture
def rep():
    """A representative with 50.00 sold on a route, of which 12.05 are paid: 12.00 linked, 0.05 through the fallback."""
    rep = make.user("SALES_REP")
    sale = make.sale(5000, route=make.route(rep=rep))
    make.payment(1200, sale=sale, collected_by=rep)
    legacy.payment(5, sale=sale)
    return rep


def test_the_answer_has_the_keys_of_the_contract(rep):
    answer = client_as("FINANCE").get(f"/api/users/{rep.pk}/accountability")
    assert answer.status_code == 200, answer.content
    body = answer.json()
    assert set(body) >= ACCOUNTABILITY_KEYS
    assert (body["user_id"], body["user_name"]) == (str(rep.pk), rep.name)
    assert (body["expected_cents"], body["total_collected_cents"]) == (5000, 1205)
    assert body["total_collected_from_payments"] == "12.05"
    assert (body["payments_counted"], body["payments_via_fallback"]) == (2, 1)
    assert [route["expected_cents"] for route in body["routes"]] == [5000]


def test_a_period_narrows_the_routes(rep):
    client = client_of(rep)
    address = f"/api/users/{rep.pk}/accountability"
    assert client.get(f"{address}?from=2026-01-13&to=2026-01-13").json()["expected_cents"] == 5000
    assert client.get(f"{address}?from=2026-01-14").json()["expected_cents"] == 0


def test_a_colleague_may_not_look_but_the_person_may(rep):
    address = f"/api/users/{rep.pk}/accountability"
    assert client_of(rep).get(address).status_code == 200
    error_of(client_as("SALES_REP").get(address), 403, "not_allowed")
    error_of(client_as("CUSTOMER").get(address), 403, "not_allowed")
    error_of(client_as("ADMIN", of=make.tenant("dairy")).get(address), 404)


def test_everybody_and_the_unattributed_are_all_payments(rep):
    make.payment(700, by=make.customer())
    body = client_as("ADMIN").get("/api/accountability").json()
    assert [person["user_id"] for person in body["representatives"]] == [str(rep.pk)]
    assert body["unattributed"] == {"no_sale": {"payments": 1, "cents": 700}}
    assert body["totals"]["all_payments_cents"] == 1905


def test_a_period_that_ends_before_it_begins_is_refused(rep):
    client = client_as("ADMIN")
    for address in ("/api/accountability", f"/api/users/{rep.pk}/accountability"):
        error = error_of(client.get(f"{address}?from=2026-01-31&to=2026-01-01"), 422, "period_reversed")
        assert "to" in error["fields"]


def test_a_superuser_names_the_business(rep):
    owner = client_of(make.superuser())
    error_of(owner.get("/api/accountability"), 422, "tenant_missing")
    assert owner.get("/api/accountability?tenant=distro").status_code == 200
