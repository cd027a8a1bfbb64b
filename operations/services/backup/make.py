"""Backups are made here: a file, the manifest beside it, and a record of both."""

import json
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS

from accounts.errors import DomainError
from operations.backup.engines import engine_of, tables_of
from operations.backup.files import whole_or_nothing, write_whole
from operations.backup.manifest import Manifest, manifest_path, schema_version, sha256_of
from operations.models import BackupRecord


class UnknownTables(DomainError):
    """Tables were asked for that are not there."""

    code = "unknown_tables"


def backup_database(*, using: str, now: datetime, tables: list[str] | None = None) -> tuple[Path, Manifest]:
    """Save a database (or some tables of it) into BACKUP_DIR; the file is there whole, with its manifest, or not at all.

    *Raises* UnknownTables, NoFittingTool, ToolFailed, CannotWrite.
    """
    chosen = sorted(set(tables or []))
    if unknown := sorted(set(chosen) - tables_of(using)):
        raise UnknownTables(f"Database '{using}' has no table {', '.join(unknown)}. `database_state` lists its tables.")
    file = _free_name(using, now, engine_of(using).EXTENSION, is_partial=bool(chosen))
    with whole_or_nothing(file) as partial:
        manifest = dump_into(partial, using=using, now=now, file_name=file.name, tables=chosen)
        write_whole(manifest_path(file), json.dumps(manifest.as_json(), indent=2))
    record_backup(manifest, now)
    return file, manifest


def dump_into(partial: Path, *, using: str, now: datetime, file_name: str, tables: Sequence[str] = ()) -> Manifest:
    """Save a database (or these tables) into a file that will bear this name; answers what it must contain."""
    engine, began = engine_of(using), time.monotonic()
    contents, tools = engine.dump(using, partial, list(tables))
    return Manifest(
        database=using,
        vendor=engine.VENDOR,
        file_name=file_name,
        bytes=partial.stat().st_size,
        sha256=sha256_of(partial),
        created_at=now.astimezone(UTC).isoformat(),
        duration_seconds=round(time.monotonic() - began, 3),
        is_partial=bool(tables),
        schema_version=schema_version(using),
        tools=tools,
        tables=contents,
    )


def _free_name(using: str, now: datetime, extension: str, *, is_partial: bool) -> Path:
    stem = f"{using}-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}{'-tables' if is_partial else ''}"
    return first_free(Path(settings.BACKUP_DIR), stem, extension)


def first_free(folder: Path, stem: str, extension: str, *, joined_by: str = "-") -> Path:
    """The first name that no backup has, nor a manifest that was left: `stem.dump`, `stem-2.dump` and so on."""
    file, number = folder / f"{stem}.{extension}", 2
    while file.exists() or manifest_path(file).exists():
        file, number = folder / f"{stem}{joined_by}{number}.{extension}", number + 1
    return file


def record_backup(manifest: Manifest, now: datetime, **proof: Any) -> None:
    """Write a backup down in the installation's own database; `proof` says when and how fast it was verified."""
    BackupRecord.objects.using(DEFAULT_DB_ALIAS).create(
        database=manifest.database,
        file_name=manifest.file_name,
        checksum=manifest.sha256,
        manifest=manifest.as_json(),
        created_at=now,
        **proof,
    )
