"""The backup before a change of an instance: made beside it, and believed only after it was restored once."""

import json
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, Error, connections
from django.utils import timezone

from operations.backup.engines import engine_of
from operations.backup.files import whole_or_nothing, write_whole
from operations.backup.manifest import Manifest, differences, manifest_path
from operations.services.backup.daily import BackupNotGood
from operations.services.backup.make import dump_into, first_free, record_backup


@dataclass(frozen=True, slots=True)
class SavedBefore:
    """A backup that restores to what was saved."""

    file: Path
    manifest: Manifest
    seconds: float
    is_recorded: bool


def backup_before(*, using: str, change: str, now: datetime) -> SavedBefore:
    """Save an instance as `<instance>_<change>_YYYYMMDD_HHMMSS`, by the server's clock, and restore it as a proof.

    Beside the file of a SQLite database; of PostgreSQL in BACKUP_DIR. One that is not good is removed again.
    *Raises* BackupNotGood, CannotWrite, NoFittingTool, ToolFailed, CannotMakeScratch.
    """
    began, engine = time.monotonic(), engine_of(using)
    file = _free_name(using, change, now, engine.EXTENSION)
    with whole_or_nothing(file) as partial:
        manifest = dump_into(partial, using=using, now=now, file_name=file.name)
        found = differences(manifest.tables, engine.restored_contents(using, partial, manifest))
        if found:
            raise BackupNotGood(
                f"{file.name} does not restore completely: {'; '.join(found[:3])}. Nothing was changed."
            )
        write_whole(manifest_path(file), json.dumps(manifest.as_json(), indent=2))
    seconds = round(time.monotonic() - began, 3)
    return SavedBefore(file, manifest, seconds, _is_recorded(manifest, now, seconds))


def _free_name(using: str, change: str, now: datetime, extension: str) -> Path:
    stem = f"{using}_{change}_{timezone.localtime(now):%Y%m%d_%H%M%S}"
    is_file = connections[using].vendor == "sqlite"
    folder = Path(connections[using].settings_dict["NAME"]).parent if is_file else Path(settings.BACKUP_DIR)
    return first_free(folder, stem, extension, joined_by="_")


def _is_recorded(manifest: Manifest, now: datetime, seconds: float) -> bool:
    """Write it down in the installation's own database, where there is one; it is not made for that."""
    own = connections[DEFAULT_DB_ALIAS]
    if own.vendor == "sqlite" and not Path(own.settings_dict["NAME"]).is_file():
        return False
    try:
        record_backup(manifest, now, verified_at=now, verify_seconds=seconds)
    except Error:
        return False
    return True
