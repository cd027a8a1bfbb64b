"""Numbers run from 1 in each tenant, type and year, without a gap, whatever fails on the way."""

from datetime import UTC, datetime

import pytest
from django.db import transaction

from billing import services
from billing.models import Invoice
from billing.services.invoices import DueDateRefused
from tests import make
from tests.billing.proof import assert_books_are_right

pytestmark = [pytest.mark.allocations, pytest.mark.django_db]


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("DUES", "DUES"),
        ("EVENT", "EVT"),
        ("DONATION", "DON"),
        ("SALES", "SAL"),
        ("SUBSCRIPTION", "SUB"),
        ("USAGE", "USE"),
    ],
)
def test_each_type_has_a_series_of_its_own(source, code):
    make.invoice(1)
    assert make.invoice(1, source=source).number == f"{code}-2026-0001"


def test_each_tenant_and_year_has_a_series_of_its_own():
    shop = make.customer()
    numbers = [make.invoice(1, to=shop, now=datetime(year, 6, 1, tzinfo=UTC)).number for year in (2026, 2027, 2026)]
    assert numbers == ["OTH-2026-0001", "OTH-2027-0001", "OTH-2026-0002"]
    assert make.invoice(1, of=make.tenant("other")).number == "OTH-2026-0001"


def test_after_9999_comes_10000():
    shop = make.customer()
    make.invoice(1, to=shop)
    from accounts.models import Counter

    Counter.objects.update(value=9999)
    assert [make.invoice(1, to=shop).number for _ in range(2)] == ["OTH-2026-10000", "OTH-2026-10001"]


def test_an_issue_that_fails_gives_its_number_back():
    draft = make.draft(1)
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        make.issue(draft)
        1 / 0  # noqa: B018 - the failure
    with pytest.raises(DueDateRefused):
        services.issue_invoice(actor=None, invoice=draft, now=make.NOW, due_at=make.later(days=-1))
    assert make.issue(draft).number == "OTH-2026-0001"
    assert_books_are_right()


def test_void_and_deleted_invoices_keep_their_numbers():
    shop = make.customer()
    services.void_invoice(actor=None, invoice=make.invoice(1, to=shop), reason="mistake", now=make.NOW)
    services.delete_invoice(actor=None, invoice=make.invoice(1, to=shop), now=make.NOW)
    assert make.invoice(1, to=shop).number == "OTH-2026-0003"
    assert Invoice.objects.values("number").distinct().count() == 3
    assert_books_are_right()
