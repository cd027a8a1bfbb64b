"""`backup_database`: a file with its manifest, whole or not at all, about one moment."""

import hashlib
import json
import os
import resource
import stat
import subprocess
import sys
import threading
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from accounts.models import Tenant
from billing.models import Customer
from operations.backup.files import CannotWrite
from operations.backup.manifest import read_manifest
from operations.backup.tools import NoFittingTool, ToolFailed, find_tool
from operations.models import BackupRecord
from operations.services.backup import backup_database, remove_old_backups, verify_backup

pytestmark = [pytest.mark.ground, pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("backups")]

NOW = timezone.now()


def terminal(*arguments: str) -> str:
    out = StringIO()
    call_command("backup_database", *arguments, stdout=out)
    return out.getvalue()


def test_a_backup_is_a_file_and_a_manifest_that_only_their_owner_can_read(
    some_books: Tenant, backup_folder: Path
) -> None:
    file, manifest = backup_database(using="default", now=NOW)
    assert sorted(path.name for path in backup_folder.iterdir()) == [file.name, f"{file.name}.manifest.json"]
    assert {stat.S_IMODE(path.stat().st_mode) for path in backup_folder.iterdir()} == {0o600}
    assert stat.S_IMODE(backup_folder.stat().st_mode) == 0o700
    assert read_manifest(file) == manifest


def test_the_manifest_says_what_the_file_must_contain(some_books: Tenant, backup_folder: Path) -> None:
    file, _ = backup_database(using="default", now=NOW)
    manifest = json.loads(file.with_name(f"{file.name}.manifest.json").read_text())
    assert manifest["sha256"] == hashlib.sha256(file.read_bytes()).hexdigest()
    assert manifest["bytes"] == file.stat().st_size
    assert manifest["tables"]["customers"]["rows"] == 2
    assert manifest["tables"]["customers"]["money"]["opening_balance_cents"] == 1500
    assert manifest["schema_version"]["billing"].startswith("00")
    assert manifest["created_at"] == NOW.isoformat()
    assert manifest["duration_seconds"] >= 0
    assert manifest["tools"]


def test_the_backup_is_recorded_as_not_yet_verified(some_books: Tenant, backup_folder: Path) -> None:
    file, manifest = backup_database(using="default", now=NOW)
    record = BackupRecord.objects.get()
    assert (record.file_name, record.checksum, record.verified_at) == (file.name, manifest.sha256, None)


def test_two_backups_in_one_second_are_two_files(some_books: Tenant, backup_folder: Path) -> None:
    assert backup_database(using="default", now=NOW)[0] != backup_database(using="default", now=NOW)[0]


def test_some_tables_can_be_saved_alone(some_books: Tenant, backup_folder: Path) -> None:
    file, manifest = backup_database(using="default", now=NOW, tables=["tenants", "customers"])
    assert (manifest.is_partial, list(manifest.tables)) == (True, ["customers", "tenants"])
    assert verify_backup(file=file, using=None, now=NOW).differences == []


def test_a_backup_taken_while_others_write_is_of_one_moment(some_books: Tenant, backup_folder: Path) -> None:
    stop = threading.Event()
    writer = threading.Thread(target=go_on_writing, args=(some_books, stop))
    writer.start()
    try:
        files = [backup_database(using="default", now=NOW)[0] for _ in range(3)]
    finally:
        stop.set()
        writer.join()
    assert [verify_backup(file=file, using=None, now=NOW).differences for file in files] == [[], [], []]
    assert Customer.objects.count() > 2


def go_on_writing(tenant: Tenant, stop: threading.Event) -> None:
    number = 0
    while not stop.wait(0.01):
        number += 1
        Customer.objects.create(tenant=tenant, number=f"W-{number}", name="Written meanwhile")
    connection.close()


# What stops it --------------------------------------------------------------------------------------------


def test_an_unknown_table_is_named(some_books: Tenant, backup_folder: Path) -> None:
    with pytest.raises(CommandError, match="no table pyments") as refused:
        terminal("--tables", "payments,pyments")
    assert refused.value.returncode == 2


def test_an_unknown_instance_is_refused(backup_folder: Path) -> None:
    with pytest.raises(CommandError, match="Unknown database 'mars'") as refused:
        terminal("mars")
    assert refused.value.returncode == 2


def test_a_folder_that_cannot_be_written_is_said_and_leaves_nothing(
    some_books: Tenant, settings, tmp_path: Path
) -> None:
    (tmp_path / "a-file").touch()
    settings.BACKUP_DIR = tmp_path / "a-file" / "backups"
    with pytest.raises(CommandError, match="Cannot write .*a-file.*Nothing half-written") as refused:
        terminal()
    assert refused.value.returncode == 2
    assert BackupRecord.objects.count() == 0


def test_a_full_disk_is_said_and_leaves_no_half_file(some_books: Tenant, backup_folder: Path) -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "from django.core.management import execute_from_command_line as run; run()",
            "backup_database",
        ],
        env={
            **os.environ,
            "DATABASE_URL": address_of_test_database(),
            "BACKUP_DIR": str(backup_folder),
            "DJANGO_SETTINGS_MODULE": "config.settings",
        },
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000)),  # noqa: PLW1509 - one thread
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    assert list(backup_folder.iterdir()) == []


def address_of_test_database() -> str:
    if connection.vendor == "sqlite":
        return f"sqlite:///{connection.settings_dict['NAME']}"
    connection.ensure_connection()
    info = connection.connection.info
    return f"postgres://{info.user}:{info.password}@/{info.dbname}?host={info.host}&port={info.port}"


@pytest.mark.parametrize("keep_at_least", ["0", "-1", "x"])
def test_a_number_that_keeps_nothing_is_refused(keep_at_least: str) -> None:
    with pytest.raises(CommandError, match="not a whole number of 1 or more"):
        terminal("--keep-days", "7", "--keep-at-least", keep_at_least)


# PostgreSQL's tools ---------------------------------------------------------------------------------------


def test_the_tool_nearest_to_the_server_is_taken_but_never_an_older_one(settings, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("PATH", "")
    for major in (15, 97, 99):
        pretend_tool(tmp_path / str(major), f"{major}.2")
    settings.PG_BIN = str(tmp_path / "15")
    monkeypatch.setenv("PATH", f"{tmp_path}/99:{tmp_path}/97")
    assert find_tool("pg_dump", server_version=960000) == (str(tmp_path / "97" / "pg_dump"), "97.2")
    assert find_tool("pg_dump", server_version=150004) == (str(tmp_path / "15" / "pg_dump"), "15.2")


def test_only_older_tools_are_refused_naming_both_versions(settings, tmp_path: Path, monkeypatch) -> None:
    settings.PG_BIN = str(pretend_tool(tmp_path, "15.2"))
    monkeypatch.setenv("PATH", "")
    with pytest.raises(NoFittingTool, match=r"PostgreSQL 99, and pg_dump must be 99 or newer. Found: .*15\.2"):
        find_tool("pg_dump", server_version=990000)


def test_a_failing_tool_is_reported_in_its_own_words_and_leaves_nothing(
    postgres: None, some_books: Tenant, backup_folder: Path, settings, tmp_path: Path, monkeypatch
) -> None:
    major = connection.pg_version // 10000
    settings.PG_BIN = str(pretend_tool(tmp_path / "bin", f"{major}.0", "echo 'no space left on device' >&2; exit 1"))
    with pytest.raises(ToolFailed, match="no space left on device"):
        backup_database(using="default", now=NOW)
    assert list(backup_folder.iterdir()) == []


def test_no_password_is_on_the_tools_command_line(
    postgres: None, some_books: Tenant, backup_folder: Path, settings, tmp_path: Path
) -> None:
    major, seen = connection.pg_version // 10000, tmp_path / "seen"
    settings.PG_BIN = str(pretend_tool(tmp_path / "bin", f"{major}.0", f'echo "$@ PGDATABASE=$PGDATABASE" > {seen}'))
    backup_database(using="default", now=NOW)
    assert f"PGDATABASE={connection.settings_dict['NAME']}" in seen.read_text()
    assert "--snapshot=" in seen.read_text()
    assert "postgres://" not in seen.read_text()


def pretend_tool(folder: Path, version: str, otherwise: str = "exit 0") -> Path:
    """A stand-in for another version of PostgreSQL's client."""
    folder.mkdir(parents=True, exist_ok=True)
    tool = folder / "pg_dump"
    tool.write_text(
        f'#!/bin/sh\nif [ "$1" = --version ]; then echo "pg_dump (PostgreSQL) {version}"; exit 0; fi\n{otherwise}\n'
    )
    tool.chmod(0o755)
    return folder


# Old ones -------------------------------------------------------------------------------------------------


def test_old_backups_go_but_the_newest_stay_however_old(some_books: Tenant, backup_folder: Path) -> None:
    files = [backup_database(using="default", now=NOW - timedelta(days=days))[0] for days in (1, 20, 30, 40)]
    removed = remove_old_backups(using="default", now=NOW, keep_days=7, keep_at_least=2)
    assert removed == files[2:]
    assert sorted(backup_folder.iterdir()) == sorted(
        path for file in files[:2] for path in (file, file.with_name(f"{file.name}.manifest.json"))
    )


def test_the_newest_verified_one_is_never_removed(some_books: Tenant, backup_folder: Path) -> None:
    proved, _ = backup_database(using="default", now=NOW - timedelta(days=40))
    verify_backup(file=proved, using=None, now=NOW)
    newer, _ = backup_database(using="default", now=NOW - timedelta(days=30))
    backup_database(using="default", now=NOW)
    assert remove_old_backups(using="default", now=NOW, keep_days=7, keep_at_least=1) == [newer]


def test_other_files_and_backups_of_single_tables_are_left_alone(some_books: Tenant, backup_folder: Path) -> None:
    backup_database(using="default", now=NOW - timedelta(days=40), tables=["tenants"])
    (backup_folder / "letter.txt").write_text("mine")
    backup_database(using="default", now=NOW)
    assert remove_old_backups(using="default", now=NOW, keep_days=7, keep_at_least=1) == []


# The terminal ---------------------------------------------------------------------------------------------


def test_the_command_says_what_was_saved_and_what_to_do_next(some_books: Tenant, backup_folder: Path) -> None:
    text = terminal("--keep-days", "7")
    [file] = [path for path in backup_folder.iterdir() if not path.name.endswith(".json")]
    assert "Backup of database 'default' made." in text
    assert str(file) in text
    assert "removed   0 backups older than 7 days" in text
    assert text.rstrip().endswith(f"manage.py verify_backup {file}")


def test_a_half_written_manifest_leaves_no_backup(some_books: Tenant, backup_folder: Path) -> None:
    backup_folder.mkdir()
    stem = f"default-{NOW:%Y%m%dT%H%M%SZ}"
    extension = "dump" if connection.vendor == "postgresql" else "sqlite3"
    (backup_folder / f".{stem}.{extension}.manifest.json.partial").mkdir()  # a name that cannot be written
    with pytest.raises((CannotWrite, OSError)):
        backup_database(using="default", now=NOW)
    assert not list(backup_folder.glob("default-*"))
