"""A day of a tracker comes at midnight where the business is, summer or winter, by hand and by sheet; some never come."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from cashback.models import DailyTracker
from cashback.services.tracker_entries import DayIsToCome
from cashback.services.workbooks import SheetHasMistakes, import_workbook, read_workbook
from tests import make
from tests.api.clients import client_of, error_of
from tests.cashback.sheets import filled

pytestmark = [pytest.mark.cashback, pytest.mark.django_db]

MOMENT = timedelta(microseconds=1)
MIDNIGHTS = {  # the business, day 0 of the tracker, and when its day 1 begins
    "Asia/Dhaka": (date(2026, 1, 13), datetime(2026, 1, 13, 18, tzinfo=UTC)),
    "America/New_York": (date(2026, 3, 7), datetime(2026, 3, 8, 5, tzinfo=UTC)),
    "America/New_York, an hour less": (date(2026, 3, 8), datetime(2026, 3, 9, 4, tzinfo=UTC)),
    "America/New_York, an hour more": (date(2026, 11, 1), datetime(2026, 11, 2, 5, tzinfo=UTC)),
    "America/Santiago, no midnight": (date(2026, 9, 5), datetime(2026, 9, 6, 4, tzinfo=UTC)),
}


@pytest.mark.parametrize("zone", MIDNIGHTS)
def test_a_day_comes_at_midnight_where_the_business_is(zone):
    start, midnight = MIDNIGHTS[zone]
    there = make.tenant("there", timezone=zone.partition(",")[0])
    by_hand, by_sheet = (make.tracker(of=there, start_date=start) for _ in range(2))
    with pytest.raises(DayIsToCome):
        make.tracker_entry(on=by_hand, day=1, now=midnight - MOMENT)
    assert make.tracker_entry(on=by_hand, day=1, now=midnight).day == 1
    file = filled(by_sheet, {"C14": 500})
    for door in (read_workbook, import_workbook):
        with pytest.raises(SheetHasMistakes, match="and still to come"):
            door(actor=None, tracker=by_sheet, file=file, now=midnight - MOMENT)
        assert door(actor=None, tracker=by_sheet, file=file, now=midnight).counts["new"] == 1


@pytest.mark.damages_rows
def test_a_day_beyond_the_calendar_is_told_as_that():
    tracker = make.tracker()
    file = filled(tracker, {"B10": "31-12-9999", "B14": None, "C14": 500})
    DailyTracker.objects.update(start_date=date(9999, 12, 31))  # as the old system could have stored it
    tracker.refresh_from_db()
    with pytest.raises(DayIsToCome, match="Day 1 of tracker .* is beyond the calendar, and today is 2026-01-13"):
        make.tracker_entry(on=tracker, day=1)
    with pytest.raises(SheetHasMistakes, match="A14 says day 1: that is beyond the calendar, and still to come"):
        read_workbook(actor=None, tracker=tracker, file=file, now=make.NOW)


def days_of(tracker, client):
    """A day, and a sheet of it, by the doors of programs."""
    sheet = SimpleUploadedFile("days.xlsx", filled(tracker, {"C14": 500}).getvalue())
    path = f"/api/cashback/trackers/{tracker.pk}"
    yield client.post(f"{path}/entries", {"day": 1, "payment_cents": 50_000}, format="json")
    for query in ("?dry_run=true", ""):
        sheet.seek(0)
        yield client.post(f"{path}/workbook{query}", {"file": sheet}, format="multipart")


def test_programs_are_refused_a_day_to_come_by_the_clock_of_now():
    client, today = client_of(make.user("ADMIN")), make.tenant().day_of(timezone.now())
    codes = ["day_is_to_come", "sheet_has_mistakes", "sheet_has_mistakes"]
    answers = days_of(make.tracker(start_date=today + timedelta(days=9)), client)
    assert [error_of(answer, 422)["code"] for answer in answers] == codes
    answers = days_of(make.tracker(start_date=today - timedelta(days=9)), client)
    assert [answer.status_code for answer in answers] == [201, 200, 200]
