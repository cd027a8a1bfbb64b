"""`maintenance on|off|status`: who, whose, when, why; one at a time; jobs that write are skipped, what had begun is finished."""

import json
import time
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction

from accounts.models import RefusedWrite
from accounts.tasks import sweep_expired_tokens
from config.celery import app
from operations.models import Maintenance
from operations.selectors.maintenance import find_maintenance, until
from operations.services import begin_maintenance, end_maintenance
from operations.services.maintenance import MaintenanceIsOff, MaintenanceIsOn, MaintenanceNeedsReason
from tests import make
from tests.browser.site import Site, wait_until
from tests.engine.conftest import books_of, empty_books  # noqa: F401 - fixtures

pytestmark = [pytest.mark.ground, pytest.mark.django_db]

NOW = make.NOW


def freeze(tenant=None, **fields):
    return begin_maintenance(actor=None, tenant=tenant, reason="a fix", now=NOW, **fields)


def terminal(*arguments):
    out = StringIO()
    call_command("maintenance", *arguments, stdout=out)
    return out.getvalue()


def refused(*arguments):
    with pytest.raises(CommandError) as refusal:
        terminal(*arguments)
    assert refusal.value.returncode == 2
    return str(refusal.value)


def test_on_status_off():
    person = make.user("ADMIN")
    said = terminal("on", "--tenant", "distro", "--reason", "GAP-001", "--minutes", "30", "--by", person.email)
    assert "Maintenance of Distro is on, probably until" in said
    assert "manage.py maintenance off --tenant distro" in said
    row = Maintenance.objects.get()
    assert (row.reason, row.started_by, row.expected_until - row.started_at) == (
        "GAP-001",
        person,
        timedelta(minutes=30),
    )
    assert "Writes of Distro are frozen since" in terminal("status")
    [told] = json.loads(terminal("status", "--json"))["maintenance"]
    assert (told["tenant"], told["reason"], told["started_by"]) == ("distro", "GAP-001", person.email)
    assert "Maintenance of Distro is off after 0 min." in terminal("off", "--tenant", "distro", "--reason", "done")
    row.refresh_from_db()
    assert (row.end_reason, row.ended_at is not None) == ("done", True)
    assert "Nothing is frozen" in terminal("status")
    assert json.loads(terminal("status", "--json")) == {"is_on": False, "maintenance": []}


def test_it_is_refused_in_words():
    make.tenant()
    assert "Say why" in refused("on")
    assert "--minutes 0" in refused("on", "--reason", "x", "--minutes", "0")
    assert "Nobody with an open account" in refused("on", "--reason", "x", "--by", "nobody@example.com")
    assert "Unknown tenant 'nope'" in refused("on", "--reason", "x", "--tenant", "nope")
    assert "Nothing is frozen" in refused("off")
    terminal("on", "--reason", "x", "--tenant", "distro")
    assert "is on already" in refused("on", "--reason", "y", "--tenant", "distro")
    assert "Say --tenant distro." in refused("off")
    assert Maintenance.objects.get().reason == "x"


def test_there_is_one_at_a_time_for_each_and_one_for_all_whoever_writes():
    tenant = make.tenant()
    freeze(), freeze(tenant), freeze(make.tenant("other"))
    for whose in (None, tenant):
        with pytest.raises(MaintenanceIsOn):
            freeze(whose)
        with pytest.raises(IntegrityError), transaction.atomic():
            Maintenance.objects.create(tenant=whose, reason="raw", started_at=NOW)
    end_maintenance(actor=None, tenant=tenant, now=NOW)
    assert find_maintenance(tenant.pk).tenant is None, "that of all is still on"
    freeze(tenant)
    with pytest.raises(MaintenanceNeedsReason):
        begin_maintenance(actor=None, tenant=None, reason=" ", now=NOW)


def test_off_ends_its_own_alone():
    freeze(make.tenant())
    with pytest.raises(MaintenanceIsOff):
        end_maintenance(actor=None, tenant=make.tenant("other"), now=NOW)
    assert find_maintenance(make.tenant().pk) is not None
    assert find_maintenance(str(make.tenant().pk)) is not None, "as a job's arguments come from the queue"
    assert find_maintenance(make.tenant("other").pk) is None


def test_who_turned_it_on_and_off_is_in_its_history():
    first, second = make.superuser(), make.superuser()
    row = begin_maintenance(actor=first, tenant=None, reason="a fix", now=NOW)
    end_maintenance(actor=second, tenant=None, now=NOW + timedelta(hours=1), reason="done")
    assert [image.history_user for image in row.history.order_by("history_id")] == [first, second]


def test_until_when_is_said_as_far_as_it_is_known():
    row = Maintenance(reason="x", started_at=NOW)
    assert until(row, NOW) == "until it is turned off"
    row.expected_until = NOW + timedelta(minutes=5)
    assert until(row, NOW).startswith("probably until")
    assert until(row, NOW + timedelta(hours=1)).startswith("longer than expected")
    assert [row.seconds_left(NOW + timedelta(minutes=late)) for late in (0, 4.9, 60)] == [300, 30, 30]


@pytest.mark.parametrize("whose", ["of all", "its own"])
def test_a_job_that_writes_is_skipped_with_the_reason(whose):
    tenant = make.tenant()
    freeze(None if whose == "of all" else tenant)
    done = []

    @app.task(name=f"tests.bill_one_business.{whose}")
    def bill(tenant_id):
        done.append(tenant_id)

    bill(tenant_id=tenant.pk)
    assert done == []
    row = RefusedWrite.objects.get()
    assert (row.service, row.code) == (f"tests.bill_one_business.{whose}", "maintenance")
    assert "Why: a fix." in row.message
    if whose == "its own":
        other = make.tenant("other")
        bill(tenant_id=other.pk)
        assert done == [other.pk]


def test_a_job_of_all_businesses_is_skipped_while_all_are_frozen_and_done_again_afterwards():
    freeze()
    assert sweep_expired_tokens() is None
    end_maintenance(actor=None, tenant=None, now=NOW)
    assert sweep_expired_tokens() is not None
    freeze(make.tenant())
    assert sweep_expired_tokens() is not None, "the frozen business is not the only one"


def test_checks_backups_and_backfills_are_what_goes_on():
    app.loader.import_default_modules()
    ours = {name: task for name, task in app.tasks.items() if name.startswith("operations.")}
    assert {name for name, task in ours.items() if task.goes_on_in_maintenance} == {
        "operations.run_backfill",
        "operations.check_books",
        "operations.daily_backup",
        "operations.answer_smoke_test",
    }
    assert not app.tasks["accounts.sweep_expired_tokens"].goes_on_in_maintenance


@pytest.fixture
def place(empty_books, tmp_path, transactional_db):  # noqa: F811
    """A queue in the file system and a database, for workers in processes of their own."""
    with empty_books.copy() as scratch:
        site = Site(scratch, tmp_path)
        for name in ("broker", "broker-control"):
            (tmp_path / name).mkdir()
        try:
            yield site
        finally:
            site.stop()


def test_a_real_worker_skips_a_writing_job_and_does_it_when_it_is_over(place):
    assert place.scratch.run("maintenance", "on", "--reason", "a fix").code == 0
    place.start_worker()
    place.start("caller", "-m", "celery", "-A", "config", "call", "accounts.sweep_expired_tokens")
    skipped = "SELECT count(*) FROM refused_writes WHERE service = 'accounts.sweep_expired_tokens'"
    wait_until(lambda: place.scratch.one(skipped) == 1, "the job is skipped", place.log("worker"))
    assert "Why: a fix." in place.scratch.one("SELECT message FROM refused_writes")
    assert "task_skipped" in place.log("worker").read_text()
    assert place.scratch.run("maintenance", "off").code == 0
    place.start("again", "-m", "celery", "-A", "config", "call", "accounts.sweep_expired_tokens", "--countdown", "0")
    wait_until(lambda: "task_skipped" in place.log("worker").read_text(), "it ran", place.log("worker"))
    time.sleep(1)
    assert place.scratch.one(skipped) == 1, "the second one was done"


def test_two_operators_at_once_turn_it_on_once(place):
    running = [place.scratch.start("maintenance", "on", "--reason", who) for who in ("north", "south")]
    assert sorted(process.wait().code for process in running) == [0, 2]
    assert place.scratch.one("SELECT count(*) FROM maintenance") == 1
