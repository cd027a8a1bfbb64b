"""The report of what is owed: whom each selection names, in which order, page by page, with totals, in few queries."""

import pytest

from subscriptions.selectors.account_figures import Scope
from subscriptions.selectors.outstanding import Wanted, outstanding_rows, outstanding_totals
from tests import make
from tests.subscriptions.accounts import account_of_lal

pytestmark = [pytest.mark.dairy, pytest.mark.django_db]


def listed(selection, *, sort="name", scope=None, **wanted):
    scope = scope or Scope(make.tenant(), make.NOW)
    return outstanding_rows(scope, Wanted(selection=selection, sort=sort, **wanted))


def names(selection, **wanted):
    return [row["name"] for row in listed(selection, **wanted)]


@pytest.fixture
def customers():
    """Lal, who owes and has credit; Nila, who only has credit; Omi, who is even; Pia of another business."""
    account_of_lal()
    make.payment(300, by=make.customer(name="Nila"))
    make.customer(name="Omi")
    make.customer(of=make.tenant("elsewhere"), name="Pia", opening_balance_cents=5)


def test_each_selection_has_exactly_its_customers(customers):
    assert names("all") == ["Lal", "Nila", "Omi"]
    assert names("with_outstanding") == ["Lal"]
    assert names("with_unbilled") == ["Lal"]
    assert names("with_credit") == ["Lal", "Nila"]
    assert names("in_credit") == ["Nila"]
    assert names("with_balance") == ["Lal", "Nila"]
    assert names("overdue") == names("to_look_at") == []


def test_customers_come_in_the_order_that_is_asked_for_page_by_page(customers):
    assert names("all", sort="-name") == ["Omi", "Nila", "Lal"]
    assert names("all", sort="net") == ["Nila", "Omi", "Lal"]
    first, second = listed("all", sort="-net", limit=2)
    rest = listed("all", sort="-net", limit=2, after=(second["net_cents"], second["customer_id"]))
    assert [first["name"], second["name"], *(row["name"] for row in rest)] == ["Lal", "Omi", "Nila"]
    after = ("Lal", first["customer_id"])
    assert names("all", limit=1, after=after) == ["Nila"]


def test_a_customer_without_a_round_is_there(customers):
    assert names("all", without_round=True) == ["Lal", "Nila", "Omi"]


def test_the_totals_are_the_sum_of_all_rows(customers):
    totals = outstanding_totals(Scope(make.tenant(), make.NOW))
    rows = listed("all")
    assert totals.pop("customers") == 3
    assert totals == {name: sum(row[name] for row in rows) for name in totals}


def test_the_report_costs_the_same_few_queries_for_any_number_of_customers(customers, django_assert_max_num_queries):
    for number in range(12):
        make.customer(name=f"Customer {number}", opening_balance_cents=number)
    scope = Scope(make.tenant(), make.NOW)
    with django_assert_max_num_queries(4):
        assert len(listed("all", limit=10, scope=scope)) == 10
        assert len(listed("with_balance", scope=scope)) == 13
        outstanding_totals(scope)
