"""The figures of the finance summary add up for any books, and agree with the rule row by row."""

from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from billing.models import Customer, Invoice
from billing.rules import invoice_status as rule
from billing.rules.invoice_source import SOURCES, invoice_source
from billing.selectors.finance import finance_summary
from tests import legacy, make

pytestmark = [pytest.mark.finance, pytest.mark.django_db]
NOW = make.NOW


def summary(tenant=None, **asked):
    asked.setdefault("period", "ALL_TIME")
    return finance_summary(tenant or make.tenant(), now=asked.pop("now", NOW), **asked)


def totals(**asked):
    """The totals as short tuples: `{"outstanding": (count, cents), …}`."""
    found = summary(**asked)["totals"]
    return {
        name: (value["count"], value["total_cents"]) if isinstance(value, dict) else value
        for name, value in found.items()
    }


@st.composite
def rows(draw):
    """Any invoice that the database lets stand, and what payments that name it have left."""
    status, total = draw(st.sampled_from(Invoice.Status.values)), draw(st.sampled_from([0, 1, 2, 100]))
    allocated = draw(st.integers(0, total)) if status not in rule.STICKY else 0
    return {
        "status": status,
        "total_cents": total,
        "allocated_cents": allocated,
        "credited_cents": draw(st.integers(0, allocated)),
        "counts_by_allocations": draw(st.booleans()),
        "source": draw(st.sampled_from([*SOURCES, "EVT", "due", "?"])),
        "currency": draw(st.sampled_from(["BDT", "BDT", "USD"])),
        "due_at": draw(st.sampled_from([None, *(NOW - timedelta(days=days) for days in (-1, 0, 1, 30, 31, 61, 91))])),
        "deleted_at": draw(st.sampled_from([None, None, NOW])) if not allocated else None,
    }, draw(st.sampled_from([0, 1, 100, 101]))


@pytest.mark.damages_rows
@settings(max_examples=50, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(books=st.lists(rows(), max_size=10))
def test_any_books_add_up_and_agree_with_the_rule_row_by_row(books):
    with transaction.atomic():
        shop = Customer.objects.first() or make.customer()
        for fields, left in books:
            invoice = legacy.invoice(to=shop, **fields)
            if left:
                legacy.payment(left, by=shop, invoice=invoice, currency=fields["currency"])
        for currency in ("BDT", "USD"):
            found = summary(currency=currency)
            assert_identities(found)
            assert_by_hand(found, [each for each in books if each[0]["currency"] == currency])
        transaction.set_rollback(True)


def assert_identities(found):
    totals, by_source, by_status = found["totals"], found["by_source"], found["by_status"]
    for name in ("outstanding", "collected"):
        for key in ("count", "total_cents"):
            assert sum(sums[name][key] for sums in by_source.values()) == totals[name][key]
    assert by_status["OUTSTANDING"] == totals["outstanding"]
    assert by_status["CANCELLED"] == totals["cancelled"]
    for key in ("count", "total_cents"):
        assert sum(figure[key] for figure in found["ageing"].values()) == totals["outstanding"][key]
    assert 0 <= totals["via_legacy_cents"] <= totals["collected"]["total_cents"]


def assert_by_hand(found, books):
    """The same figures, row by row in Python."""
    live = [(fields, left) for fields, left in books if fields["deleted_at"] is None and fields["total_cents"]]
    told = [(fields, left, *by_rule(fields, left)) for fields, left in live]
    asking = [each for each in told if each[0]["status"] not in rule.STICKY]
    owed = [(fields, balance) for fields, _, _, balance in asking if balance]
    collected = [paid - fields["credited_cents"] for fields, _, paid, _ in asking]
    totals, by_status = found["totals"], found["by_status"]
    asked = sum(fields["total_cents"] for fields, *_ in asking)
    assert asked == (
        totals["outstanding"]["total_cents"] + totals["collected"]["total_cents"] + totals["credited_cents"]
    ), "each cent that is asked for is outstanding, collected or credited"
    assert sum(figure["count"] for figure in by_status.values()) == len(live), "each invoice has one status"
    assert totals["outstanding"] == {"count": len(owed), "total_cents": sum(balance for _, balance in owed)}
    assert totals["collected"] == {"count": len([cents for cents in collected if cents]), "total_cents": sum(collected)}
    assert totals["cancelled"]["total_cents"] == sum(
        fields["total_cents"] for fields, *_ in told if fields["status"] in rule.STICKY
    )
    for bucket, figure in found["ageing"].items():
        inside = [balance for fields, balance in owed if bucket_of(fields, balance) == bucket]
        assert figure == {"count": len(inside), "total_cents": sum(inside)}
    for source, sums in found["by_source"].items():
        inside = [balance for fields, balance in owed if invoice_source(fields["source"]) == source]
        assert sums["outstanding"] == {"count": len(inside), "total_cents": sum(inside)}
    payments = sum(left for _, left in books)
    spent = sum(min(left, fields["total_cents"]) for fields, left, *_ in asking if is_legacy(fields))
    assert totals["overpaid_cents"] + totals["unallocated_cents"] + spent == payments, "no cent that came in is lost"


def by_rule(fields, left):
    """What is paid and what is left, by the rule."""
    money = {name: fields[name] for name in ("status", "total_cents", "allocated_cents", "counts_by_allocations")}
    paid = rule.paid_cents(**money, legacy_payments_cents=left)
    return paid, rule.balance_cents(status=fields["status"], total_cents=fields["total_cents"], paid_cents=paid)


def is_legacy(fields):
    """Whether it counts by its legacy money."""
    return not fields["counts_by_allocations"] and not fields["allocated_cents"] and fields["status"] not in rule.STICKY


def bucket_of(fields, balance):
    """The ageing bucket, by the rule."""
    return rule.ageing_bucket(rule.days_overdue(balance_cents=balance, due_at=fields["due_at"], now=NOW))


def test_the_summary_asks_four_questions_however_many_invoices_there_are():
    def cost():
        with CaptureQueriesContext(connection) as asked:
            summary()
        return len(asked)

    make.tenant()
    of_none = cost()
    for source in SOURCES:
        legacy.payment(400, by=legacy.invoice(900, source=source).customer)
        make.invoice(900, source=source)
    assert cost() - of_none <= 1  # the tenant is looked up once by the builders
    assert cost() <= 6
