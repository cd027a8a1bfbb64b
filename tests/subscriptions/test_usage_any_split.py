"""However a stream of packets is split into batches, the answer is the same; and no packet is lost, whatever its clock says."""

from itertools import cycle, islice

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from subscriptions.models import UsageRecord
from subscriptions.rules.usage_counter import WRAPS_AT, growth
from tests.subscriptions.usage import a_line, a_packet, counted, ingest

pytestmark = [pytest.mark.subscriptions, pytest.mark.django_db]

SESSIONS = ("s1", "a\\tb")  # the second looks like a tab to COPY
COUNTERS = (0, 1, 7, WRAPS_AT // 4 - 1, 3 * WRAPS_AT // 4, WRAPS_AT - 1, WRAPS_AT, 3 * WRAPS_AT)

anything = settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
splits = st.lists(st.integers(1, 5), min_size=1, max_size=4)


@st.composite
def streams(draw, *, clock_is_right: bool):
    """Packets of two sessions with few numbers and counters, so that they repeat, contradict and overtake each other."""
    packets = []
    for _ in range(draw(st.integers(1, 9))):
        number, late = draw(st.integers(0, 4)), draw(st.integers(0, 9))
        minute = number * 10 + late if clock_is_right else late * 5
        pair = (draw(st.sampled_from(COUNTERS)), draw(st.sampled_from(COUNTERS)))
        packets.append((number, minute, pair, draw(st.sampled_from(SESSIONS))))
    return draw(st.permutations(packets + packets[:3]))


def take(stream, sizes):
    """Take the stream in batches of these sizes, over and over: the line, taken and repeated, and what was rejected by place."""
    line, packets, answer, rejected = a_line(), iter(stream), [0, 0], {}
    for size in cycle(sizes):
        said = [a_packet(line, number, at, *pair, session=name) for number, at, pair, name in islice(packets, size)]
        if not said:
            return line, answer, rejected
        before = sum(answer) + len(rejected)
        done = ingest(line.tenant, *said)
        answer = [answer[0] + done.taken, answer[1] + done.repeated]
        rejected |= {before + one.position: one.code for one in done.rejections}
    raise AssertionError


@anything
@given(stream=streams(clock_is_right=True), one=splits, other=splits)
def test_where_every_clock_is_right_the_answer_is_the_same_however_it_is_split(stream, one, other):
    line, *answer = take(stream, one)
    another, *again = take(stream, other)
    assert answer == again
    assert set(answer[1].values()) <= {"contradicts"}
    for session in SESSIONS:
        assert counted(line, session) == counted(another, session)


@pytest.mark.parametrize("split", [[5], [1, 4], [1, 1, 1, 1, 1]])
@pytest.mark.parametrize("carried", [30, 31])
def test_what_is_sent_again_with_its_clock_put_right_is_counted(carried, split):
    """Record 2 was counted before record 1, its clock says twice; what is sent then repeats and contradicts nothing."""
    wrong, right = [(2, 5, (30, 0), "s1"), (2, 6, (29, 0), "s1")], (2, 30, (carried, 0), "s1")
    line, answer, rejected = take([(1, 10, (1, 0), "s1"), *wrong, right, right], split)
    assert (answer, rejected) == ([2, 1], {2: "out_of_time", 3: "out_of_time"})
    assert counted(line) == [(1, 0, 10, 1, 0), (2, 10, 30, carried - 1, 0)]


@pytest.mark.parametrize("split", [[4], [2], [1]])
def test_what_repeats_or_contradicts_a_counted_record_is_told_as_that_whatever_its_clock_says(split):
    counted_ones = [(1, 10, (1, 0), "s1"), (2, 20, (2, 0), "s1")]
    _, answer, rejected = take([*counted_ones, (2, 5, (2, 0), "s1"), (1, 30, (9, 0), "s1")], split)
    assert (answer, rejected) == ([2, 1], {4: "contradicts"})


def test_a_wrong_clock_that_is_sent_many_times_is_told_each_time():
    stream = [(1, 59, (1, 0), "s1"), *((2, late, (late, 0), "s1") for late in range(9)), (2, 59, (60, 0), "s1")]
    _, answer, rejected = take(stream, [len(stream)])
    assert (answer, set(rejected.values())) == ([1, 0], {"out_of_time"})


@anything
@given(stream=streams(clock_is_right=False), split=splits)
def test_whatever_the_clocks_say_each_packet_is_stored_or_told_why_not(stream, split):
    """A repeat and a contradiction name a record that is there; what is there is counted by the rule, side by side."""
    line, (taken, _), rejected = take(stream, split)
    stored = {(row.session_id, row.sequence): row for row in UsageRecord.objects.filter(subscriber=line)}
    assert len(stored) == taken
    for place, (number, _, pair, session) in enumerate(stream, start=1):
        row = stored.get((session, number))
        if rejected.get(place) != "out_of_time":
            assert row is not None, f"packet {place} ({rejected.get(place, 'taken or repeated')}) is nowhere"
            assert ((row.counter_in, row.counter_out) == pair) is (place not in rejected)
    for session in SESSIONS:
        before = None
        for row in (each for key, each in sorted(stored.items()) if key[0] == session):
            pair = row.counter_in, row.counter_out
            assert (row.bytes_in, row.bytes_out) == growth(before, pair)
            before = pair
        spans = [(start, end) for _, start, end, *_ in counted(line, session)]
        assert all(start <= end for start, end in spans)
        assert all(earlier[1] == later[0] for earlier, later in zip(spans, spans[1:], strict=False))
