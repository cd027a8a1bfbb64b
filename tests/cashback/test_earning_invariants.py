"""Each sentence about what was earned holds after the services, and notices the damage that it is about."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from accounts.ids import new_id
from cashback import services
from cashback.models import (
    CashbackTransaction,
    LoanCashbackConfig,
    LoanPayment,
    SystemAccount,
    TrackerCashbackConfig,
    TrackerEntry,
)
from cashback.services.ledger import hold_accounts
from operations.append_only import suspended
from operations.invariants import invariants
from tests import make
from tests.billing.proof import assert_books_are_right
from tests.cashback.earning import fixed, share

pytestmark = [pytest.mark.cashback, pytest.mark.django_db, pytest.mark.damages_rows]

PAYMENTS = (
    "What stands of the earnings of a loan payment was earned on its interest by its last verification, and it counts"
)
DAYS = "What stands of the earnings of a tracker's day was earned on its payment by its last approval, and it counts"
RULE = "What was earned is what the rule of its own row gives on the base of its own row"
STANDS = "Nothing that a payment or a day earned by its last decision was taken back while that one counts"
TOGETHER = "All shares of one verification or approval together are its base at most"
LINKS = "What was earned, and what took it back, names a payment of its own loan and business"
WHOLE = "No loan and no tracker gives away more than the whole of what is paid, by shares that hold"
FAMILY = "Days of trackers and rules of cashback belong to the business of their loan, tracker and person"
OWN = "Nobody set a rule of cashback for themselves, earned by their own hand, or approved a day of their own"


class Books:
    """A loan with a payment that was changed and verified anew, and one by hand; a tracker with a day that was rejected."""

    def __init__(self):
        self.loan, self.tracker = make.loan(), make.tracker()
        self.asha, self.ravi = share(self.loan, "0.05"), fixed(self.loan, 150)
        self.payment = make.loan_payment(14_000, on=self.loan, interest_cents=4000, verify=True)
        by = make.user("ADMIN")
        services.change_loan_payment(actor=by, payment=self.payment, reason="less", now=make.NOW, interest_cents=2010)
        self.verify(self.payment)
        self.by_hand = make.loan_payment(14_000, on=self.loan, interest_cents=100)
        self.verify(self.by_hand, cashback=[(self.asha, 77)], cashback_reason="as agreed")
        share(self.tracker, "0.05", to=self.asha)
        self.day = make.tracker_entry(50_000, on=self.tracker, approve=True)
        gone = make.tracker_entry(50_000, on=self.tracker, day=1, approve=True)
        services.reject_entry(actor=make.user("ADMIN"), entry=gone, reason="not there", now=make.NOW)

    def verify(self, payment, **said):
        services.verify_loan_payment(actor=make.user("ADMIN"), payment=payment, now=make.NOW, **said)


@pytest.fixture(autouse=True)
def books():
    books = Books()
    assert_books_are_right("cashback")
    return books


def broken(tenant=None):
    found = {
        entry.name: list(entry.find(using="default", tenant=tenant or make.tenant()))
        for entry in invariants("cashback")
        if entry.name in (PAYMENTS, DAYS, STANDS, RULE, TOGETHER, WHOLE, FAMILY, LINKS, OWN)
    }
    return {name: violations for name, violations in found.items() if violations}


def damage(rows, **values):
    with suspended("default"):
        assert rows.update(**values) == 1


def the_row(**filters):
    return CashbackTransaction.objects.filter(occasion__isnull=False, reversal__isnull=True, **filters)


def test_points_that_stand_though_their_payment_was_rejected_are_found(books):
    damage(LoanPayment.objects.filter(pk=books.by_hand.pk), status="rejected")
    found = broken()
    assert set(found) == {PAYMENTS}
    [violation] = found[PAYMENTS]
    assert violation.where == f"loan payment {books.by_hand.pk}"
    assert violation.numbers == {
        "transaction": the_row(to_user=books.asha, base_cents=100).get().pk,
        "points_cents": 77, "base_cents": 100, "earned_by_decision": 1, "status": "rejected", "decisions": 1,
    }  # fmt: skip


def test_points_that_stand_though_their_payment_was_deleted_are_found(books):
    damage(LoanPayment.objects.filter(pk=books.by_hand.pk), deleted_at=make.NOW)
    assert set(broken()) == {PAYMENTS}


def test_points_of_an_earlier_verification_that_stand_are_found(books):
    damage(the_row(to_user=books.asha, related_payment=books.payment), occasion=3)
    assert set(broken()) == {PAYMENTS}


def test_points_on_an_interest_that_the_payment_does_not_have_are_found(books):
    damage(LoanPayment.objects.filter(pk=books.by_hand.pk), interest_cents=99, principal_cents=13_901)
    assert set(broken()) == {PAYMENTS}


def test_points_that_stand_though_their_day_waits_again_are_found(books):
    damage(TrackerEntry.objects.filter(pk=books.day.pk), status="pending")
    [violation] = broken()[DAYS]
    assert violation.where == f"day 0 of tracker {books.tracker.pk}"
    assert (violation.numbers["status"], violation.numbers["points_cents"]) == ("pending", 2500)


def test_points_of_a_day_that_is_gone_are_found(books):
    with suspended("default"):
        TrackerEntry.objects.filter(pk=books.day.pk).delete()
    [violation] = broken()[DAYS]
    assert (violation.numbers["status"], violation.numbers["decisions"]) == (None, None)


def test_points_of_a_day_that_was_approved_anew_since_are_found(books):
    damage(TrackerEntry.objects.filter(pk=books.day.pk), approvals=2)
    assert set(broken()) == {DAYS}


def take_back(row):
    """Write only the row of the ledger that takes it back, as if its reason were gone."""
    with transaction.atomic():
        held = hold_accounts(tenant=row.tenant, parties=[SystemAccount.ISSUANCE, row.to_user])
        return held.reverse(row, actor=None, now=make.NOW, notes="lost its reason")


def test_points_that_were_taken_back_though_their_payment_counts_are_found(books):
    row = the_row(to_user=books.asha, related_payment=books.payment).get()
    taken = take_back(row)
    [violation] = broken()[STANDS]
    assert violation.where == f"cashback transaction {row.pk}"
    assert (violation.numbers["taken_back_by"], violation.numbers["points_cents"]) == (taken.pk, 101)
    assert set(broken()) == {STANDS}


def test_points_that_were_taken_back_though_their_day_counts_are_found(books):
    take_back(the_row(related_tracker=books.tracker).get())
    assert set(broken()) == {STANDS}


def test_points_of_a_payment_that_stopped_counting_and_counts_again_by_raw_sql_are_found(books):
    services.reject_loan_payment(actor=make.user("ADMIN"), payment=books.by_hand, reason="bounced", now=make.NOW)
    assert broken() == {}
    with connection.cursor() as cursor:
        sets = "status = 'verified', verified_at = created_at"
        cursor.execute(f"UPDATE loan_payment SET {sets} WHERE status = 'rejected'")
        assert cursor.rowcount == 1
    assert set(broken()) == {STANDS}


def a_capped_day():
    """Two halves of 0.03: 0.02 and 0.01, the last one a cent below its own rounding."""
    tracker = make.tracker()
    first, last = share(tracker, "0.5"), share(tracker, "0.5")
    make.tracker_entry(3, on=tracker, approve=True)
    assert broken() == {}
    return the_row(to_user=first), the_row(to_user=last)


def test_shares_that_together_are_above_their_base_are_found():
    _, last = a_capped_day()
    damage(last, points_cents=2)
    [violation] = broken()[TOGETHER]
    assert violation.numbers == {"points_cents": 4, "base_cents": 3}
    assert set(broken()) == {TOGETHER}


def test_a_cent_less_than_its_rule_is_found_where_no_other_has_it():
    first, _ = a_capped_day()
    damage(first, points_cents=1)
    assert len(broken()[RULE]) == 2
    assert set(broken()) == {RULE}


def test_a_cent_less_by_a_share_that_is_not_rounded_up_is_found(books):
    row = the_row(related_tracker=books.tracker)
    damage(row, points_cents=2499)
    assert set(broken()) == {RULE}


@pytest.mark.parametrize("wrong", [{"points_cents": 102}, {"points_cents": 100}, {"cashback_value": Decimal("0.0600")}])
def test_a_cent_more_or_less_than_the_rule_of_the_row_gives_is_found(books, wrong):
    """5 % of 20.10 are 100.5 cents, rounded half up: 101."""
    rows = the_row(to_user=books.asha, related_payment=books.payment)
    assert rows.get().points_cents == 101
    damage(rows, **wrong)
    [violation] = broken()[RULE]
    assert violation.numbers["base_cents"] == 2010


@pytest.mark.parametrize("wrong", [{"cashback_value": None}, {"base_cents": None}, {"base_cents": -1}])
def test_a_row_that_lost_its_rule_or_its_base_is_found(books, wrong):
    damage(the_row(to_user=books.asha, related_payment=books.payment), **wrong)
    assert RULE in broken()


def test_shares_over_the_whole_are_found(books):
    share(books.loan, "0.95")
    assert broken() == {}
    damage(LoanCashbackConfig.objects.filter(user=books.asha), cashback_value=Decimal("0.0501"))
    [violation] = broken()[WHOLE]
    assert (violation.where, violation.numbers) == (f"loan {books.loan.pk}", {"shares": Decimal("1.0001")})


def test_what_points_into_another_business_is_found(books):
    other = make.tenant("other")
    damage(TrackerCashbackConfig.objects.all(), user=make.user("CUSTOMER", of=other))
    damage(LoanCashbackConfig.objects.filter(user=books.asha), loan=make.loan(of=other))
    damage(TrackerEntry.objects.filter(pk=books.day.pk), tracker=make.tracker(of=other))
    assert len(broken()[FAMILY]) == 3


def test_a_row_that_was_taken_back_and_names_another_loan_is_found(books):
    row = CashbackTransaction.objects.filter(
        occasion=1, reversal__isnull=False, to_user=books.ravi, related_payment=books.payment
    )
    damage(row, related_loan=make.loan())
    assert len(broken()[LINKS]) == 2  # the row, and what took it back: the two no longer name the same
    assert set(broken()) == {LINKS}


def test_what_took_a_row_back_and_names_another_payment_or_none_is_found(books):
    reversal = CashbackTransaction.objects.filter(reverses__to_user=books.ravi, reverses__occasion=1)
    damage(reversal, related_payment=books.by_hand)
    assert set(broken()) == {LINKS}
    damage(reversal, related_payment=None)
    assert set(broken()) == {LINKS}


def test_a_row_that_names_a_payment_of_another_business_is_found_by_its_own_business_alone(books):
    other = make.tenant("other")
    theirs = make.loan_payment(on=make.loan(of=other))
    row = CashbackTransaction.objects.filter(occasion=1, reversal__isnull=False, to_user=books.ravi)
    damage(row, related_payment=theirs)
    assert LINKS in broken() and broken(other) == {}
    damage(row, related_loan=theirs.loan)
    assert LINKS in broken() and broken(other) == {}


def test_a_day_approved_by_who_entered_its_amounts_before_another_changed_the_words_is_found():
    tracker, first = make.tracker(), make.user("ADMIN")
    make.tracker_entry(90_000, on=tracker, actor=first)
    entry = make.tracker_entry(90_000, on=tracker, notes="cash", approve=True)
    assert broken() == {}
    damage(TrackerEntry.objects.filter(pk=entry.pk), verified_by_user=first)
    [violation] = broken()[OWN]
    assert violation.where == f"day of a tracker {entry.pk}"


def test_who_entered_other_amounts_that_another_corrected_may_approve():
    tracker, first = make.tracker(), make.user("ADMIN")
    make.tracker_entry(90_000, on=tracker, actor=first)
    services.approve_entry(actor=first, entry=make.tracker_entry(50_000, on=tracker), now=make.NOW)
    assert broken() == {}


def test_what_somebody_gave_to_themselves_is_found(books):
    damage(LoanCashbackConfig.objects.filter(user=books.asha), created_by=books.asha)
    damage(TrackerCashbackConfig.objects.all(), created_by=books.asha)
    damage(the_row(cashback_type=""), created_by_user=books.asha)
    damage(TrackerEntry.objects.filter(pk=books.day.pk), verified_by_user=books.day.submitted_by_user)
    assert len(broken()[OWN]) == 4
    damage(TrackerEntry.objects.filter(pk=books.day.pk), verified_by_user=books.tracker.user)
    assert len(broken()[OWN]) == 4


def test_each_business_answers_for_its_own_books_alone(books):
    damage(LoanPayment.objects.filter(pk=books.by_hand.pk), status="rejected")
    damage(the_row(to_user=books.asha, related_payment=books.payment), points_cents=1)
    assert broken(make.tenant("other")) == {}


def test_the_database_itself_refuses_a_second_row_for_one_occasion(books):
    of_payment, of_day = the_row(related_payment=books.by_hand).get(), the_row(related_tracker=books.tracker).get()
    for row in (of_payment, of_day):
        row.pk, row._state.adding = new_id(), True
        with pytest.raises(IntegrityError), transaction.atomic():
            row.save(force_insert=True)
