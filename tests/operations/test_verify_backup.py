"""`verify_backup`: really restored, every table compared, and the scratch always removed."""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from accounts.models import Tenant
from operations.backup.manifest import manifest_path, sha256_of
from operations.models import BackupRecord
from operations.services.backup import backup_database, verify_backup

pytestmark = [
    pytest.mark.xdist_group("backups"),
    pytest.mark.ground,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("databases_left_alone"),
]

NOW = timezone.now()


@pytest.fixture
def backup(some_books: Tenant, backup_folder: Path) -> Path:
    file, _ = backup_database(using="default", now=NOW)
    return file


def terminal(file: Path, **options: str) -> tuple[str, int]:
    out = StringIO()
    try:
        call_command("verify_backup", str(file), stdout=out, **options)
    except SystemExit as stopped:
        return out.getvalue(), int(stopped.code)
    return out.getvalue(), 0


def rewrite_manifest(file: Path, **changes: object) -> None:
    path = manifest_path(file)
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def test_a_good_backup_is_restored_compared_and_marked(backup: Path) -> None:
    text, code = terminal(backup)
    record = BackupRecord.objects.get()
    assert code == 0
    assert record.verified_at is not None
    assert record.verify_seconds > 0
    assert f"Good: {backup.name} restores completely." in text
    assert "into a scratch database, removed again" in text


def test_a_changed_byte_is_found(backup: Path) -> None:
    content = bytearray(backup.read_bytes())
    content[len(content) // 2] ^= 0xFF
    backup.write_bytes(content)
    text, code = terminal(backup)
    assert code == 1
    assert "its SHA-256 is not the manifest's" in text
    assert "must not be relied on" in text
    assert BackupRecord.objects.get().verified_at is None


def test_a_cut_off_file_is_found(backup: Path) -> None:
    backup.write_bytes(backup.read_bytes()[:5000])
    text, code = terminal(backup)
    assert code == 1
    assert "5,000 bytes but its manifest says" in text


def test_a_file_that_was_cut_off_before_its_checksum_was_taken_is_found_by_restoring(backup: Path) -> None:
    backup.write_bytes(backup.read_bytes()[: backup.stat().st_size // 2])
    rewrite_manifest(backup, sha256=sha256_of(backup), bytes=backup.stat().st_size)
    text, code = terminal(backup)
    assert code == 1
    assert "Not good" in text


def test_a_table_whose_rows_differ_from_the_manifest_is_named(backup: Path) -> None:
    tables = json.loads(manifest_path(backup).read_text())["tables"]
    tables["customers"]["checksum"] = "0" * 16
    tables["tenants"]["rows"] = 7
    rewrite_manifest(backup, tables=tables)
    text, code = terminal(backup)
    assert code == 1
    assert "customers: 2 rows as expected, but their content differs" in text
    assert "tenants: 1 rows, the manifest says 7" in text


def test_a_backup_that_another_installation_made_is_verified_but_not_marked(backup: Path) -> None:
    BackupRecord.objects.all().delete()
    result = verify_backup(file=backup, using=None, now=NOW)
    assert (result.differences, result.is_recorded) == ([], False)


@pytest.mark.parametrize(
    ("spoil", "complaint"),
    [
        (lambda file: file.unlink(), "There is no file"),
        (lambda file: manifest_path(file).unlink(), "has no manifest beside it"),
        (lambda file: manifest_path(file).write_text("{"), "is not a manifest that can be read"),
        (lambda file: manifest_path(file).write_text("[]"), "is not a manifest that can be read"),
        (lambda file: rewrite_manifest(file, format=99), "has format 99"),
    ],
)
def test_what_cannot_be_tried_is_refused_in_words(backup: Path, spoil, complaint: str) -> None:
    spoil(backup)
    with pytest.raises(CommandError, match=complaint) as refused:
        terminal(backup)
    assert refused.value.returncode == 2


def test_a_backup_of_the_other_kind_of_database_is_refused(backup: Path) -> None:
    rewrite_manifest(backup, vendor="postgresql" if connection.vendor == "sqlite" else "sqlite")
    with pytest.raises(CommandError, match=r"is a backup of .*--database"):
        terminal(backup)


def test_an_unknown_database_is_refused(backup: Path) -> None:
    with pytest.raises(CommandError, match="Unknown database 'mars'"):
        terminal(backup, database="mars")
