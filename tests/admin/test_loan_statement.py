"""A loan's page shows its statement: the lines by which the principal that is left and the interest due come about."""

import pytest
from django.utils.html import strip_tags

from accounts.admin import page_of
from cashback import services
from cashback.admin import loan_statement
from tests import make
from tests.cashback.lending import day, reject, verify

pytestmark = [pytest.mark.cashback, pytest.mark.django_db]


@pytest.fixture
def loan(db):
    """36,000.00 at 10.00 a day; 1,000.00 paid on day 20, 36,000.00 and the interest on day 30, and 5.00 that bounced."""
    loan = make.loan()
    verify(make.loan_payment(100_000, on=loan, payment_date=day(20)))
    verify(make.loan_payment(3_529_778, on=loan))
    reject(make.loan_payment(1, on=make.loan()))
    return loan


def statement(client, loan):
    answer = client.get(page_of(loan))
    assert answer.status_code == 200
    [found] = [glance for glance in answer.context["glances"] if glance.heading == "Statement"]
    return found


def test_each_line_follows_from_the_one_before(loan, as_user):
    shown = statement(as_user(make.user("FINANCE", is_staff=True)), loan)
    rows = [
        [" ".join(strip_tags(str(cell).replace("<small>", " <small>")).split()) for cell in row] for row in shown.rows
    ]
    assert [row[1:] for row in rows[:3]] == [
        ["0", "0.00 BDT", "", "", "36,000.00 BDT", "0.00 BDT"],
        ["20", "200.00 BDT", "200.00 BDT", "800.00 BDT", "35,200.00 BDT", "0.00 BDT"],
        ["10", "97.78 BDT", "97.78 BDT", "35,200.00 BDT", "0.00 BDT", "0.00 BDT"],
    ]
    assert (len(rows), rows[3][2:]) == (4, ["0.00 BDT", "", "", "0.00 BDT", "0.00 BDT"])
    first = loan.payments.order_by("payment_date").first()
    assert page_of(first) in shown.rows[1][0]


def test_of_a_long_one_the_last_lines_are_shown(loan, as_user, monkeypatch):
    monkeypatch.setattr(loan_statement, "MOST_ROWS", 2)
    shown = statement(as_user(make.user("FINANCE", is_staff=True)), loan)
    assert (len(shown.rows), shown.foot) == (2, "The last 2 of 4 lines.")


def test_a_deleted_loan_has_none(as_user):
    loan = services.delete_loan(actor=None, loan=make.loan(), reason="entered twice", now=make.NOW)
    shown = statement(as_user(make.user("FINANCE", is_staff=True)), loan)
    assert (shown.rows, shown.empty) == ([], "The loan was deleted: nothing was lent.")
