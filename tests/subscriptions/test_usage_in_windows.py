"""What was used in windows of time: borders, records over them, and one question for any number of windows."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from subscriptions.models import UsageRecord
from subscriptions.rules.usage_split import bytes_until
from subscriptions.selectors.usage import Usage, UsageWindow, usage_in
from tests.subscriptions.usage import MIDNIGHT, a_line, a_record, at

pytestmark = [pytest.mark.subscriptions, pytest.mark.django_db]

LARGEST = 2**62


def used(line, starts_at, ends_at):
    return usage_in([UsageWindow("asked", line.pk, starts_at, ends_at)])["asked"]


def test_edge_case_16_a_session_over_midnight_is_split_by_time():
    line = a_line()
    a_record(line, at(hours=-1), at(hours=3), bytes_in=1_000, bytes_out=2_002)
    assert used(line, at(days=-31), MIDNIGHT) == Usage(250, 500, 1)
    assert used(line, MIDNIGHT, at(days=28)) == Usage(750, 1_502, 1)


@pytest.mark.parametrize(
    ("starts_at", "ends_at", "before", "after"),
    [
        (at(hours=-2), at(hours=-1), 100, 0),
        (at(hours=-1), MIDNIGHT, 100, 0),
        (MIDNIGHT, at(hours=1), 0, 100),
        (MIDNIGHT, MIDNIGHT, 0, 100),
        (at(seconds=-1), at(seconds=-1), 100, 0),
        (at(seconds=-0.5), at(seconds=0.5), 100, 0),
        (at(seconds=0.25), at(seconds=0.5), 0, 100),
    ],
    ids=["before", "until the border", "from the border", "an instant on it", "an instant before", "a blink", "after"],
)
def test_a_record_beside_a_border_belongs_to_one_side(starts_at, ends_at, before, after):
    line = a_line()
    a_record(line, starts_at, ends_at, bytes_out=100)
    assert (used(line, at(days=-1), MIDNIGHT).total_bytes, used(line, MIDNIGHT, at(days=1)).total_bytes) == (
        before,
        after,
    )


def test_a_record_that_only_touches_a_window_is_not_a_record_of_it():
    line = a_line()
    a_record(line, at(hours=-1), MIDNIGHT, bytes_out=100)
    assert used(line, MIDNIGHT, at(days=1)) == Usage(0, 0, 0)


def test_a_window_without_records_is_answered_with_nothing():
    assert used(a_line(), at(days=-1), MIDNIGHT) == Usage(0, 0, 0)


def test_a_window_that_ends_where_it_starts_has_nothing():
    line = a_line()
    a_record(line, at(hours=-1), at(hours=1), bytes_out=100)
    assert used(line, MIDNIGHT, MIDNIGHT) == Usage() == used(line, at(minutes=30), at(minutes=-30))


def test_any_number_of_windows_is_one_statement(django_assert_num_queries):
    lines = [a_line() for _ in range(3)]
    for place, line in enumerate(lines):
        a_record(line, at(hours=-1), MIDNIGHT, bytes_in=place)
    windows = [
        UsageWindow((line.pk, day), line.pk, at(days=day - 1), at(days=day)) for line in lines for day in range(40)
    ]
    with django_assert_num_queries(1):
        answer = usage_in(windows)
    assert len(answer) == 120
    assert [answer[line.pk, 0].bytes_in for line in lines] == [0, 1, 2]
    assert sum(usage.total_bytes for usage in answer.values()) == 3


def test_no_windows_ask_nothing(django_assert_num_queries):
    with django_assert_num_queries(0):
        assert usage_in([]) == {}


def test_two_windows_with_one_key_are_refused():
    window = UsageWindow("same", "line", MIDNIGHT, at(days=1))
    with pytest.raises(ValueError, match="same key"):
        usage_in([window, window])


def test_an_instant_belongs_to_what_comes_after_it():
    assert [bytes_until(5, MIDNIGHT, MIDNIGHT, at(seconds=after)) for after in (-1, 0, 1)] == [0, 0, 5]


seconds = st.integers(-200_000, 200_000)
records = st.tuples(seconds, st.integers(0, 100_000) | st.integers(0, 2_000_000_000), st.integers(0, LARGEST))


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(record=records, borders=st.lists(seconds, min_size=0, max_size=8))
def test_windows_side_by_side_add_up_to_the_record(record, borders):
    """Any partition of any span that holds a record sums to the record, and each share is the one that the rule says."""
    begin, length, carried = record
    UsageRecord.objects.all().delete()
    line = a_line()
    started_at, ended_at = at(seconds=begin), at(seconds=begin + length)
    a_record(line, started_at, ended_at, bytes_in=carried, bytes_out=7)
    edges = [
        started_at - timedelta(days=1),
        *sorted({at(seconds=border) for border in borders}),
        ended_at + timedelta(days=1),
    ]
    edges = sorted(edges)
    answer = usage_in(
        [UsageWindow(place, line.pk, *pair) for place, pair in enumerate(zip(edges, edges[1:], strict=False))]
    )
    assert sum(usage.bytes_in for usage in answer.values()) == carried
    assert sum(usage.bytes_out for usage in answer.values()) == 7
    for place, (starts_at, ends_at) in enumerate(zip(edges, edges[1:], strict=False)):
        until = [bytes_until(carried, started_at, ended_at, moment) for moment in (starts_at, ends_at)]
        assert answer[place].bytes_in == until[1] - until[0]
