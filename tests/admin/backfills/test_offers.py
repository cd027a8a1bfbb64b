"""While a person types which route a payment was collected on, routes of that payment's business are offered."""

import pytest

from tests import make
from tests.admin.backfills.clicks import address, executed, finding_of

pytestmark = [pytest.mark.engine, pytest.mark.django_db(transaction=True)]


def offers(client, **asked):
    return client.get(address("backfill-offers"), {"choice": "choose_route", **asked})


def test_routes_are_offered_by_number_day_and_person(payments, bookkeeper):
    finding, route = finding_of(executed(make.tenant())), payments[0].sale.route
    for text in (route.number, str(route.route_date), route.assigned_to.name.lower()):
        found = offers(bookkeeper, finding=finding.pk, q=text).json()["offers"]
        assert route.number in [each["value"] for each in found]
    words = next(each["words"] for each in found if each["value"] == route.number)
    assert words == f"13 Jan 2026 (2026-01-13), {route.assigned_to}, on the road"


def test_the_fields_of_the_work_list_ask_there(payments, bookkeeper):
    finding = finding_of(executed(make.tenant()))
    page = bookkeeper.get(address("backfill-findings")).content.decode()
    assert f"choice=choose_route&amp;finding={finding.pk}" in page and 'list="offered-bulk"' in page


def test_nothing_of_another_business_is_offered(payments, as_user):
    finding = finding_of(executed(make.tenant()))
    stranger = as_user(make.user("FINANCE", of=make.tenant("elsewhere"), is_staff=True))
    assert offers(stranger, finding=finding.pk, q="N").status_code == 404
    assert offers(stranger, q="N").json() == {"offers": []}


def test_a_superuser_is_offered_the_routes_of_the_findings_business(payments, owner):
    finding = finding_of(executed(None))
    assert offers(owner, q="N").json() == {"offers": []}
    assert offers(owner, finding=finding.pk, q="N").json()["offers"]
    assert offers(owner, tenant="distro", q="N").json()["offers"]


def test_only_who_decides_may_ask(payments, as_user):
    rep = as_user(make.user(is_staff=True))
    assert offers(rep, q="N").status_code == 403


@pytest.mark.parametrize("asked", [{"choice": "nonsense"}, {"choice": ""}, {"finding": "x"}, {"finding": "99999999"}])
def test_nonsense_answers_404(asked, payments, bookkeeper):
    assert offers(bookkeeper, **asked).status_code == 404


def test_a_choice_that_needs_nothing_offers_nothing(payments, bookkeeper):
    assert offers(bookkeeper, choice="keep", q="N").json() == {"offers": []}
