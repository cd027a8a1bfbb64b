"""Names and notes with markup in them are text on every page of cashback, never part of the page."""

import pytest
from django.urls import reverse

from accounts.admin import page_of
from cashback import services
from cashback.models import CashbackAccount, CashbackRedemption, CashbackTransaction, Loan, LoanPayment, TrackerEntry
from tests import make
from tests.admin.business import page
from tests.cashback.earning import fixed

pytestmark = [pytest.mark.cashback, pytest.mark.django_db]

RAW, AS_TEXT = "<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"


def test_markup_in_names_and_notes_is_text_on_every_page(as_user):
    person = make.user("CUSTOMER", name=RAW)
    loan = make.loan(to=person, loan_name=RAW, customer_notes=RAW)
    waiting = make.loan_payment(on=loan)
    tracker = make.tracker(owner=person, tracker_name=RAW)
    fixed(tracker, 100, to=person)
    entry = make.tracker_entry(on=tracker, notes=RAW)
    administrator = make.user("ADMIN", is_staff=True)
    rows = [(person, 10_000)]
    services.grant_points(actor=administrator, tenant=person.tenant, rows=rows, reason=RAW, notes=RAW, now=make.NOW)
    redemption = make.redemption(1_000, by=person)
    client = as_user(administrator)
    lists = [page(model, "changelist") for model in (CashbackAccount, CashbackTransaction, Loan, LoanPayment)]
    lists += [page(model, "changelist") for model in (CashbackRedemption, TrackerEntry)]
    objects = [page_of(row) for row in (CashbackAccount.objects.get(user=person), loan, waiting, tracker, entry)]
    works = [reverse(f"admin:cashback-{name}") for name in ("to-pay", "to-approve", "to-verify")]
    for address in [*lists, *objects, page_of(redemption), *works]:
        shown = client.get(address).content.decode()
        assert RAW not in shown, address
        assert AS_TEXT in shown, f"{address} does not show the name: this test proves nothing there"
