"""`check_books` finds usage that does not agree with its counters, or with the record before it."""

from datetime import timedelta

import pytest
from django.db.models import F

from subscriptions.invariants.usage_records import spans_of_a_session_stand_side_by_side, usage_is_what_counters_grew
from subscriptions.models import UsageRecord
from tests import make
from tests.subscriptions.usage import a_line, a_packet, ingest

pytestmark = [pytest.mark.subscriptions, pytest.mark.django_db]


@pytest.fixture
def line():
    line = a_line()
    ingest(
        line.tenant, *(a_packet(line, n, n * 5, n * 10, 2**32 - 500 + n * 200 if n < 3 else n) for n in (3, 1, 2, 4))
    )
    return line


def found(sentence, **asked):
    return [violation.where for violation in sentence(using="default", **asked)]


def test_usage_that_was_ingested_is_right(line):
    assert found(usage_is_what_counters_grew) == found(spans_of_a_session_stand_side_by_side) == []


@pytest.mark.parametrize("column", ["bytes_in", "bytes_out"])
def test_bytes_that_the_counters_do_not_say_are_found(line, column):
    record = UsageRecord.objects.get(sequence=2)
    UsageRecord.objects.filter(pk=record.pk).update(**{column: F(column) + 1})
    assert len(found(usage_is_what_counters_grew, tenant=line.tenant)) == 1
    assert found(usage_is_what_counters_grew, tenant=make.tenant("other")) == []
    assert found(spans_of_a_session_stand_side_by_side) == []


def test_spans_that_overlap_are_found(line):
    UsageRecord.objects.filter(sequence=3).update(started_at=F("started_at") - timedelta(seconds=1))
    assert len(found(spans_of_a_session_stand_side_by_side, tenant=line.tenant)) == 1
    assert found(usage_is_what_counters_grew) == []
