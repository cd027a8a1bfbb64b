"""`GET /api/billing/admin/finance/summary`: the shape that the contract fixes, and what is no period or currency."""

import pytest

from tests import legacy, make
from tests.api.clients import client_as, client_of, error_of

pytestmark = [pytest.mark.finance, pytest.mark.django_db]

SUMMARY = "/api/billing/admin/finance/summary"
SOURCES = {"DUES", "EVENT", "DONATION", "SALES", "SUBSCRIPTION", "USAGE", "OTHER"}


@pytest.fixture
def office():
    return client_as("FINANCE")


def test_the_answer_has_the_keys_of_the_contract(office):
    make.invoice(900, source="DUES")
    found = office.get(f"{SUMMARY}?period=ALL_TIME").json()
    assert set(found) >= {"range", "currency", "other_currencies", "totals", "by_source", "by_status"}
    assert found["range"] == {"type": "ALL_TIME", "from": None, "to": None, "label": "All time"}
    figure = {"count": 1, "total_cents": 900}
    assert found["totals"]["outstanding"] == found["by_status"]["OUTSTANDING"] == figure
    assert set(found["totals"]) >= {"collected", "cancelled", "via_legacy_cents", "overpaid_cents", "unallocated_cents"}
    assert set(found["by_source"]) == SOURCES
    assert found["by_source"]["DUES"]["outstanding"] == figure
    assert set(found["by_status"]) == {"OUTSTANDING", "PAID", "CANCELLED"}


def test_the_year_to_date_is_the_default_and_two_days_take_precedence(office):
    assert office.get(SUMMARY).json()["range"]["type"] == "YEAR_TO_DATE"
    assert office.get(f"{SUMMARY}?period=last_12_months").json()["range"]["type"] == "LAST_12_MONTHS"
    found = office.get(f"{SUMMARY}?period=ALL_TIME&from=2026-01-05&to=2026-01-05").json()
    assert found["range"] == {
        "type": "CUSTOM",
        "from": "2026-01-05",
        "to": "2026-01-05",
        "label": "5 Jan 2026 - 5 Jan 2026",
    }


def test_two_answers_about_all_time_are_equal_to_the_byte(office):
    legacy.invoice(900, status="PAID")
    assert office.get(f"{SUMMARY}?period=ALL_TIME").content == office.get(f"{SUMMARY}?period=ALL_TIME").content


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("period=LAST_WEEK", "period"),
        ("period=CUSTOM", "period"),
        ("period=", "period"),
        ("from=2026-01-01", "to"),
        ("to=2026-01-01", "from"),
        ("from=2026-02-30&to=2026-03-01", "from"),
        ("from=yesterday&to=2026-03-01", "from"),
        ("currency=usd", "currency"),
        ("currency=%00AB", "currency"),
        ("perod=ALL_TIME", "perod"),
    ],
)
def test_what_is_no_window_and_no_currency_is_refused_by_name(office, query, name):
    assert list(error_of(office.get(f"{SUMMARY}?{query}"), 400, "invalid")["fields"]) == [name]


def test_a_window_that_ends_before_it_begins_is_refused(office):
    error_of(office.get(f"{SUMMARY}?from=2026-02-01&to=2026-01-31"), 422, "period_reversed")


def test_a_superuser_names_the_business(office):
    make.invoice(900)
    above = client_of(make.superuser())
    error_of(above.get(SUMMARY), 422, "tenant_missing")
    assert above.get(f"{SUMMARY}?tenant=distro&period=ALL_TIME").json()["totals"]["outstanding"]["count"] == 1
