"""Correcting an opening balance: an entry with a reason, never below what is paid, never in silence."""

from uuid import UUID

import pytest

from billing import services
from billing.invariants.money_in import opening_corrections_are_a_chain
from billing.models import Customer, OpeningBalanceCorrection
from billing.selectors.statement import statement_of
from billing.services.checks import NotAnAmount, ReasonMissing
from billing.services.opening_balance import OpeningBalanceIsPaid, OpeningBalanceIsTheSame
from operations.invariants import invariants
from tests import make
from tests.billing.proof import assert_books_are_right

pytestmark = [pytest.mark.dairy, pytest.mark.django_db]


def correct(customer: Customer, cents: int, **fields) -> OpeningBalanceCorrection:
    fields.setdefault("reason", "the paper book says so")
    return services.correct_opening_balance(actor=None, customer=customer, opening_balance_cents=cents, **fields)


def opening(customer: Customer) -> tuple[int, int]:
    customer.refresh_from_db()
    return customer.opening_balance_cents, customer.opening_balance_allocated_cents


def test_a_correction_is_an_entry_and_the_statement_shows_it():
    shop = make.customer(opening_balance_cents=80000)
    make.payment(30000, by=shop)
    first, second = correct(shop, 75000), correct(shop, 30000)
    assert opening(shop) == (30000, 30000)
    assert [(row.before_cents, row.after_cents) for row in (first, second)] == [(80000, 75000), (75000, 30000)]
    account = statement_of(shop)
    assert (account["opening_cents"], account["closing_cents"]) == (80000, 0)
    corrections = [line["charged_cents"] for line in account["lines"] if line["kind"] == "correction"]
    assert corrections == [-5000, -45000]
    assert_books_are_right()


def test_an_unused_one_is_corrected_by_an_entry_too():
    shop = make.customer()
    correct(shop, 1)
    assert opening(shop) == (1, 0) and OpeningBalanceCorrection.objects.get().before_cents == 0
    assert_books_are_right()


def test_never_below_what_is_paid_of_it_and_the_refusal_has_the_numbers():
    shop = make.customer(opening_balance_cents=800)
    make.payment(300, by=shop)
    with pytest.raises(OpeningBalanceIsPaid, match="300 cents are paid .* which is 800: it cannot become 299"):
        correct(shop, 299)
    assert opening(shop) == (800, 300) and not OpeningBalanceCorrection.objects.exists()


@pytest.mark.parametrize(
    ("cents", "reason", "refused"),
    [(-1, "x", NotAnAmount), (1.5, "x", NotAnAmount), (700, " ", ReasonMissing), (800, "x", OpeningBalanceIsTheSame)],
)
def test_what_is_no_correction_is_refused(cents, reason, refused):
    shop = make.customer(opening_balance_cents=800)
    with pytest.raises(refused):
        correct(shop, cents, reason=reason)
    assert not OpeningBalanceCorrection.objects.exists()


@pytest.mark.damages_rows
def test_a_balance_that_was_changed_in_silence_is_found():
    shop = make.customer(opening_balance_cents=800)
    correct(shop, 700)
    Customer.objects.filter(pk=shop.pk).update(opening_balance_cents=701)
    sentence = "An opening balance is what its newest correction says, and each begins where the last ended"
    [entry] = [entry for entry in invariants() if entry.name == sentence]
    [violation] = entry.find(using="default", tenant=shop.tenant)
    assert violation.numbers == {"opening_balance_cents": 701, "corrected_to": 700}


def test_the_chain_of_corrections_is_read_in_the_order_in_which_they_were_made_whatever_their_ids():
    shop = make.customer(opening_balance_cents=100)
    for number, (before, after) in enumerate([(100, 80), (80, 90), (90, 70)]):
        row = OpeningBalanceCorrection(
            id=UUID(int=10 - number),
            tenant=shop.tenant,
            customer=shop,
            before_cents=before,
            after_cents=after,
            reason="x",
        )
        row.save(force_insert=True)
    shop.opening_balance_cents = 70
    shop.save()
    assert list(opening_corrections_are_a_chain(using="default")) == []
