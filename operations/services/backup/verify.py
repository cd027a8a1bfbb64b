"""A backup is believed only after it was restored: into a scratch database, every table compared, the scratch removed."""

import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.db import DEFAULT_DB_ALIAS, connections

from accounts.errors import Conflict
from operations.backup.engines import engine_of
from operations.backup.manifest import Manifest, differences, read_manifest, require_intact
from operations.models import BackupRecord


class OtherKindOfDatabase(Conflict):
    """The backup is of PostgreSQL and the database of SQLite, or the other way round."""

    code = "other_kind_of_database"


@dataclass(frozen=True, slots=True)
class Verification:
    """What a real restore showed: `differences` is empty when the backup is good."""

    manifest: Manifest
    differences: list[str]
    seconds: float
    is_recorded: bool


def verify_backup(*, file: Path, using: str | None, now: datetime) -> Verification:
    """Restore the file for real into a scratch database beside `using` (None: the one it was taken of), and compare.

    A good one is marked in its BackupRecord (`verified_at`, `verify_seconds`).
    *Raises* BackupUnreadable, BackupDamaged, OtherKindOfDatabase, CannotMakeScratch, ToolFailed.
    """
    manifest = read_manifest(file)
    alias = database_for(manifest, using)
    require_intact(file, manifest)
    began = time.monotonic()
    found = differences(manifest.tables, engine_of(alias).restored_contents(alias, file, manifest))
    seconds = round(time.monotonic() - began, 3)
    marked = 0 if found else _mark(manifest, now, seconds)
    return Verification(manifest, found, seconds, is_recorded=marked > 0)


def database_for(manifest: Manifest, using: str | None) -> str:
    """Choose the database whose server takes this backup.

    *Raises* OtherKindOfDatabase.
    """
    alias = using or (manifest.database if manifest.database in connections else DEFAULT_DB_ALIAS)
    if connections[alias].vendor != manifest.vendor:
        raise OtherKindOfDatabase(
            f"{manifest.file_name} is a backup of {manifest.vendor}, but database '{alias}' is "
            f"{connections[alias].vendor}. Name a fitting one with --database."
        )
    return alias


def _mark(manifest: Manifest, now: datetime, seconds: float) -> int:
    records = BackupRecord.objects.using(DEFAULT_DB_ALIAS).filter(checksum=manifest.sha256)
    return records.update(verified_at=now, verify_seconds=seconds)
