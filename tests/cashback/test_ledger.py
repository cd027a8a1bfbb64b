"""The ledger of points: two sides to every row, nothing is changed or removed, and nobody has less than nothing."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction

from cashback.models import CashbackAccount, CashbackTransaction, SystemAccount
from cashback.selectors.balances import balance_as_of
from cashback.services import AlreadyReversed, BalanceTooLow, NoSuchPerson, NotPoints, hold_accounts
from cashback.services.ledger import NoPointsInThisCurrency, TooManyPoints
from operations.append_only import missing_triggers
from tests import make
from tests.billing.proof import assert_books_are_right

pytestmark = [pytest.mark.cashback, pytest.mark.django_db]

ISSUANCE, ADJUSTMENT = SystemAccount.ISSUANCE, SystemAccount.ADJUSTMENT


def move(sender, receiver, cents, **facts):
    """Move points as the services do, of the kind `system` unless said."""
    fields = {"transaction_type": "system", "actor": None, "now": make.NOW, **facts}
    with transaction.atomic():
        held = hold_accounts(tenant=make.tenant(), parties=[sender, receiver])
        return held.move(sender=sender, receiver=receiver, points_cents=cents, **fields)


def reverse(row, *sides):
    with transaction.atomic():
        held = hold_accounts(tenant=row.tenant, parties=sides)
        return held.reverse(row, actor=None, now=make.NOW, notes="bounced")


def has(party):
    account = CashbackAccount.objects.get(**({"kind": party} if isinstance(party, str) else {"user": party}))
    return account.balance_cents, account.debt_cents


def test_what_one_side_gives_the_other_gets_and_all_adds_up_to_zero():
    asha, ravi = make.user(), make.user()
    move(ISSUANCE, asha, 1000)
    move(asha, ravi, 400)
    assert (has(ISSUANCE), has(asha), has(ravi)) == ((-1000, 0), (600, 0), (400, 0))
    assert sum(account.net_cents for account in CashbackAccount.objects.all()) == 0
    assert_books_are_right("cashback")


def test_nobody_gives_more_than_they_have_and_nothing_is_written():
    asha, ravi = make.user(), make.user()
    move(ISSUANCE, asha, 1000)
    with pytest.raises(BalanceTooLow, match=r"has 10\.00 points, not 10\.01"):
        move(asha, ravi, 1001)
    assert (has(asha), CashbackTransaction.objects.count()) == ((1000, 0), 1)


def test_all_that_one_has_can_be_given():
    asha, ravi = make.user(), make.user()
    move(ISSUANCE, asha, 1000)
    move(asha, ravi, 1000)
    assert (has(asha), has(ravi)) == ((0, 0), (1000, 0))


@pytest.mark.parametrize("cents", [0, -1, 1.0, True, "100", None, 10**15 + 1, float("nan"), float("inf")])
def test_only_whole_hundredths_of_a_point_move(cents):
    asha = make.user()
    with pytest.raises(NotPoints):
        move(ISSUANCE, asha, cents)
    assert not CashbackTransaction.objects.exists()


MOST = 10**18


@pytest.mark.damages_rows
@pytest.mark.parametrize("full", ["who gives", "who gets"])
def test_no_account_passes_what_the_database_can_count(full):
    asha = make.user()
    move(ISSUANCE, asha, 100)
    if full == "who gives":
        CashbackAccount.objects.filter(kind=ISSUANCE).update(balance_cents=-MOST + 5)
    else:
        CashbackAccount.objects.filter(user=asha).update(balance_cents=MOST - 5)
    with pytest.raises(TooManyPoints, match="10,000,000,000,000,000.00 points at most"):
        move(ISSUANCE, asha, 6)
    assert CashbackTransaction.objects.count() == 1
    move(ISSUANCE, asha, 5)
    assert CashbackTransaction.objects.count() == 2
    move(asha, ISSUANCE, 5)  # and back


def test_a_row_that_waited_for_the_lock_is_not_older_than_what_came_before_it():
    asha, ravi = make.user(), make.user()
    later = make.NOW + timedelta(seconds=5)
    move(ISSUANCE, asha, 1000, now=later)
    sent = move(asha, ravi, 400, now=make.NOW)  # began first, and waited
    assert sent.created_at == later
    assert balance_as_of(asha, make.NOW + timedelta(seconds=1)) == 0
    assert balance_as_of(asha, later) == 600


def test_a_clock_that_is_an_hour_ahead_moves_no_other_row():
    asha = make.user()
    move(ISSUANCE, asha, 1000, now=make.NOW + timedelta(hours=1))
    assert move(ISSUANCE, asha, 1000).created_at == make.NOW


@pytest.mark.parametrize("currency", ["JPY", "KWD"])
def test_a_business_whose_currency_has_no_hundredths_keeps_no_points(currency):
    far = make.tenant("far", currency=currency)
    asha = make.user(of=far)
    with pytest.raises(NoPointsInThisCurrency, match=f"keeps its books in {currency}"), transaction.atomic():
        hold_accounts(tenant=far, parties=[ISSUANCE, asha])
    assert not CashbackAccount.objects.exists()


def test_what_was_spent_before_it_is_taken_back_is_a_debt_that_the_next_points_repay():
    asha, ravi = make.user(), make.user()
    earned = move(ISSUANCE, asha, 200)
    move(asha, ravi, 150)
    reverse(earned, ISSUANCE, asha)
    assert has(asha) == (0, 150)
    with pytest.raises(BalanceTooLow):
        move(asha, ravi, 1)
    move(ISSUANCE, asha, 100)
    assert has(asha) == (0, 50)
    move(ISSUANCE, asha, 100)
    assert has(asha) == (50, 0)
    assert_books_are_right("cashback")


def test_a_correction_is_a_linked_row_with_its_sides_swapped():
    asha = make.user()
    earned = move(ISSUANCE, asha, 200)
    taken_back = reverse(earned, ISSUANCE, asha)
    assert (taken_back.reverses, taken_back.transaction_type) == (earned, "reversal")
    assert (taken_back.from_user, taken_back.to_account, taken_back.points_cents) == (asha, ISSUANCE, 200)
    assert has(asha) == has(ISSUANCE) == (0, 0)


def test_a_row_is_taken_back_once_and_what_took_it_back_stands():
    asha = make.user()
    earned = move(ISSUANCE, asha, 200)
    taken_back = reverse(earned, ISSUANCE, asha)
    for row in (earned, taken_back):
        with pytest.raises(AlreadyReversed):
            reverse(row, ISSUANCE, asha)
    assert CashbackTransaction.objects.count() == 2


def test_the_database_too_lets_a_row_be_taken_back_once():
    asha = make.user()
    earned = move(ISSUANCE, asha, 200)
    reverse(earned, ISSUANCE, asha)
    with pytest.raises(IntegrityError), transaction.atomic():
        move(asha, ISSUANCE, 200, transaction_type="reversal", reverses=earned, may_owe=True)


def test_points_of_another_business_are_nobody_to_this_one():
    with pytest.raises(NoSuchPerson):
        move(ISSUANCE, make.user(of=make.tenant("south")), 100)
    with pytest.raises(NoSuchPerson):
        move(ISSUANCE, make.superuser(), 100)
    assert not CashbackAccount.objects.exists()


def test_who_is_not_held_cannot_give_or_get():
    asha = make.user()
    with transaction.atomic():
        held = hold_accounts(tenant=make.tenant(), parties=[ISSUANCE])
        with pytest.raises(RuntimeError, match="not held"):
            held.of(asha)


@pytest.mark.django_db(transaction=True)
def test_accounts_are_not_held_outside_a_transaction():
    with pytest.raises(RuntimeError, match="outside a transaction"):
        hold_accounts(tenant=make.tenant(), parties=[ISSUANCE])


@pytest.mark.parametrize(
    "damage",
    [
        "balance_cents = -1",
        "balance_cents = 1, debt_cents = 1",
        "debt_cents = -1",
        "balance_cents = -1, debt_cents = 1",
    ],
)
def test_the_database_refuses_that_a_person_has_less_than_nothing(damage):
    asha = make.user()
    move(ISSUANCE, asha, 200)
    with pytest.raises(IntegrityError), transaction.atomic():
        execute(f"UPDATE cashback_accounts SET {damage} WHERE user_id IS NOT NULL")
    assert has(asha) == (200, 0)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE cashback_transaction SET points_cents = 1",
        "UPDATE cashback_transaction SET notes = 'nicer'",
        "DELETE FROM cashback_transaction",
    ],
)
def test_the_database_refuses_to_change_or_remove_a_row(statement):
    move(ISSUANCE, make.user(), 200)
    before = list(CashbackTransaction.objects.values())
    with pytest.raises(IntegrityError, match="cashback_transaction is append-only"), transaction.atomic():
        execute(statement)
    assert list(CashbackTransaction.objects.values()) == before


@pytest.mark.django_db(transaction=True)
def test_a_ledger_that_lost_its_protection_gets_it_back_by_migrate():
    move(ISSUANCE, make.user(), 200)
    on_postgres = connection.vendor == "postgresql"
    trigger = "append_only ON cashback_transaction" if on_postgres else "cashback_transaction_append_only_update"
    execute(f"DROP TRIGGER {trigger}")
    assert [table for table, _ in missing_triggers("default")] == ["cashback_transaction"]
    call_command("migrate", verbosity=0)
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        execute("UPDATE cashback_transaction SET points_cents = 1")


@pytest.mark.parametrize(
    "fields", [{"points_cents": 0}, {"from_user": "both"}, {"to_user": "both"}, {"from_account": ""}]
)
def test_the_database_refuses_a_row_without_two_sides_and_points(fields):
    asha = make.user()
    fields = {name: asha if value == "both" else value for name, value in fields.items()}
    said = {"from_account": "ISSUANCE", "to_account": "ADJUSTMENT", "points_cents": 1, **fields}
    with pytest.raises(IntegrityError), transaction.atomic():
        CashbackTransaction.objects.create(
            tenant=make.tenant(), transaction_type="system", created_at=make.NOW, **said
        )  # fmt: skip


def test_the_database_refuses_a_row_from_a_person_to_themselves():
    asha = make.user()
    with pytest.raises(IntegrityError), transaction.atomic():
        CashbackTransaction.objects.create(
            tenant=asha.tenant, from_user=asha, to_user=asha, points_cents=1, transaction_type="transfer",
            created_at=make.NOW,
        )  # fmt: skip


def execute(statement):
    with connection.cursor() as cursor:
        cursor.execute(statement)
