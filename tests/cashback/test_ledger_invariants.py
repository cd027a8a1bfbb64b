"""Each sentence about the ledger of points holds after the services, and notices the damage that it is about."""

import pytest
from django.db import connection

from cashback import services
from cashback.models import CashbackAccount, CashbackTransaction
from cashback.services import grant_points, remove_points, take_back_points, transfer_points
from operations.append_only import suspended
from operations.invariants import invariants
from tests import make
from tests.billing.proof import assert_books_are_right

pytestmark = [pytest.mark.cashback, pytest.mark.django_db, pytest.mark.damages_rows]

PROVED = "The points of an account are the sum of its rows"
ZERO = "The points of all accounts of a business add up to zero"
MIRROR = "What takes a row of the ledger back equals it with its sides swapped"
HOME = "Points stay in their business: a row, its two sides and their accounts"
KINDS = "Each kind of row moves points between the accounts of its kind"


@pytest.fixture(autouse=True)
def books():
    """Asha was granted 5.00 and sent Ravi 3.00; the grant went back, so she owes 3.00; 1.00 was removed from Ravi."""
    asha, ravi = make.user(name="Asha"), make.user(name="Ravi")
    granted = make.points(asha, 500)
    transfer_points(actor=asha, receiver=ravi, points_cents=300, now=make.NOW)
    remove_points(actor=None, tenant=asha.tenant, rows=[(ravi, 100)], reason="mistake", now=make.NOW)
    take_back_points(actor=None, row=granted, reason="twice", now=make.NOW)
    assert_books_are_right()
    return {"asha": asha, "ravi": ravi, "granted": granted}


def broken(tenant=None):
    """The sentences that do not hold, with what they tell."""
    found = {
        entry.name: list(entry.find(using="default", tenant=tenant or make.tenant()))
        for entry in invariants("cashback")
    }
    return {name: violations for name, violations in found.items() if violations}


def damage(statement, *parameters):
    with suspended("default"), connection.cursor() as cursor:
        cursor.execute(statement, parameters)


def of(person):
    return CashbackAccount.objects.get(user=person)


def test_a_balance_that_somebody_raised_is_found_with_its_numbers(books):
    damage("UPDATE cashback_accounts SET balance_cents = balance_cents + 1 WHERE balance_cents = 200")
    found = broken()
    assert set(found) == {PROVED, ZERO}
    [violation] = found[PROVED]
    assert violation.where == f"cashback account {of(books['ravi']).pk}"
    assert violation.numbers == {"balance_cents": 201, "debt_cents": 0, "rows_add_up_to": 200}
    assert found[ZERO][0].numbers == {"accounts_add_up_to": 1}


def test_a_debt_that_somebody_forgave_is_found(books):
    damage("UPDATE cashback_accounts SET debt_cents = 0 WHERE debt_cents = 300")
    assert broken()[PROVED][0].numbers == {"balance_cents": 0, "debt_cents": 0, "rows_add_up_to": -300}


def test_points_that_somebody_moved_between_two_accounts_are_found_though_they_add_up_to_zero():
    damage("UPDATE cashback_accounts SET balance_cents = balance_cents + 50 WHERE kind = 'ISSUANCE'")
    damage("UPDATE cashback_accounts SET balance_cents = balance_cents - 50 WHERE kind = 'ADJUSTMENT'")
    found = broken()
    assert set(found) == {PROVED}
    assert len(found[PROVED]) == 2


def test_a_row_that_somebody_removed_is_found():
    damage("DELETE FROM cashback_transaction WHERE transaction_type = 'deduction'")
    assert len(broken()[PROVED]) == 2


def test_a_row_that_somebody_changed_is_found():
    damage("UPDATE cashback_transaction SET points_cents = 301 WHERE transaction_type = 'transfer'")
    assert len(broken()[PROVED]) == 2


def test_an_account_that_somebody_removed_is_found(books):
    damage("DELETE FROM cashback_accounts WHERE balance_cents = 200")
    found = broken()
    assert set(found) == {PROVED, ZERO}
    assert str(books["ravi"].pk) in found[PROVED][0].where


@pytest.mark.parametrize(
    "change",
    [
        "points_cents = 499",
        "from_user_id = {ravi}",
        "from_user_id = NULL, from_account = 'ADJUSTMENT'",
        "to_account = 'ADJUSTMENT'",
        "to_account = '', to_user_id = {ravi}",
        "tenant_id = {south}",
    ],
)
def test_what_takes_back_something_else_is_found(change, books):
    south = make.tenant("south")
    change = change.format(ravi=f"'{key(books['ravi'])}'", south=f"'{key(south)}'")
    damage(f"UPDATE cashback_transaction SET {change} WHERE transaction_type = 'reversal'")
    assert MIRROR in broken(south if "tenant" in change else None)


def test_what_takes_back_what_took_back_is_found(books):
    taken_back = CashbackTransaction.objects.get(reverses__isnull=False)
    [granted] = grant_points(actor=None, tenant=make.tenant(), rows=[(books["asha"], 500)], reason="anew", now=make.NOW)
    change = "UPDATE cashback_transaction SET transaction_type = 'reversal', reverses_id = %s WHERE id = %s"
    damage(change, key(taken_back), key(granted))
    assert set(broken()) == {MIRROR}


@pytest.mark.parametrize("side", ["from_user_id", "to_user_id"])
def test_a_side_of_another_business_is_found(side):
    stranger = make.user(of=make.tenant("south"))
    damage(f"UPDATE cashback_transaction SET {side} = %s WHERE transaction_type = 'transfer'", key(stranger))
    assert HOME in broken()


def test_a_row_or_an_account_of_another_business_is_found(books):
    south = make.tenant("south")
    damage("UPDATE cashback_transaction SET tenant_id = %s WHERE transaction_type = 'transfer'", key(south))
    assert {HOME, PROVED} == set(broken(south))
    damage("UPDATE cashback_accounts SET tenant_id = %s WHERE debt_cents = 300", key(south))
    assert len(broken(south)[HOME]) == 2


def test_a_payment_of_another_business_or_of_another_loan_is_found(books):
    earned = earned_on_a_payment(books["asha"])
    there = make.loan_payment(on=make.loan(of=make.tenant("south")))
    damage("UPDATE cashback_transaction SET related_payment_id = %s WHERE id = %s", key(there), key(earned))
    assert where_away() == [f"cashback row {earned.pk}"]
    other = make.loan_payment(on=make.loan())
    damage("UPDATE cashback_transaction SET related_payment_id = %s WHERE id = %s", key(other), key(earned))
    assert where_away() == [f"cashback row {earned.pk}"]


def test_a_day_of_another_business_is_found(books):
    tracker = make.tracker()
    entry = make.tracker_entry(on=tracker)
    services.approve_entry(
        actor=None, entry=entry, now=make.NOW, cashback=[(books["asha"], 100)], cashback_reason="agreed"
    )
    earned = CashbackTransaction.objects.get(related_tracker=tracker)
    assert where_away() == []
    damage("UPDATE tracker_entry SET tenant_id = %s WHERE id = %s", key(make.tenant("south")), key(entry))
    assert where_away() == [f"cashback row {earned.pk}"]


def where_away():
    return [violation.where for violation in broken().get(HOME, [])]


def earned_on_a_payment(person):
    services.verify_loan_payment(
        actor=None, payment=make.loan_payment(), now=make.NOW, cashback=[(person, 100)], cashback_reason="agreed"
    )
    return CashbackTransaction.objects.get(transaction_type="loan_interest_manual")


@pytest.mark.parametrize(
    "change",
    [
        ("transaction_type = 'transfer'", "deduction"),
        ("transaction_type = 'unconditional'", "transfer"),
        ("transaction_type = 'redemption'", "deduction"),
        ("transaction_type = 'redemption_refund'", "unconditional"),
    ],
)
def test_a_row_of_the_wrong_kind_is_found(change):
    new, kind = change
    damage(f"UPDATE cashback_transaction SET {new} WHERE transaction_type = '{kind}'")
    assert KINDS in broken()


def test_the_books_of_another_business_stay_right(books):
    damage("UPDATE cashback_accounts SET balance_cents = balance_cents + 1 WHERE balance_cents = 200")
    assert broken(make.tenant("south")) == {}


def key(row):
    """An id as raw SQL writes it."""
    return row.pk.hex if connection.vendor == "sqlite" else str(row.pk)
