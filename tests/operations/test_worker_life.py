"""Signs of life: each worker signs for itself, says goodbye when it is stopped, and is dead only when it fell silent."""

import json
import signal
import time
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from config.celery import app
from operations.health import DEAD_AFTER, health
from operations.models import WorkerSign
from operations.worker_life import EVERY, SignsOfLife
from tests.browser.site import Site, wait_until
from tests.engine.conftest import books_of, empty_books  # noqa: F401 - fixtures

pytestmark = [pytest.mark.ground, pytest.mark.django_db(transaction=True)]

OFTEN = timedelta(milliseconds=20)


def names(scratch):
    return sorted(name.split("@")[0] for (name,) in scratch.ask("SELECT name FROM worker_signs"))


@pytest.fixture
def place(empty_books, tmp_path):  # noqa: F811
    """A queue in the file system and a database, for workers in processes of their own."""
    with empty_books.copy() as scratch:
        site = Site(scratch, tmp_path)
        for name in ("broker", "broker-control"):
            (tmp_path / name).mkdir()
        try:
            yield site
        finally:
            site.stop()


def patiently(ask):
    """The answer once it is true, or the last one."""
    until = time.monotonic() + 10
    while not (answer := ask()) and time.monotonic() < until:
        time.sleep(0.01)
    return answer


def rename(table, to):
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} RENAME TO {to}")


def start(place, name, *options):
    return place.start(name, "-m", "celery", "-A", "config", "worker", "-n", f"{name}@%h", *options)


def test_every_worker_signs_for_itself_and_only_the_killed_one_stays_behind(place):
    """Two real workers on one queue: one with processes of its own, one without. One is stopped, the other killed."""
    north = start(place, "north", "--concurrency", "1")
    south = start(place, "south", "--pool", "solo")
    wait_until(lambda: names(place.scratch) == ["north", "south"], "both sign", place.log("north"))
    north.send_signal(signal.SIGTERM)
    assert north.wait(timeout=20) == 0, place.log("north").read_text()[-2000:]
    assert names(place.scratch) == ["south"], "who is stopped in order says goodbye"
    south.kill()
    south.wait()
    assert names(place.scratch) == ["south"], "who is killed says nothing, and is soon shown as dead"


def test_a_workers_log_is_written_as_every_other_one(place, monkeypatch):
    """JSON with our ids and masks, not Celery's own words."""
    monkeypatch.setenv("LOG_FORMAT", "json")
    place.scratch.ask("ALTER TABLE worker_signs RENAME TO worker_signs_away")
    start(place, "north", "--pool", "solo")
    wait_until(lambda: "sign_of_life_failed" in place.log("north").read_text(), "it fails to sign", place.log("north"))
    [line] = [line for line in place.log("north").read_text().splitlines() if "sign_of_life_failed" in line]
    event = json.loads(line)
    assert (event["level"], event["logger"], event["worker"].split("@")[0]) == ("WARNING", "roundsman.worker", "north")


def test_it_signs_again_and_again_until_it_is_stopped():
    life = SignsOfLife("celery@here", every=OFTEN)
    life.start()
    try:
        seen = set()
        assert patiently(lambda: seen.update(WorkerSign.objects.values_list("seen_at", flat=True)) or len(seen) > 3)
    finally:
        life.stop()
    assert not WorkerSign.objects.exists()


def test_a_database_that_is_away_costs_a_sign_and_not_the_worker(caplog):
    rename("worker_signs", "worker_signs_away")
    life = SignsOfLife("celery@here", every=OFTEN)
    life.start()
    try:
        failed = patiently(lambda: [each for each in caplog.records if each.getMessage() == "sign_of_life_failed"])
        assert (failed[0].worker, failed[0].levelname) == ("celery@here", "WARNING")
    finally:
        rename("worker_signs_away", "worker_signs")
    try:
        assert patiently(WorkerSign.objects.exists), "it went on"
    finally:
        life.stop()


def test_a_sign_comes_often_enough_that_one_may_be_missed():
    assert EVERY * 2 < DEAD_AFTER


def test_health_calls_dead_who_fell_silent():
    now = datetime(2026, 1, 13, 9, 0, tzinfo=UTC)
    for name, seconds in (("celery@here", 170), ("celery@gone", 190)):
        WorkerSign.objects.create(name=name, seen_at=now - timedelta(seconds=seconds))
    assert [worker.name for worker in health(using="default", tenant=None, now=now).dead_workers] == ["celery@gone"]


def test_no_job_of_the_queue_stands_for_a_sign_of_life():
    """A job reaches one worker of all: it would leave the others looking dead."""
    assert not [job for job in app.conf.beat_schedule.values() if "alive" in job["task"]]
