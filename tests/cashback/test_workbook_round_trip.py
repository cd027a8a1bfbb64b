"""A tracker that is written as a sheet and read back is the same, whatever its days say, for all three kinds of sheet."""

from datetime import date
from io import BytesIO

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from cashback import services as cashback
from cashback.models import TrackerEntry
from cashback.rules.tracker_sheets import AMOUNTS, KINDS, TEXTS
from cashback.services.workbooks import SheetHasMistakes, export_workbook, import_workbook, read_workbook
from cashback.services.workbooks.importing import facts_of
from tests import make
from tests.cashback.sheets import read, saved, sheet_of, taken

pytestmark = [pytest.mark.cashback, pytest.mark.django_db]

LAST_DAY = 12
CENTS = st.one_of(st.just(0), st.integers(0, 10**6), st.integers(0, 10**13))
LINE = st.one_of(
    st.sampled_from(["", "Cash", "=1+1", "+91 98", "-", "@a", "#N/A", "0012", "TRUE", "_x0041_", "_x005F_x0041_", "1e5", "'"]),
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="\u202a\u202b\u202c\u202d\u202e"
        "\u2066\u2067\u2068\u2069"), max_size=20),
)  # fmt: skip
NOTE = st.one_of(LINE, st.builds("{}\r\n{}\t{}".format, LINE, LINE, LINE))


def days(kind: str) -> st.SearchStrategy:
    """What somebody entered of some days, in the columns of a kind, and what became of each."""
    facts = {name: CENTS if name in AMOUNTS else NOTE if name == "notes" else LINE for name in KINDS[kind].entered}
    day = st.tuples(st.fixed_dictionaries(facts), st.sampled_from(["pending", "approved", "rejected"]))
    return st.dictionaries(st.integers(0, LAST_DAY), day, max_size=5)


def tracker(kind: str):
    return make.tracker(
        tracker_type=kind, scheme_period_days=LAST_DAY, start_date=date(2024, 2, 25), tracker_name="=A1&B1"
    )


def enter(on, said: dict) -> None:
    for day, (facts, status) in said.items():
        entry = cashback.submit_entry(actor=None, tracker=on, day=day, now=make.NOW, **facts)
        decide(entry, status)


def told(on) -> dict:
    return {entry.day: facts_of(entry, AMOUNTS + TEXTS) for entry in on.entries.all()}


def cells(file: bytes) -> dict:
    """Everything that a file says, by cell."""
    return {cell.coordinate: cell.value for row in read(file).iter_rows() for cell in row if cell.value is not None}


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_tracker_written_and_read_back_is_the_same(kind, data):
    with transaction.atomic():
        there_and_back(kind, data.draw(days(kind)))
        transaction.set_rollback(True)


def there_and_back(kind: str, said: dict) -> None:
    on = tracker(kind)
    enter(on, said)
    images = TrackerEntry.history.count()
    file = export_workbook(on)
    done = taken(on, BytesIO(file))
    assert done.counts == {"new": 0, "changed": 0, "unchanged": len(said), "kept": 0}
    assert [remark for remark in done.remarks if "was rejected" not in remark] == []
    assert TrackerEntry.history.count() == images

    another = tracker(kind)
    assert taken(another, BytesIO(file)).counts["new"] == len(said)
    assert told(another) == told(on)
    for day, (_, status) in said.items():
        decide(another.entries.get(day=day), status)
    assert cells(export_workbook(another)) == cells(file)


def test_a_day_that_is_still_to_come_here_is_read_back_as_it_is_and_not_otherwise():
    """It was entered while the clock was ahead, or where it was tomorrow already: an instance brings such days along."""
    on, ahead = make.tracker(start_date=make.TODAY), make.later(days=3)
    for day, status in ((0, "approved"), (1, "approved"), (2, "pending")):
        entry = cashback.submit_entry(actor=None, tracker=on, day=day, payment_cents=50_000, now=ahead)
        if status == "approved":
            cashback.approve_entry(actor=None, entry=entry, now=ahead)
    file = export_workbook(on)
    for done in (read_workbook(actor=None, tracker=on, file=BytesIO(file), now=make.NOW), taken(on, BytesIO(file))):
        assert done.counts == {"new": 0, "changed": 0, "unchanged": 3, "kept": 0}
    changed = load_workbook(BytesIO(file))
    sheet_of(changed)["C14"] = sheet_of(changed)["C16"] = 600
    for door in (read_workbook, import_workbook):
        with pytest.raises(SheetHasMistakes) as refused:
            door(actor=None, tracker=on, file=saved(changed), now=make.NOW)
        assert {cell: len(said) for cell, said in refused.value.fields.items()} == {"A14": 1, "A16": 1}


def decide(entry: TrackerEntry, status: str) -> None:
    if status == "approved":
        cashback.approve_entry(actor=None, entry=entry, now=make.NOW)
    elif status == "rejected":
        cashback.reject_entry(actor=None, entry=entry, reason="wrong", now=make.NOW)
