"""What an import of a tracker's sheet takes: exact cents, right days, through approval, and never twice."""

from datetime import date, datetime, timedelta

import pytest

from accounts.errors import DomainError, NotAllowed, NotFound
from cashback import services as cashback
from cashback.models import TrackerEntry
from cashback.services.workbooks import SheetHasMistakes, read_workbook
from tests import make
from tests.cashback.sheets import entered, filled, saved, sheet_of, taken, template

pytestmark = [pytest.mark.cashback, pytest.mark.django_db]

START = date(2026, 1, 10)
TEN_THIRTY = datetime.fromisoformat("2026-01-12T10:30:00")  # a cell has no zone


def tracker(**fields):
    return make.tracker(start_date=START, scheme_period_days=30, **fields)


def test_days_of_a_sheet_wait_for_the_approval_of_another_person():
    on, admin = tracker(), make.user("ADMIN")
    done = taken(on, filled(on, {"C13": 500, "E13": "Cash", "G13": 20, "H13": "first", "C15": 700}), actor=admin)
    assert entered(on) == {0: (50_000, "pending"), 2: (70_000, "pending")}
    first = on.entries.get(day=0)
    assert (first.withdrawn_cents, first.entry_data) == (2_000, {"payment_mode": "Cash", "notes": "first"})
    assert done.counts == {"new": 2, "changed": 0, "unchanged": 0, "kept": 0}
    assert [(row.row, row.day, row.date) for row in done.rows] == [(13, 0, START), (15, 2, date(2026, 1, 12))]
    with pytest.raises(DomainError, match="entered by you"):
        cashback.approve_entry(actor=admin, entry=first, now=make.NOW)


def test_the_columns_of_a_1l_tracker_are_read_from_row_14():
    on = tracker(tracker_type="1L")
    taken(on, filled(on, {"C14": 1000, "H14": 50, "I14": "day 0", "J14": 25.5, "L14": "note"}))
    entry = on.entries.get()
    assert (entry.day, entry.payment_cents, entry.reinvest_cents, entry.pocket_money_cents) == (
        0,
        100_000,
        5_000,
        2_550,
    )
    assert entry.entry_data == {"reinvest_from": "day 0", "notes": "note"}


def test_the_columns_of_a_tracker_without_reinvestment_are_read():
    on = tracker(tracker_type="No Reinvest")
    taken(on, filled(on, {"C13": 3000, "D13": 402311998877, "E13": "UPI", "H13": 100, "I13": "note"}))
    entry = on.entries.get()
    assert (entry.payment_cents, entry.withdrawn_cents) == (300_000, 10_000)
    assert entry.entry_data == {"transaction_details": "402311998877", "payment_mode": "UPI", "notes": "note"}


@pytest.mark.parametrize(
    ("said", "cents"),
    [
        (0.1 + 0.2, 30),
        (1234.56, 123_456),
        (500, 50_000),
        (sum([0.1] * 10), 100),
        ("1,23,456.50", 12_345_650),
        ("123,456.5", 12_345_650),
        ("৳ 1,234", 123_400),
        ("Tk. 500/-", 50_000),
        ("500 BDT", 50_000),
        ("  500.00 ", 50_000),
        ("0", 0),
        (0, 0),
    ],
)
def test_an_amount_is_exact_however_it_is_written(said, cents):
    on = tracker()
    taken(on, filled(on, {"C13": said}))
    assert entered(on) == {0: (cents, "pending")}


def test_cents_are_those_of_the_currency():
    yen = tracker(of=make.tenant("yen", currency="JPY"), investment_cents=500, per_day_payment_cents=5)
    taken(yen, filled(yen, {"B6": 500, "B8": 5, "C13": 1500}))
    assert entered(yen) == {0: (1500, "pending")}


@pytest.mark.parametrize(
    "said",
    [
        "12-01-2026",
        "2026-01-12",
        "12/1/2026",
        "12 Jan 2026",
        TEN_THIRTY,
        date(2026, 1, 12),
        46034,
    ],
)
def test_a_date_confirms_the_day_however_it_is_written(said):
    on = tracker()
    done = taken(on, filled(on, {"B15": said, "C15": 500}))
    assert entered(on) == {2: (50_000, "pending")}
    assert done.remarks == []


def test_the_dates_of_the_old_program_that_are_a_day_early_are_taken_by_their_number_and_said():
    on = tracker()
    done = taken(on, filled(on, {"B15": "11-01-2026", "C15": 500}))
    assert [(row.day, row.date) for row in done.rows] == [(2, date(2026, 1, 12))]
    assert done.remarks == ["B15 is a day early, as the old program wrote it: day 2 is 2026-01-12."]


def test_rows_that_nobody_filled_are_no_days_and_a_zero_is_one():
    on = tracker()
    taken(on, filled(on, {"C13": 500, "C14": "   ", "C15": 0, "H15": "shop shut"}))
    assert entered(on) == {0: (50_000, "pending"), 2: (0, "pending")}
    assert on.entries.get(day=2).entry_data == {"notes": "shop shut", "no_payment": True}


def test_the_same_sheet_again_changes_nothing_even_what_was_approved_or_rejected():
    on = tracker()
    file = filled(on, {"C13": 500, "C14": 600, "C15": 700})
    taken(on, file)
    cashback.approve_entry(actor=None, entry=on.entries.get(day=0), now=make.NOW)
    cashback.reject_entry(actor=None, entry=on.entries.get(day=1), reason="never came", now=make.NOW)
    images = TrackerEntry.history.count()
    done = taken(on, file)
    assert done.counts == {"new": 0, "changed": 0, "unchanged": 3, "kept": 0}
    assert entered(on) == {0: (50_000, "approved"), 1: (60_000, "rejected"), 2: (70_000, "pending")}
    assert TrackerEntry.history.count() == images
    assert done.remarks == [
        "Day 1 was rejected and says the same as then: it stays rejected. Enter it by hand if it is right."
    ]


def test_a_changed_day_waits_again_and_a_day_that_the_sheet_leaves_empty_stays():
    on = tracker()
    make.tracker_entry(50_000, on=on, day=0, approve=True)
    make.tracker_entry(60_000, on=on, day=1, approve=True)
    done = taken(on, filled(on, {"C13": 550}))
    assert entered(on) == {0: (55_000, "pending"), 1: (60_000, "approved")}
    assert [(row.row, row.day, row.outcome) for row in done.rows] == [(13, 0, "changed"), (None, 1, "kept")]


def test_what_the_kind_of_sheet_has_no_column_for_stays_as_it_was():
    on = tracker()
    make.tracker_entry(50_000, on=on, day=0, transaction_details="UPI 42", pocket_money_cents=700)
    taken(on, filled(on, {"C13": 550}))
    entry = on.entries.get()
    assert (entry.payment_cents, entry.pocket_money_cents, entry.entry_data) == (
        55_000,
        700,
        {"transaction_details": "UPI 42"},
    )


def test_rows_may_stand_in_any_order():
    on = tracker()
    workbook = template(on)
    sheet_of(workbook).delete_rows(13, 40)
    for cell, value in {"A13": 3, "C13": 300, "A14": 1, "C14": 100}.items():
        sheet_of(workbook)[cell] = value
    taken(on, saved(workbook))
    assert entered(on) == {1: (10_000, "pending"), 3: (30_000, "pending")}


def test_a_number_of_a_day_that_was_never_calculated_is_that_of_its_row():
    on = tracker()
    taken(on, filled(on, {"A14": "=A13+1", "C14": 500, "B15": "=B14+1", "C15": 600}))
    assert entered(on) == {1: (50_000, "pending"), 2: (60_000, "pending")}


def test_totals_that_do_not_agree_are_said_and_never_taken():
    on = tracker()
    done = taken(on, filled(on, {"C13": 500, "D13": 500, "C14": 700, "D14": 700, "C15": 100, "D15": 800, "F15": "-1"}))
    assert done.remarks == [
        "D14 says 700, but cumulative is 1,200.00 by the rows, and 1 more of this column differ. "
        "Totals are never taken from a sheet.",
        "F15 says -1, but balance is 1,300.00 by the rows. Totals are never taken from a sheet.",
    ]


def test_columns_beside_those_of_the_kind_are_said_and_not_read():
    on = tracker()
    done = taken(on, filled(on, {"C13": 500, "K12": "Agent", "K13": "Ravi"}))
    assert done.remarks == ["Column K 'Agent' belongs to no 50K tracker: it was not read."]


def test_rows_far_below_the_last_day_are_said_and_not_read():
    on = tracker()
    done = taken(on, filled(on, {"C13": 500, "A5001": 7, "C5001": 500}))
    assert done.remarks == ["The sheet goes on after row 5000: what stands there was not read."]
    assert entered(on) == {0: (50_000, "pending")}


def test_another_name_of_the_tracker_is_said():
    on = tracker(tracker_name="Asha 500")
    done = taken(on, filled(on, {"B3": "Ravi 500", "C13": 500}))
    assert done.remarks == ["B3 says 'Ravi 500': the tracker is called 'Asha 500'."]


def test_what_an_import_would_do_is_told_without_doing_it():
    on = tracker()
    told = read_workbook(actor=None, tracker=on, file=filled(on, {"C13": 500}), now=make.NOW)
    assert (told.counts["new"], entered(on)) == (1, {})


def test_who_looks_after_the_tracker_imports_and_nobody_else():
    on, rep = tracker(), make.user("SALES_REP")
    file = filled(on, {"C13": 500})
    stranger = make.user("ADMIN", of=make.tenant("other"))
    for nobody, error in ((rep, NotAllowed), (on.user, NotAllowed), (stranger, NotFound)):
        for door in (
            lambda who: taken(on, file, actor=who),
            lambda who: read_workbook(actor=who, tracker=on, file=file, now=make.NOW),
        ):
            with pytest.raises(error):
                door(nobody)
    cashback.assign_to_tracker(actor=None, tracker=on, user=rep)
    assert taken(on, file, actor=rep).counts["new"] == 1


def test_a_closed_tracker_takes_no_sheet():
    on = tracker()
    cashback.close_tracker(actor=None, tracker=on)
    with pytest.raises(DomainError, match="is closed"):
        taken(on, filled(on, {"C13": 500}))


def test_one_mistake_and_nothing_is_taken():
    on = tracker()
    with pytest.raises(SheetHasMistakes) as refused:
        taken(on, filled(on, {"C13": 500, "C14": "lots", "C15": -5, "E16": "two\nlines", "C16": 1}))
    assert set(refused.value.fields) == {"C14", "C15"}
    with pytest.raises(SheetHasMistakes) as refused:
        taken(on, filled(on, {"C13": 500, "E16": "two\nlines", "C16": 1}))
    assert set(refused.value.fields) == {"E16"}
    assert entered(on) == {}


def test_a_sheet_of_all_its_days_is_taken_in_one_go():
    start = make.TODAY - timedelta(days=400)
    on = make.tracker(start_date=start, scheme_period_days=400)
    taken(on, filled(on, {f"C{13 + day}": 500 + day for day in range(401)}))
    assert on.entries.count() == 401
    assert on.entries.get(day=400).payment_cents == 90_000
