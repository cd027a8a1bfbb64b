"""The rows of the ledger as people look at them: filtered, and as a file that has all of them."""

import csv
from datetime import UTC, date, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from billing.rules.period import Period
from cashback import services
from cashback.selectors.ledger_rows import ledger_csv_lines, ledger_rows
from cashback.services import grant_points, take_back_points, transfer_points
from tests import make
from tests.cashback.earning import approve, fixed

pytestmark = [pytest.mark.cashback, pytest.mark.django_db]


@pytest.fixture
def office():
    return make.user("FINANCE", name="Office")


@pytest.fixture
def people():
    """Asha was granted 10.00 on the 12th and sent Ravi 4.00 on the 13th; 1.00 of Sita's is nobody else's."""
    asha, ravi, sita = (make.user("CUSTOMER", name=name) for name in ("Asha", "Ravi", "Sita"))
    make.points(asha, 1000, now=make.later(days=-1))
    transfer_points(actor=asha, receiver=ravi, points_cents=400, now=make.NOW, user_notes="for tea")
    make.points(sita, 100, now=make.later(days=1))
    return asha, ravi, sita


def cents(rows):
    return [row.points_cents for row in rows]


def file(viewer, rows):
    return list(csv.DictReader(ledger_csv_lines(viewer, rows)))


def test_rows_of_a_loan_of_a_payment_and_of_a_tracker(office):
    """A loan and a tracker earn 1.00 each time; the first payment comes back."""
    loan, tracker = make.loan(), make.tracker()
    earner = fixed(loan, 100, to=fixed(tracker, 100))
    first, second = (make.loan_payment(4000, on=loan, verify=True) for _ in range(2))
    approve(make.tracker_entry(500, on=tracker, day=0))
    services.reject_loan_payment(actor=make.user("FINANCE"), payment=first, reason="bounced", now=make.NOW)
    types = [row.transaction_type for row in ledger_rows(earner, loan=loan.pk)]
    assert sorted(types) == ["loan_interest_auto", "loan_interest_auto", "reversal"]
    assert cents(ledger_rows(earner, payment=second.pk)) == [100]
    assert [row.related_tracker for row in ledger_rows(earner, tracker=tracker.pk)] == [tracker]
    assert cents(ledger_rows(make.user("CUSTOMER"), tracker=tracker.pk)) == []


def test_the_office_sees_every_row_newest_first(office, people):
    assert cents(ledger_rows(office)) == [100, 400, 1000]


def test_everybody_else_sees_what_came_to_them_and_went_from_them(people):
    assert [cents(ledger_rows(person)) for person in people] == [[400, 1000], [400], [100]]
    assert cents(ledger_rows(people[2], person=people[0].pk)) == []


def test_another_business_sees_nothing(people):
    assert not ledger_rows(make.user("ADMIN", of=make.tenant("south"))).exists()


def test_rows_of_one_person_of_one_type_and_of_some_days(office, people):
    asha, ravi, _ = people
    assert cents(ledger_rows(office, person=ravi.pk)) == [400]
    assert cents(ledger_rows(office, person=asha.pk)) == [400, 1000]
    assert cents(ledger_rows(office, transaction_type="unconditional")) == [100, 1000]
    assert cents(ledger_rows(office, transaction_type="no such type")) == []
    today = date(2026, 1, 13)
    assert cents(ledger_rows(office, days=Period(today, today))) == [400]
    assert cents(ledger_rows(office, days=Period(first=today))) == [100, 400]
    assert cents(ledger_rows(office, days=Period(last=today))) == [400, 1000]
    assert cents(ledger_rows(office, person=asha.pk, transaction_type="transfer", days=Period(today, today))) == [400]


def test_days_begin_and_end_where_the_business_is():
    kolkata = make.tenant("kolkata", timezone="Asia/Kolkata")
    asha = make.user(of=kolkata)
    for number, moment in enumerate(((12, 18, 29), (12, 18, 30), (13, 18, 29), (13, 18, 30)), start=1):
        day, hour, minute = moment
        make.points(asha, number, now=datetime(2026, 1, day, hour, minute, tzinfo=UTC))
    day = date(2026, 1, 13)
    assert cents(ledger_rows(asha, days=Period(day, day))) == [3, 2]


def test_a_file_has_every_row_with_names_times_and_points(office, people):
    rows = file(office, ledger_rows(office))
    assert [(row["from"], row["to"], row["points"], row["transaction_type"]) for row in rows] == [
        ("Issued points", "Sita", "1.00", "unconditional"),
        ("Asha", "Ravi", "4.00", "transfer"),
        ("Issued points", "Asha", "10.00", "unconditional"),
    ]
    assert (rows[1]["user_notes"], rows[1]["created_by"]) == ("for tea", "Asha")
    assert rows[1]["created_at"] == "2026-01-13T09:00:00+00:00"


def test_a_file_is_in_the_time_of_the_business():
    kolkata = make.tenant("kolkata", timezone="Asia/Kolkata")
    asha = make.user(of=kolkata)
    make.points(asha, 5)
    [row] = file(asha, ledger_rows(asha))
    assert (row["created_at"], row["points"]) == ("2026-01-13T14:30:00+05:30", "0.05")


def test_the_notes_of_the_office_are_not_in_the_file_of_the_person(office):
    asha, admin = make.user("CUSTOMER"), make.user("ADMIN")
    grant_points(
        actor=admin, tenant=asha.tenant, rows=[(asha, 5)], reason="festival", notes="never again", now=make.NOW
    )  # fmt: skip
    [own], [full] = file(asha, ledger_rows(asha)), file(office, ledger_rows(office))
    assert (own["user_notes"], full["notes"]) == ("festival", "never again")
    assert "never again" not in own.values()
    assert not {"notes", "created_by"} & set(own)


def test_what_was_taken_back_names_the_row(office, people):
    granted = make.points(people[1], 7)
    take_back_points(actor=None, row=granted, reason="twice", now=make.later(days=2))
    first = file(office, ledger_rows(office))[0]
    assert (first["transaction_type"], first["reverses"]) == ("reversal", str(granted.pk))


def test_no_spreadsheet_takes_a_note_for_a_formula(office, people):
    transfer_points(actor=people[0], receiver=people[1], points_cents=1, now=make.later(days=2), user_notes="=1+1")
    assert file(office, ledger_rows(office))[0]["user_notes"] == "'=1+1"


def test_a_file_of_many_rows_is_one_query_and_comes_line_by_line(office, people):
    for number in range(30):
        make.points(people[0], 1, now=make.later(days=3, minutes=number))
    rows = ledger_rows(office)
    with CaptureQueriesContext(connection) as queries:
        lines = ledger_csv_lines(office, rows)
        next(lines)
        assert len(queries) == 0
        assert len(list(lines)) == 33
    assert len(queries) == 1
