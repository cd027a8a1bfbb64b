"""A backup is brought back here: never over data without being told so, and never half."""

from datetime import datetime
from functools import partial
from pathlib import Path

from django.db import connections

from accounts.errors import Conflict
from operations.backup.contents import holds_business_rows, read_contents
from operations.backup.engines import engine_of, tables_of
from operations.backup.manifest import Manifest, read_manifest, require_intact, require_same
from operations.services.backup.make import UnknownTables
from operations.services.backup.restored_history import write_history_of_restored
from operations.services.backup.verify import database_for
from operations.snapshot import snapshot


class TargetNotEmpty(Conflict):
    """The database to restore into holds data."""

    code = "target_not_empty"


def restore_database(
    *, file: Path, using: str | None, now: datetime, force: bool = False, tables: list[str] | None = None
) -> tuple[str, Manifest, str]:
    """Bring a backup (or some tables of it) back, and prove afterwards that it is all there.

    Answers (alias, manifest, where the replaced data is kept). A whole restore replaces the database in one step and keeps
    the old one beside it; tables are replaced in one transaction, with history of what that changed. Either way it is compared
    with the manifest before it counts.
    *Raises* TargetNotEmpty, BackupUnreadable, BackupDamaged, DatabaseInUse, UnknownTables, CannotMakeScratch, ToolFailed.
    """
    manifest = read_manifest(file)
    alias, chosen = database_for(manifest, using), _chosen(manifest, tables)
    _require_permission(alias, chosen, force)
    require_intact(file, manifest)
    engine = engine_of(alias)
    if chosen:
        tell = partial(write_history_of_restored, chosen, using=alias, now=now, why=f"Restored from {file.name}")
        engine.restore_tables(alias, file, manifest, chosen, afterwards=tell)
        return alias, manifest, ""
    kept = engine.restore_whole(alias, file, manifest, label=f"restore_{now:%Y%m%dt%H%M%S}")
    _require_equal(alias, manifest, kept)
    return alias, manifest, kept


def _chosen(manifest: Manifest, tables: list[str] | None) -> list[str]:
    if unknown := sorted(set(tables or []) - manifest.tables.keys()):
        raise UnknownTables(
            f"{manifest.file_name} holds no table {', '.join(unknown)}. Its manifest lists what it holds."
        )
    return sorted(tables or (manifest.tables if manifest.is_partial else []))


def _require_permission(alias: str, chosen: list[str], force: bool) -> None:
    if absent := sorted(set(chosen) - tables_of(alias)):
        raise UnknownTables(f"Database '{alias}' has no table {', '.join(absent)} to restore into. Run migrate first.")
    if force:
        return
    with connections[alias].cursor() as cursor:
        vendor = connections[alias].vendor
        filled = holds_business_rows(cursor, vendor, only=chosen or None)
    if filled:
        raise TargetNotEmpty(
            f"Database '{alias}' is not empty: table {filled} holds rows. Take a backup_database of it first; "
            "then say --force to replace them."
        )


def _require_equal(alias: str, manifest: Manifest, kept: str) -> None:
    with snapshot(alias), connections[alias].cursor() as cursor:
        found = read_contents(cursor, connections[alias].vendor)
    require_same(manifest.tables, found, what=f"After the restore '{alias}' differs (the old data is in {kept})")
