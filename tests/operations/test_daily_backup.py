"""The backup of every day: made, restored as a proof, recorded, and only then may old ones go."""

from datetime import timedelta
from io import StringIO

import pytest
from celery.schedules import crontab
from django.conf import settings as live_settings
from django.core import mail
from django.core.management import CommandError, call_command
from django.db import connections

from config.celery import app
from config.environment import parse_database
from operations.health import backups
from operations.models import BackupRecord
from operations.services.backup import backup_database, daily_backup, daily_backups
from operations.tasks import daily_backup as daily_backup_task
from tests import make

pytestmark = [
    pytest.mark.ground,
    pytest.mark.django_db(transaction=True),
    pytest.mark.damages_rows,
    pytest.mark.xdist_group("backups"),
]

NOW = make.NOW


def test_it_is_made_proved_recorded_and_old_ones_go(some_books, backup_folder, settings):
    settings.BACKUP_KEEP_DAYS = 14
    old = [backup_database(using="default", now=NOW - timedelta(days=days))[0] for days in (40, 30, 20)]
    made = daily_backup(using="default", now=NOW)
    assert made.file.exists()
    assert made.removed == [old[0]], "three stay, whatever their age"
    found = backups(using="default", now=NOW)
    assert (found.last_at, found.last_verified_at) == (NOW, NOW)


def test_one_that_fails_removes_nothing_and_is_mailed(some_books, backup_folder, settings):
    old = [backup_database(using="default", now=NOW - timedelta(days=days))[0] for days in (60, 50, 40, 30)]
    settings.BACKUP_DIR = backup_folder / "a-file"
    settings.BACKUP_DIR.write_text("where the folder should be")
    told = daily_backups(now=NOW)
    assert "failed" in told["default"]
    assert [letter.subject for letter in mail.outbox] == ["[Django] No backup of 'default' today"]
    assert all(file.exists() for file in old)


def test_an_instance_whose_file_is_gone_is_told_and_not_made_anew(some_books, backup_folder, tmp_path):
    file = tmp_path / "gone.sqlite3"
    connections.settings["gone"] = connections.configure_settings(
        {"default": connections.settings["default"], "gone": parse_database("X", f"sqlite:///{file}")}
    )["gone"]
    try:
        told = daily_backups(now=NOW)
    finally:
        del connections.settings["gone"]
    assert f"there is no file {file}" in told["gone"]
    assert told["default"].startswith("default-")
    assert not file.exists()


def test_the_job_is_on_the_schedule_at_its_hour_and_does_it(some_books, backup_folder):
    entry = app.conf.beat_schedule["daily-backup"]
    assert entry["task"] == daily_backup_task.name
    assert entry["schedule"] == crontab(hour=str(live_settings.BACKUP_HOUR), minute="0")
    assert list(daily_backup_task()) == ["default"]
    assert BackupRecord.objects.get().verified_at is not None


def test_by_hand_it_is_verified_before_old_ones_go(some_books, backup_folder):
    out = StringIO()
    call_command("backup_database", "--verify", "--keep-days", "14", stdout=out)
    assert "verified  restored in" in out.getvalue()
    assert "Next: prove" not in out.getvalue()
    assert BackupRecord.objects.get().verified_at is not None


def test_a_quick_one_of_two_tables_is_made_and_is_no_whole_backup(some_books, backup_folder):
    out = StringIO()
    call_command("backup_database", "--tables", "customers,tenants", "--verify", stdout=out)
    assert "2 tables, 3 rows" in out.getvalue()
    assert backups(using="default", now=NOW).last_at is None
    with pytest.raises(CommandError, match="no table nonsense"):
        call_command("backup_database", "--tables", "nonsense")
