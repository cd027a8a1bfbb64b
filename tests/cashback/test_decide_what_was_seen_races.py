"""A rule that is being set or ended while somebody decides: they wait for it, and are refused what it changed."""

import pytest

from cashback import services
from cashback.models import CashbackTransaction, LoanPayment, TrackerEntry
from cashback.selectors.marks import mark_of
from cashback.services.seen import ChangedSinceSeen
from tests import make
from tests.billing.test_allocation_backfill_races import while_open
from tests.cashback.earning import share

pytestmark = [pytest.mark.cashback, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("postgres")]


def test_a_rule_that_is_being_set_while_a_day_is_approved():
    tracker, admin = make.tracker(), make.user("ADMIN")
    entry = make.tracker_entry(50_000, on=tracker)
    said = {"actor": admin, "entry": entry, "now": make.NOW, "seen": mark_of(TrackerEntry, entry.pk)}
    with pytest.raises(ChangedSinceSeen):
        while_open(lambda: share(tracker, "0.5"), lambda: services.approve_entry(**said))
    assert (TrackerEntry.objects.get().status, CashbackTransaction.objects.count()) == ("pending", 0)


def test_a_rule_that_is_being_ended_while_a_payment_is_verified():
    loan, finance = make.loan(), make.user("FINANCE")
    share(loan, "0.5")
    payment, rule = make.loan_payment(100_000, on=loan), loan.cashback_configs.get()
    said = {"actor": finance, "payment": payment, "now": make.NOW, "seen": mark_of(LoanPayment, payment.pk)}
    with pytest.raises(ChangedSinceSeen):
        while_open(
            lambda: services.end_loan_cashback(actor=None, config=rule), lambda: services.verify_loan_payment(**said)
        )
    assert (LoanPayment.objects.get().status, CashbackTransaction.objects.count()) == ("pending", 0)
