"""On the pages, a day of a tracker that is still to come is neither entered nor approved, and its sheet is refused at a look."""

from datetime import date, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from tests import make
from tests.admin.actions.clicks import address, do
from tests.admin.points import TO_APPROVE
from tests.cashback.sheets import filled

pytestmark = [pytest.mark.cashback, pytest.mark.django_db]


def today() -> date:
    return make.tenant().day_of(timezone.now())


def test_a_day_to_come_is_not_entered_and_a_sheet_of_it_is_refused_when_it_is_looked_at(manager):
    tracker = make.tracker(start_date=today() + timedelta(days=9))
    answer = do(manager, tracker, "enter", day=1, payment_cents="500.00")
    assert answer.status_code == 422 and "on the day it comes" in answer.context["refusal"]
    sheet = SimpleUploadedFile("days.xlsx", filled(tracker, {"C14": 500}).getvalue())
    answer = manager.post(address(tracker, "upload"), {"sheet": sheet})
    assert answer.status_code == 422 and "A14 says day 1" in answer.context["refusal"]
    assert not tracker.entries.exists()


def test_of_checked_days_one_to_come_waits_and_the_other_counts(manager):
    tracker = make.tracker(start_date=today() - timedelta(days=9))
    for day in (0, 20):
        make.tracker_entry(on=tracker, day=day, now=timezone.now() + timedelta(days=20))
    boxes = [case.box for case in manager.get(TO_APPROVE).context["cases"]]
    answer = manager.post(TO_APPROVE, {"finding": boxes}, follow=True)
    counted, refused = (str(message) for message in answer.context["messages"])
    assert counted.startswith("1 day") and "what is paid ahead is entered on the day it comes" in refused
    assert list(tracker.entries.order_by("day").values_list("status", flat=True)) == ["approved", "pending"]
