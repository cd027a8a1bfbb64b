"""How much at once and for how long: window sizes, limits, time windows, minutes, rests."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from operations.backfill import backfill_named
from operations.backfill.pace import FIRST, LARGEST, SMALLEST, Pace
from operations.backfill.request import Request, ask_for_run
from operations.backfill.runner import SQLITE_REST_SECONDS
from operations.backfill.runs import request_of, work_on
from operations.models import BackfillRun
from tests import make
from tests.engine.here import NAME, clock, command, execute, resume, route_of, unlinked

pytestmark = [pytest.mark.engine, pytest.mark.django_db]


@pytest.mark.parametrize(
    ("size", "met_target", "seconds", "expected"),
    [
        (FIRST, False, 0.1, 750),  # far from the target: half as many more
        (FIRST, True, 0.1, 600),  # met once: careful from then on
        (FIRST, False, 0.5, 500),
        (FIRST, True, 1.0, 250),
        (FIRST, True, 60.0, 250),  # never less than half at once
        (60, True, 2.0, SMALLEST),
        (9_900, False, 0.01, LARGEST),
    ],
)
def test_the_window_is_steered_to_half_a_second(size, met_target, seconds, expected):
    pace = Pace(size=size, has_met_target=met_target)
    pace.succeeded(seconds)
    assert pace.size == expected


def test_a_fixed_window_is_not_steered():
    pace = Pace.of(70)
    pace.succeeded(0.001)
    pace.succeeded(9)
    assert pace.size == 70


@pytest.mark.parametrize(("pace", "back_to"), [(Pace.of(70), 70), (Pace(size=800), 400)])
def test_a_failing_window_is_halved_down_to_one_row_and_grows_back(pace, back_to):
    sizes = []
    while pace.size > 1:
        pace.failed(pace.size)
        sizes.append(pace.size)
    pace.succeeded(0.1)
    assert sizes[-1] == 1
    assert sizes == sorted(sizes, reverse=True)
    assert pace.size == back_to


def test_a_given_batch_size_makes_windows_of_that_many_keys():
    unlinked(10)
    run = execute(batch_size=3)
    assert (run.counts["batches"], run.counts["keys"], run.counts["written"]) == (4, 10, 10)


@pytest.mark.parametrize("batch_size", [1, 2, 5, 10, 11, None])
def test_every_batch_size_writes_every_row_once(batch_size):
    payments = unlinked(10)
    run = execute(batch_size=batch_size)
    assert run.status == BackfillRun.Status.SUCCEEDED
    assert all(route_of(payment) == payment.sale.route_id for payment in payments)
    assert run.changes.count() == 10


@pytest.mark.parametrize("batch_size", [1, 3, 100])
def test_a_limited_run_writes_as_many_and_says_what_remains(batch_size):
    unlinked(10)
    said = command(f"backfill_{NAME}", "--execute", "--json", "--limit", "4", "--batch-size", str(batch_size)).json
    assert (said["payments_updated"], said["payments_still_missing"], said["left"]) == (4, 6, {"over_limit": 6})
    assert said["run_status"] == "SUCCEEDED"


def test_after_limited_runs_the_rest_is_written_by_the_next():
    unlinked(10)
    assert [execute(limit=4).counts["written"] for _ in range(4)] == [4, 4, 2, 0]


def test_a_run_that_has_reached_its_limit_looks_at_no_further_row():
    unlinked(10)
    assert execute(limit=4, batch_size=2).counts["keys"] == 4


def test_a_row_made_after_the_run_was_asked_for_is_not_its_duty():
    asked_for = unlinked(3)
    run = ask_for_run(Request(backfill_named(NAME), batch_size=2), now=make.NOW)
    [later] = unlinked(1)
    run = work_on(run.pk, using="default", clock=clock())
    assert (run.status, run.counts["written"], run.counts["keys"]) == (BackfillRun.Status.SUCCEEDED, 3, 3)
    assert all(route_of(payment) for payment in asked_for)
    assert route_of(later) is None


def test_whoever_goes_on_with_a_run_keeps_to_what_was_asked():
    asked = Request(
        backfill_named(NAME), tenant=make.tenant(), actor=make.user("ADMIN"), reason="TICKET-7", batch_size=3, limit=7,
        nice=1.5, window="23:00-02:00", max_minutes=20,
    )  # fmt: skip
    run = ask_for_run(asked, now=make.NOW)
    assert request_of(BackfillRun.objects.get(pk=run.pk), "default") == asked


def test_a_limit_holds_over_a_pause():
    unlinked(10)
    run = execute(limit=4, batch_size=1, max_minutes=1, at=clock(step=timedelta(seconds=20)))
    assert (run.status, run.counts["written"] < 4) == (BackfillRun.Status.PAUSED, True)
    while run.status == BackfillRun.Status.PAUSED:
        run = resume(run, at=clock(step=timedelta(seconds=10)))
    assert (run.status, run.counts["written"]) == (BackfillRun.Status.SUCCEEDED, 4)


def test_outside_its_time_window_a_run_pauses_before_it_writes():
    [payment] = unlinked()
    noon = clock(datetime(2026, 1, 13, 12, tzinfo=UTC))
    run = execute(window="23:00-02:00", at=noon)
    assert (run.status, run.stop_reason) == (BackfillRun.Status.PAUSED, "outside its time window 23:00-02:00 UTC")
    assert route_of(payment) is None


def test_a_run_pauses_at_the_end_of_its_window_and_goes_on_in_the_next_night():
    unlinked(30)
    run = execute(window="23:00-02:00", batch_size=2, at=clock(datetime(2026, 1, 14, 1, 59, 40, tzinfo=UTC)))
    assert run.status == BackfillRun.Status.PAUSED
    assert 0 < run.counts["written"] < 30
    run = resume(run, at=clock(datetime(2026, 1, 14, 23, 0, tzinfo=UTC)))
    assert (run.status, run.counts["written"]) == (BackfillRun.Status.SUCCEEDED, 30)


def test_the_time_window_is_in_the_zone_of_the_tenant():
    tenant = make.tenant(timezone="Asia/Dhaka")  # six hours before UTC
    run = execute(tenant=tenant, window="23:00-02:00", at=clock(datetime(2026, 1, 13, 18, 30, tzinfo=UTC)))
    assert run.status == BackfillRun.Status.SUCCEEDED


def test_a_run_pauses_when_its_minutes_are_over_and_says_so():
    unlinked(10)
    run = execute(max_minutes=2, batch_size=1, at=clock(step=timedelta(seconds=20)))
    assert (run.status, run.stop_reason) == (BackfillRun.Status.PAUSED, "its 2 minutes are over")
    assert 0 < run.counts["written"] < 10
    assert resume(run).status == BackfillRun.Status.SUCCEEDED or resume(run).status == BackfillRun.Status.PAUSED


def test_a_nice_run_rests_as_many_times_as_long_as_it_worked(monkeypatch):
    import time

    unlinked(4)
    slept = []
    monkeypatch.setattr(time, "sleep", slept.append)
    moments = iter(range(10_000))
    monkeypatch.setattr(time, "perf_counter", lambda: float(next(moments)))  # every batch takes two seconds
    monkeypatch.setattr(time, "monotonic", lambda: sum(slept))
    run = execute(batch_size=2, nice=3)
    assert run.status == BackfillRun.Status.SUCCEEDED
    assert sum(slept) == pytest.approx(2 * 3 * 2, abs=1)


def test_on_sqlite_a_run_rests_after_every_batch_so_that_others_can_write(monkeypatch):
    import time

    if connection.vendor != "sqlite":
        pytest.skip("needs SQLite: PostgreSQL has many writers")
    unlinked(6)
    slept = []
    monkeypatch.setattr("operations.backfill.runner.SQLITE_REST_SECONDS", SQLITE_REST_SECONDS)
    monkeypatch.setattr(time, "sleep", slept.append)
    monkeypatch.setattr(time, "monotonic", lambda: sum(slept))
    run = execute(batch_size=2)
    assert run.counts["batches"] >= 3
    assert sum(slept) >= 2 * 0.15
