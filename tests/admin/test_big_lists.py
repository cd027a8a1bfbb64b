"""Lists stay quick on a million rows: few queries, no full count, searches by index."""

import re

import pytest
from django.core.paginator import InvalidPage
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.admin import paginator
from accounts.admin.paginator import CappedPaginator
from billing.models import Customer, Payment, Sale
from cashback.models import CashbackAccount
from tests import make
from tests.admin.business import MODELS, page

pytestmark = [pytest.mark.ground, pytest.mark.django_db]

MOST_QUERIES = 6
MORE = {CashbackAccount: 1}  # the list of balances says what all of them add up to


def test_a_list_takes_at_most_six_queries(rows, owner, manager):
    for model in MODELS:
        for browser in (owner, manager):
            with CaptureQueriesContext(connection) as asked:
                browser.get(page(model, "changelist"))
            assert len(asked) <= MOST_QUERIES + MORE.get(model, 0), (model, [query["sql"] for query in asked])


def test_queries_do_not_grow_with_rows(rows, manager):
    def queries():
        with CaptureQueriesContext(connection) as asked:
            manager.get(page(Payment, "changelist"))
        return len(asked)

    few = queries()
    for _ in range(5):
        make.payment(100, sale=rows[Sale])
    assert queries() == few


@pytest.mark.parametrize(
    "question", ["", "?status__exact=SUCCEEDED", "?q=SHOP-1", "?p=1&channel__exact=CASH", "?_facets=True"]
)
def test_payments_are_never_counted_in_full(question, rows, owner, manager):
    for browser in (owner, manager):
        with CaptureQueriesContext(connection) as asked:
            browser.get(page(Payment, "changelist") + question)
        counts = [query["sql"] for query in asked if "COUNT(" in query["sql"].upper()]
        assert counts and all("LIMIT 10001" in sql for sql in counts), counts


def test_no_list_sorts_by_what_has_no_index(rows, owner):
    answer = owner.get(page(Payment, "changelist") + "?o=3")
    assert set(answer.context["cl"].queryset.query.order_by) == {"-pk"}


def test_a_tenants_list_walks_its_own_index(rows, manager):
    answer = manager.get(page(Payment, "changelist"))
    assert answer.context["cl"].queryset.query.order_by == ("-created_at", "-id")


@pytest.mark.parametrize("column", ["id", "reference", "customer", "sale"])
def test_a_payment_is_found_by_what_people_have_in_hand(column, rows, manager):
    payment = make.payment(300, sale=rows[Sale], reference="CHQ-7")
    make.payment(300, reference="CHQ-8")
    terms = {"id": payment.pk, "reference": "CHQ-7", "customer": payment.customer.number, "sale": rows[Sale].number}
    found = manager.get(page(Payment, "changelist"), {"q": f" {terms[column]} "}).context["cl"].result_list
    assert payment in found and all(row.customer_id == payment.customer_id for row in found)


def test_a_search_that_finds_nothing_says_what_it_takes(rows, manager):
    answer = manager.get(page(Payment, "changelist"), {"q": "nonsense"})
    assert "“nonsense” was not found" in answer.content.decode()
    assert "customer number" in answer.content.decode()


def test_an_empty_list_says_how_rows_come(manager):
    assert "when representatives record them" in manager.get(page(Payment, "changelist")).content.decode()


def test_a_count_stops_at_the_cap(rows, monkeypatch):
    monkeypatch.setattr(paginator, "CAP", 2)
    for _ in range(4):
        make.customer()
    pages = CappedPaginator(Customer.objects.order_by("pk"), 2)
    assert (pages.count, pages.num_pages, pages.in_words) == (3, 1, "more than 2")
    with pytest.raises(InvalidPage):
        pages.validate_number(2)


def test_small_lists_are_counted_exactly(rows):
    pages = CappedPaginator(Customer.objects.order_by("pk"), 50)
    assert (pages.count, pages.num_pages, pages.in_words) == (2, 1, "2")


def test_an_unfiltered_large_table_is_estimated(rows, postgres, monkeypatch):
    monkeypatch.setattr(paginator, "CAP", 2)
    for _ in range(4):
        make.customer()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE customers")
    with CaptureQueriesContext(connection) as asked:
        pages = CappedPaginator(Customer.objects.order_by("pk"), 2)
        assert pages.count == Customer.objects.count() and pages.in_words.startswith("about")
    assert not re.search(r"count\(\*\)(?! from \(select 1 from \S+ limit \d+\))", asked[0]["sql"].lower())
