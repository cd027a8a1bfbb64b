"""The manifest beside every backup: what the file must contain to be believed."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from django.db import connections
from django.db.migrations.recorder import MigrationRecorder

from accounts.errors import DomainError
from operations.backup.contents import TableContent

FORMAT = 1
SUFFIX = ".manifest.json"


class BackupUnreadable(DomainError):
    """The file, or the manifest beside it, cannot be read as a backup of ours."""

    code = "backup_unreadable"


class BackupDamaged(DomainError):
    """The file is not what its manifest says it is."""

    code = "backup_damaged"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What was saved: of which database, when, with which tool, and every table's rows, checksum and money."""

    database: str
    vendor: str
    file_name: str
    bytes: int
    sha256: str
    created_at: str
    duration_seconds: float
    is_partial: bool
    schema_version: dict[str, str]
    tools: dict[str, str]
    tables: dict[str, TableContent] = field(default_factory=dict)
    format: int = FORMAT

    @property
    def rows(self) -> int:
        """Rows of all tables together."""
        return sum(table.rows for table in self.tables.values())

    def as_json(self) -> dict[str, Any]:
        """Make the content of the manifest file."""
        return asdict(self)


def manifest_path(file: Path) -> Path:
    """Where the manifest of a backup file lies."""
    return file.with_name(file.name + SUFFIX)


def read_manifest(file: Path) -> Manifest:
    """Read the manifest of a backup file.

    *Raises* BackupUnreadable: no such file, no manifest beside it, or one that is not ours.
    """
    if not file.is_file():
        raise BackupUnreadable(f"There is no file {file}. `ls` the backup folder (BACKUP_DIR) for what there is.")
    path = manifest_path(file)
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        tables = {name: TableContent(**content) for name, content in values.pop("tables").items()}
        manifest = Manifest(**values, tables=tables)
    except FileNotFoundError as error:
        raise BackupUnreadable(f"{file.name} has no manifest beside it ({path.name}). Copy it here too.") from error
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise BackupUnreadable(f"{path} is not a manifest that can be read ({error}). Take another backup.") from error
    if manifest.format != FORMAT:
        raise BackupUnreadable(f"{path.name} has format {manifest.format}; this version reads {FORMAT}.")
    return manifest


def require_intact(file: Path, manifest: Manifest) -> None:
    """Compare the file with its manifest byte for byte.

    *Raises* BackupDamaged: it is shorter, longer, or changed.
    """
    size = file.stat().st_size
    if size != manifest.bytes:
        raise BackupDamaged(
            f"{file.name} has {size:,} bytes but its manifest says {manifest.bytes:,}: it was cut off or added to. "
            "Take another backup."
        )
    if sha256_of(file) != manifest.sha256:
        raise BackupDamaged(f"{file.name} is damaged: its SHA-256 is not the manifest's. Take another backup.")


def sha256_of(file: Path) -> str:
    """Make the SHA-256 of a file."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def schema_version(using: str) -> dict[str, str]:
    """Say the last applied migration of every app."""
    applied = MigrationRecorder(connections[using]).applied_migrations()
    return {app: max(name for label, name in applied if label == app) for app in sorted({app for app, _ in applied})}


def differences(expected: dict[str, TableContent], found: dict[str, TableContent]) -> list[str]:
    """Say, table by table, where found content is not the expected one."""
    return [line for table in sorted(expected.keys() | found.keys()) for line in _of_table(table, expected, found)]


def require_same(expected: dict[str, TableContent], found: dict[str, TableContent], *, what: str) -> None:
    """Let pass content that was brought back as it was saved; `what` begins the refusal. *Raises* BackupDamaged."""
    if unlike := differences(expected, found):
        raise BackupDamaged(f"{what}: {'; '.join(unlike[:5])}. Restore another backup.")


def _of_table(table: str, expected: dict[str, TableContent], found: dict[str, TableContent]) -> Iterable[str]:
    saved, there = expected.get(table), found.get(table)
    if saved is None or there is None:
        yield f"{table}: {'not in the manifest' if saved is None else 'missing'}"
    elif saved.rows != there.rows:
        yield f"{table}: {there.rows:,} rows, the manifest says {saved.rows:,}"
    elif saved.checksum != there.checksum:
        yield f"{table}: {there.rows:,} rows as expected, but their content differs"
