"""Which line an old subscription is for, on plain values: each step of the rule, and that no order of rows matters."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from subscriptions.rules.line_facts import Days, Line, Subscription
from subscriptions.rules.line_link import decide_customer

pytestmark = pytest.mark.subscriptions

BEGAN = date(2025, 1, 1)
MADE = datetime(2025, 1, 1, tzinfo=UTC)


def line(name: str, **facts: Any) -> Line:
    """A live fibre line of unknown speed and unknown dates, made on 1 January 2025."""
    known = {"status": "ACTIVE", "service_type": "FIBER_INTERNET", "is_internet": True, "download_kbps": None}
    known |= {"activated_on": None, "terminated_on": None, "created_at": MADE, "is_deleted": False, "names": ""}
    return Line(id=name, username=name, **{**known, **facts})


def phone(name: str) -> Line:
    return line(name, service_type="VOIP", is_internet=False)


def wanted(name: str, first: date = BEGAN, last: date | None = None, kbps: int = 100_000, **facts: Any) -> Subscription:
    return Subscription(name, Days(first, last), kbps, facts.get("created_at", MADE))


def decided(subscriptions: list[Subscription], lines: list[Line], *, guess: bool = False) -> dict[str, str]:
    """Each decision in words: `line by SOURCE`, or the reason."""
    decisions = decide_customer(subscriptions, lines, guess=guess)
    return {key: f"{each.line.id} by {each.word}" if each.line else each.word for key, each in decisions.items()}


ONE = [wanted("s")]
TWO = [wanted("s1"), wanted("s2", kbps=20_000)]


@pytest.mark.parametrize(
    ("lines", "word"),
    [
        ([], "no_line"),
        ([line("a", is_deleted=True), line("b", is_deleted=True)], "lines_deleted"),
        ([line("a")], "a by ONLY_LINE"),
        ([line("a"), line("b", is_deleted=True)], "a by ONLY_LINE"),
        ([line("a", terminated_on=date(2024, 6, 1))], "no_fitting_line"),
        ([phone("a")], "no_fitting_line"),
        ([line("a", taken=[Days(date(2026, 1, 1), None)])], "line_taken"),
        ([line("a", taken=[Days(date(2024, 1, 1), date(2024, 12, 31))])], "a by ONLY_LINE"),
        ([line("a"), line("b")], "ambiguous"),
        ([line("a"), phone("b")], "a by MATCHED"),
        ([line("a"), line("b", taken=[Days(BEGAN, None)])], "a by MATCHED"),
        ([line("a", download_kbps=20_000), line("b", download_kbps=100_000)], "b by MATCHED"),
        ([line("a"), line("b", download_kbps=100_000)], "b by MATCHED"),
        ([line("a", status="TERMINATED"), line("b", created_at=datetime(2025, 2, 1, tzinfo=UTC))], "b by MATCHED"),
        ([line("a", activated_on=date(2023, 1, 1)), line("b", activated_on=date(2025, 1, 4))], "b by MATCHED"),
        ([line("a", terminated_on=date(2024, 6, 1)), line("b")], "b by MATCHED"),
        ([line("a"), line("b", names="s")], "b by METADATA"),
        ([line("a"), line("b", names="s", is_deleted=True)], "b by METADATA"),
        ([line("a", names="s"), line("b", names="s", is_deleted=True)], "a by METADATA"),
        ([line("a", names="s"), line("b", names="s")], "ambiguous"),
        ([line("a", names="s", taken=[Days(BEGAN, None)]), line("b")], "line_taken"),
        ([line("a", names="an old billing subscription"), line("b")], "ambiguous"),
    ],
)  # fmt: skip
def test_one_subscription_takes_the_line_that_is_certainly_its_own(lines, word):
    assert decided(ONE, lines) == {"s": word}


@pytest.mark.parametrize(
    ("subscriptions", "lines", "words"),
    [
        (TWO, [line("a", download_kbps=20_000), line("b", download_kbps=100_000)], "b by MATCHED, a by MATCHED"),
        (TWO, [line("a", download_kbps=20_000), line("b")], "b by MATCHED, a by MATCHED"),
        (TWO, [line("a"), line("b")], "ambiguous, ambiguous"),
        (TWO, [line("a")], "ambiguous, ambiguous"),
        (TWO, [line("a", names="s2"), line("b")], "b by MATCHED, a by METADATA"),
        (TWO, [line("a", download_kbps=20_000), line("b", download_kbps=100_000), line("c")], "b by MATCHED, a by MATCHED"),
        ([wanted("s1", last=date(2025, 6, 30)), wanted("s2", date(2025, 7, 1))], [line("a")], "a by ONLY_LINE, a by ONLY_LINE"),
        ([wanted("s1"), wanted("s2"), wanted("s3")], [line("a"), line("b")], "ambiguous, ambiguous, ambiguous"),
        (
            [wanted("s1", last=date(2025, 6, 30)), wanted("s2", date(2025, 7, 1))],
            [line("a", terminated_on=date(2025, 6, 30)), line("b", activated_on=date(2025, 7, 1))],
            "a by MATCHED, b by MATCHED",
        ),
    ],
)  # fmt: skip
def test_several_subscriptions_are_matched_with_lines_one_to_one(subscriptions, lines, words):
    expected = dict(zip([each.id for each in subscriptions], words.split(", "), strict=True))
    assert decided(subscriptions, lines) == expected


def test_a_guess_takes_the_first_active_line_then_the_oldest_then_by_id():
    later = datetime(2025, 2, 1, tzinfo=UTC)
    lines = [line("c", created_at=later), line("b"), line("a", status="SUSPENDED"), line("d", created_at=later)]
    three = [wanted("s1"), wanted("s2", date(2025, 1, 2)), wanted("s3", date(2025, 1, 3))]
    assert decided(ONE, lines, guess=True) == {"s": "b by FIRST_ACTIVE"}
    assert decided(three, lines, guess=True) == {
        "s1": "b by FIRST_ACTIVE", "s2": "c by FIRST_ACTIVE", "s3": "d by FIRST_ACTIVE",
    }  # fmt: skip


def test_a_guess_never_takes_a_line_that_another_has_on_the_same_days():
    three = [wanted("s1"), wanted("s2", date(2025, 1, 2)), wanted("s3", date(2025, 1, 3))]
    words = decided(three, [line("a"), line("b")], guess=True)
    assert words == {"s1": "a by FIRST_ACTIVE", "s2": "b by FIRST_ACTIVE", "s3": "line_taken"}


def test_a_guess_does_not_touch_what_is_certain():
    lines = [line("a", download_kbps=20_000), line("b", download_kbps=100_000)]
    assert decided(TWO, lines, guess=True) == decided(TWO, lines)


def test_the_evidence_shows_every_line_with_what_speaks_for_and_against_it():
    [decision] = decide_customer(
        ONE, [line("a", download_kbps=20_000), line("b", download_kbps=100_000), phone("c")]
    ).values()
    evidence = decision.evidence()
    assert (evidence["chosen"]["subscriber_id"], evidence["chosen"]["signs"]) == ("b", ["the plan's speed"])
    rejected = [(each["subscriber_id"], each["signs"], each["why_not"]) for each in evidence["rejected"]]
    assert rejected == [("a", ["another speed than the plan's"], ""), ("c", [], "not an internet line")]


def test_lines_too_much_alike_to_be_told_apart_are_left_in_no_time():
    crowd = [wanted(f"s{number:03}") for number in range(60)]
    assert set(decided(crowd, [line(f"l{number:03}") for number in range(60)]).values()) == {"ambiguous"}


days = st.integers(0, 40).map(lambda week: BEGAN + timedelta(weeks=week))
some_lines = st.lists(
    st.builds(
        lambda kbps, on, status, taken, names: {
            "download_kbps": kbps, "activated_on": on, "status": status, "taken": taken, "names": names,
        },
        st.sampled_from([None, 20_000, 100_000]), st.none() | days, st.sampled_from(["ACTIVE", "TERMINATED"]),
        st.sampled_from([(), (), [Days(BEGAN + timedelta(weeks=30), None)]]), st.sampled_from(["", "", "", "s0", "s1"]),
    ),
    max_size=4,
)  # fmt: skip
some_subscriptions = st.lists(
    st.tuples(days, st.none() | st.integers(0, 20), st.sampled_from([20_000, 100_000])), max_size=4
)


@settings(deadline=None, max_examples=150)
@given(some_subscriptions, some_lines, st.booleans(), st.randoms(use_true_random=False), st.data())
def test_no_order_of_rows_and_nothing_that_was_written_before_changes_a_link(asked, facts, guess, chance, data):
    def rows() -> tuple[list[Subscription], list[Line]]:
        subscriptions = [
            wanted(f"s{number}", first, first + timedelta(weeks=weeks) if weeks is not None else None, kbps)
            for number, (first, weeks, kbps) in enumerate(asked)
        ]
        return subscriptions, [line(f"l{number}", **known) for number, known in enumerate(facts)]

    whole = decided(*rows(), guess=guess)
    subscriptions, lines = rows()
    chance.shuffle(subscriptions)
    chance.shuffle(lines)
    assert decided(subscriptions, lines, guess=guess) == whole

    certain = {key: word for key, word in whole.items() if " by " in word and "FIRST_ACTIVE" not in word}
    done = data.draw(st.sets(st.sampled_from(sorted(certain)))) if certain else set()
    subscriptions, lines = rows()
    mine = {
        each.id: [one.days for one in subscriptions if one.id in done and certain[one.id].split()[0] == each.id]
        for each in lines
    }
    lines = [replace(each, taken=[*each.taken, *mine[each.id]]) for each in lines]
    rest = decided([each for each in subscriptions if each.id not in done], lines, guess=guess)
    for key in certain.keys() - done:
        assert rest[key].split()[0] == certain[key].split()[0]
