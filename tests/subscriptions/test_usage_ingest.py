"""Taking accounting records: growth of counters, repeats, any order of arrival, wraps, and what is kept aside."""

import random
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from subscriptions.models import RejectedUsage, UsageRecord
from subscriptions.rules.usage_counter import WRAPS_AT, growth, has_wrapped
from subscriptions.services.usage import retry_rejected
from tests import make
from tests.subscriptions.usage import MIDNIGHT, a_line, a_packet, at, counted, ingest

pytestmark = [pytest.mark.subscriptions, pytest.mark.django_db]


def answer_of(done):
    assert done.received == done.taken + done.repeated + done.rejected
    return done.taken, done.repeated, done.rejected


def test_interim_records_count_what_was_added_since_the_one_before():
    line = a_line()
    done = ingest(
        line.tenant, a_packet(line, 1, 5, 10, 100), a_packet(line, 2, 10, 15, 130), a_packet(line, 3, 20, 15, 500)
    )
    assert answer_of(done) == (3, 0, 0)
    assert counted(line) == [(1, 0, 5, 10, 100), (2, 5, 10, 5, 30), (3, 10, 20, 0, 370)]


def test_records_of_a_later_batch_go_on_from_those_before():
    line = a_line()
    ingest(line.tenant, a_packet(line, 1, 5, 10, 100))
    ingest(line.tenant, a_packet(line, 2, 10, 15, 130))
    assert counted(line) == [(1, 0, 5, 10, 100), (2, 5, 10, 5, 30)]


def test_sessions_and_lines_do_not_mix():
    customer = make.customer()
    line, other = a_line(customer), a_line(customer)
    ingest(line.tenant, a_packet(line, 1, 5, 10), a_packet(line, 2, 6, 70, session="s2"), a_packet(other, 2, 7, 400))
    assert counted(line) == [(1, 0, 5, 10, 0)]
    assert counted(line, "s2") == [(2, 0, 6, 70, 0)]
    assert counted(other) == [(2, 0, 7, 400, 0)]


@pytest.mark.parametrize("batch_size", [1, 2, 20])
def test_edge_case_17_a_packet_that_comes_twice_is_counted_once(batch_size):
    line = a_line()
    packets = [a_packet(line, 1, 5, 10, 100), a_packet(line, 1, 5, 10, 100), a_packet(line, 2, 10, 15, 130)]
    assert answer_of(ingest(line.tenant, *packets, batch_size=batch_size)) == (2, 1, 0)
    assert answer_of(ingest(line.tenant, *packets, batch_size=batch_size)) == (0, 3, 0)
    assert counted(line) == [(1, 0, 5, 10, 100), (2, 5, 10, 5, 30)]


@pytest.mark.parametrize("batch_size", [1, 20])
def test_edge_case_17_the_same_packet_with_other_counters_is_kept_aside_and_never_replaces(batch_size):
    line = a_line()
    done = ingest(line.tenant, a_packet(line, 1, 5, 10), a_packet(line, 1, 5, 11), batch_size=batch_size)
    assert answer_of(done) == (1, 0, 1)
    assert done.rejected_by_code == {"contradicts": 1}
    assert counted(line) == [(1, 0, 5, 10, 0)]
    assert RejectedUsage.objects.get().position == 2


def test_the_same_packet_contradicts_by_either_counter():
    line = a_line()
    done = ingest(line.tenant, a_packet(line, 1, 5, 10, 7), a_packet(line, 1, 5, 10, 8), a_packet(line, 1, 5, 11, 7))
    assert (answer_of(done), done.rejected_by_code) == ((1, 0, 2), {"contradicts": 2})


def test_growth_of_half_of_32_bits_over_the_border_is_a_counter_that_was_set_back():
    line = a_line()
    half, quarter = WRAPS_AT // 2, WRAPS_AT // 4
    assert (has_wrapped(3 * quarter, quarter), has_wrapped(3 * quarter, quarter - 1)) == (False, True)
    ingest(line.tenant, a_packet(line, 1, 5, 3 * quarter), a_packet(line, 2, 10, quarter))
    ingest(line.tenant, *(a_packet(line, n, n * 5, (3 * quarter, quarter - 1)[n - 1], session="s2") for n in (1, 2)))
    assert [counted(line, session)[1][3] for session in ("s1", "s2")] == [quarter, half - 1]


def test_a_packet_is_compared_with_what_is_stored_before_what_came_with_it():
    line = a_line()
    ingest(line.tenant, a_packet(line, 1, 5, 10))
    assert answer_of(ingest(line.tenant, a_packet(line, 1, 5, 11), a_packet(line, 1, 5, 10))) == (0, 1, 1)


@pytest.mark.parametrize("batch_size", [1, 2, 20])
def test_edge_case_17_a_late_packet_puts_the_one_after_it_right(batch_size):
    line = a_line()
    first, second, third = (a_packet(line, n, n * 10, n * 100) for n in (1, 2, 3))
    ingest(line.tenant, third, batch_size=batch_size)
    assert counted(line) == [(3, 0, 30, 300, 0)]
    done = ingest(line.tenant, second, first, batch_size=batch_size)
    assert done.put_right == (2 if batch_size == 1 else 1)
    assert counted(line) == [(1, 0, 10, 100, 0), (2, 10, 20, 100, 0), (3, 20, 30, 100, 0)]


def test_edge_case_17_a_wrap_of_32_bits_goes_on_and_a_counter_set_back_begins_anew():
    line = a_line()
    done = ingest(
        line.tenant,
        a_packet(line, 1, 5, WRAPS_AT - 296, 10),
        a_packet(line, 2, 10, 704, 20),
        a_packet(line, 3, 15, 904, 5),
    )
    assert answer_of(done) == (3, 0, 0)
    assert [row[3:] for row in counted(line)] == [(WRAPS_AT - 296, 10), (1000, 10), (904, 5)]


def test_gigawords_carry_on_beyond_32_bits():
    line = a_line()
    ingest(line.tenant, a_packet(line, 1, 5, 7, 9, gigawords_in=3, gigawords_out="1"))
    assert counted(line) == [(1, 0, 5, 3 * WRAPS_AT + 7, WRAPS_AT + 9)]


def test_edge_case_17_a_session_without_its_stop_has_counted_until_its_last_packet():
    line = a_line()
    ingest(line.tenant, a_packet(line, 1, 5, 10), a_packet(line, 2, 10, 30))
    assert sum(row[3] for row in counted(line)) == 30


BAD = {
    "stop before start": ({"at": (MIDNIGHT - timedelta(minutes=1)).isoformat()}, "ends_before_it_starts"),
    "future": ({"at": at(days=21, minutes=1).isoformat()}, "in_the_future"),
    "long": ({"started_at": at(days=-500).isoformat()}, "session_too_long"),
    "negative": ({"bytes_in": -1}, "malformed_field"),
    "fraction": ({"bytes_in": 1.0}, "malformed_field"),
    "true": ({"bytes_in": True}, "malformed_field"),
    "words": ({"sequence": "two"}, "malformed_field"),
    "absurd": ({"bytes_out": 2**61}, "absurd_size"),
    "absurd gigawords": ({"gigawords_out": 2**40}, "absurd_size"),
    "both ways": ({"bytes_out": WRAPS_AT, "gigawords_out": 1}, "malformed_field"),
    "no offset": ({"at": "2026-02-01T00:05:00"}, "malformed_field"),
    "no moment": ({"at": 5}, "malformed_field"),
    "missing": ({"session_id": None}, "missing_field"),
    "long session": ({"session_id": "x" * 65}, "malformed_field"),
    "control": ({"session_id": "a\tb"}, "malformed_field"),
    "NUL": ({"subscriber_id": "a\x00b"}, "malformed_field"),
    "surrogate": ({"subscriber_id": "\ud800"}, "malformed_field"),
    "unknown": ({"subscriber_id": "nobody"}, "unknown_subscriber"),
}


@pytest.mark.parametrize(("fields", "code"), BAD.values(), ids=BAD)
def test_a_record_that_cannot_be_counted_is_kept_aside_and_the_rest_is_taken(fields, code):
    line = a_line()
    done = ingest(
        line.tenant, a_packet(line, 1, 5, 10), {**a_packet(line, 2, 10, 15), **fields}, a_packet(line, 3, 15, 40)
    )
    assert answer_of(done) == (2, 0, 1)
    assert [(one.position, one.code) for one in done.rejections] == [(2, code)]
    kept = RejectedUsage.objects.get()
    assert (kept.code, kept.batch_id, kept.tenant) == (code, done.batch_id, line.tenant)
    assert [row[0] for row in counted(line)] == [1, 3]


def test_what_is_no_record_is_kept_aside_with_a_bounded_text():
    done = ingest(make.tenant(), ["a" * 5000], 7, None)
    assert (done.rejected, done.rejected_by_code) == (3, {"not_an_object": 3})
    assert len(RejectedUsage.objects.get(position=1).content) == 2000


def test_a_line_of_another_business_is_unknown():
    theirs = a_line(make.customer(of=make.tenant("other")))
    assert ingest(make.tenant(), a_packet(theirs, 1, 5, 10)).rejected_by_code == {"unknown_subscriber": 1}
    assert not UsageRecord.objects.exists()


def test_what_was_carried_on_a_deleted_line_is_still_counted():
    line = a_line(deleted_at=at(minutes=7))
    assert answer_of(ingest(line.tenant, a_packet(line, 1, 5, 10))) == (1, 0, 0)


@pytest.mark.parametrize("batch_size", [1, 20])
def test_a_packet_against_the_order_of_time_is_kept_aside_and_makes_no_other_fall(batch_size):
    line = a_line()
    ingest(line.tenant, a_packet(line, 1, 10, 10), a_packet(line, 5, 50, 50))
    done = ingest(
        line.tenant,
        a_packet(line, 2, 60, 20),
        a_packet(line, 3, 30, 30),
        a_packet(line, 4, 25, 40),
        batch_size=batch_size,
    )
    assert [(one.position, one.code) for one in done.rejections] == [(1, "out_of_time"), (3, "out_of_time")]
    assert counted(line) == [(1, 0, 10, 10, 0), (3, 10, 30, 20, 0), (5, 30, 50, 20, 0)]


def test_records_of_an_unknown_line_are_taken_once_it_is_there():
    tenant = make.tenant()
    packets = [a_packet("late-line", 1, 5, 10), a_packet("late-line", 2, 10, 15), a_packet("never", 1, 5, 1)]
    ingest(tenant, *packets)
    line = a_line(make.customer(of=tenant), id="late-line")
    asked = {"actor": None, "tenant": tenant, "now": at(days=20)}
    assert answer_of(retry_rejected(**asked)) == (2, 0, 1)
    assert answer_of(retry_rejected(**asked)) == (0, 2, 1)
    assert counted(line) == [(1, 0, 5, 10, 0), (2, 5, 10, 5, 0)]
    assert RejectedUsage.objects.count() == 3


def test_a_record_of_an_unknown_line_is_kept_uncut_however_much_else_it_says():
    tenant = make.tenant()
    name, session = "\u00fc" * 255, "\U0001f600" * 64
    ingest(tenant, a_packet(name, 1, 5, 10, session=session, gigawords_in=1, said_by="x" * 3000))
    line = a_line(make.customer(of=tenant), id=name)
    assert answer_of(retry_rejected(actor=None, tenant=tenant, now=at(days=20))) == (1, 0, 0)
    assert counted(line, session) == [(1, 0, 5, 2**32 + 10, 0)]


def test_statements_do_not_grow_with_the_records():
    line = a_line()
    with CaptureQueriesContext(connection) as few:
        ingest(line.tenant, a_packet(line, 1, 1, 1))
    with CaptureQueriesContext(connection) as many:
        ingest(line.tenant, *(a_packet(line, n, n, n) for n in range(2, 400)))
    assert len(many) <= len(few)
    assert len(counted(line)) == 399


counters = st.lists(
    st.tuples(st.integers(0, 3 * WRAPS_AT) | st.integers(WRAPS_AT - 9, WRAPS_AT + 9), st.integers(0, 2**33)),
    min_size=1,
    max_size=8,
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(counters=counters, seed=st.integers(0, 10_000), batch_size=st.sampled_from([1, 2, 3, 20]))
def test_in_any_order_and_any_batches_every_record_counts_as_the_rule_says(counters, seed, batch_size):
    """The twin in SQL and the rule agree, whatever arrives when; spans stand side by side."""
    line = a_line()
    packets = [a_packet(line, n, n * 10, *pair) for n, pair in enumerate(counters, start=1)]
    random.Random(seed).shuffle(packets)  # noqa: S311 - an order of arrival, not a secret
    ingest(line.tenant, *packets, *packets[:2], batch_size=batch_size)
    before = [None, *counters[:-1]]
    assert counted(line) == [
        (n, n * 10 - 10, n * 10, *growth(earlier, now))
        for n, (earlier, now) in enumerate(zip(before, counters, strict=True), start=1)
    ]
