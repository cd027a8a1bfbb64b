"""A route is found by its number, its day or who went; within one business, and without reading the whole table."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from routes import selectors
from routes.selectors import routes_like
from tests import make

pytestmark = [pytest.mark.routes, pytest.mark.django_db]


@pytest.fixture
def trips():
    """Three trips of two people on two days."""
    rahim, karim = make.user(name="Rahim Uddin"), make.user(name="Abdul Karim")
    return {
        "R-7": make.route("PENDING", rep=rahim, number="R-7", on=date(2026, 1, 13)),
        "R-71": make.route("PENDING", rep=karim, number="R-71", on=date(2026, 1, 14)),
        "S-1": make.route("PENDING", rep=rahim, number="S-1", on=date(2026, 1, 14)),
    }


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("", {"R-7", "R-71", "S-1"}),
        ("R-7", {"R-7", "R-71"}),
        ("r-71", {"R-71"}),
        ("2026-01-14", {"R-71", "S-1"}),
        (" 14 Jan 2026 ", {"R-71", "S-1"}),
        ("14.1.2026", {"R-71", "S-1"}),
        ("karim", {"R-71"}),
        ("uddin", {"R-7", "S-1"}),
        ("R-8", set()),
        ("%", set()),
        ("x" * 500, set()),
    ],
)
def test_what_a_person_types_finds_the_routes_that_they_mean(trips, text, numbers):
    assert {route.number for route in routes_like(tenant=make.tenant(), text=text)} == numbers


def test_the_newest_come_first_and_a_dozen_at_most(trips):
    for _ in range(12):
        make.route("PENDING", rep=trips["R-7"].assigned_to, on=date(2026, 1, 1))
    found = routes_like(tenant=make.tenant(), text="rahim")
    assert len(found) == 12 and [route.number for route in found[:2]] == ["S-1", "R-7"]


def test_another_business_is_never_offered(trips):
    assert routes_like(tenant=make.tenant("elsewhere"), text="R-7") == []
    assert routes_like(tenant=make.tenant("elsewhere"), text="rahim") == []


def test_an_old_route_is_found_by_its_whole_number_alone(trips, monkeypatch):
    monkeypatch.setattr(selectors, "NEWEST", 2)
    assert [route.number for route in routes_like(tenant=make.tenant(), text="R-7")] == ["R-71", "R-7"]
    assert [route.number for route in routes_like(tenant=make.tenant(), text="R-")] == ["R-71"]


def test_every_question_has_an_end(trips):
    with CaptureQueriesContext(
        connection,
    ) as asked:
        routes_like(tenant=make.tenant(), text="rahim")
    assert len(asked) <= 5 and all("LIMIT" in query["sql"] for query in asked if 'FROM "tenants"' not in query["sql"])
