"""`manage.py backup_database`: a backup file with its manifest, whole or not at all. Exit 0: made; 2: refused or failed."""

from argparse import ArgumentParser, ArgumentTypeError
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.management import BaseCommand
from django.db import DEFAULT_DB_ALIAS
from django.utils import timezone

from accounts.words import counted
from operations.backup.manifest import Manifest, manifest_path
from operations.management.refusals import refusing
from operations.management.targets import require_database
from operations.services.backup import BackupNotGood, backup_database, remove_old_backups, verify_backup


class Command(BaseCommand):
    """Saves a database, or some of its tables, into BACKUP_DIR."""

    help = "Save a database into BACKUP_DIR, with a manifest that verify_backup holds it against."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("instance", nargs="?", default=DEFAULT_DB_ALIAS, help="Which database (default: default).")
        parser.add_argument("--tables", type=names, metavar="A,B", help="Only these tables.")
        parser.add_argument(
            "--verify", action="store_true", help="Restore it at once into a scratch database, as a proof."
        )
        parser.add_argument(
            "--keep-days", type=at_least_one, metavar="N", help="Then remove backups older than N days."
        )
        parser.add_argument(
            "--keep-at-least", type=at_least_one, default=3, metavar="M", help="Never leave fewer than M (default 3)."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        using, now = require_database(options["instance"], migrated=False), timezone.now()
        with refusing():
            file, manifest = backup_database(using=using, now=now, tables=options["tables"])
            self.tell(file, manifest)
            if options["verify"]:
                self.prove(file, now)
            if options["keep_days"]:
                keep = {"keep_days": options["keep_days"], "keep_at_least": options["keep_at_least"]}
                self.tell_removed(remove_old_backups(using=using, now=now, **keep), options["keep_days"])
        if not options["verify"]:
            self.stdout.write(f"\nNext: prove that it can be restored:\n      manage.py verify_backup {file}")

    def prove(self, file: Path, now: datetime) -> None:
        """Restore it for real; one that is not good stops here, before an old one is removed. *Raises* BackupNotGood."""
        proof = verify_backup(file=file, using=None, now=now)
        if proof.differences:
            raise BackupNotGood(f"{file.name} does not restore: {'; '.join(proof.differences[:3])}. Make another one.")
        self.stdout.write(f"  verified  restored in {proof.seconds:.1f} s into a scratch database, every table equal")

    def tell(self, file: Path, manifest: Manifest) -> None:
        """Say what was saved and where."""
        tools = ", ".join(f"{name} {version}" for name, version in manifest.tools.items())
        what = counted(len(manifest.tables), "tables") if manifest.is_partial else f"all {len(manifest.tables)} tables"
        self.stdout.write(self.style.SUCCESS(f"Backup of database '{manifest.database}' made."))
        self.stdout.write(f"  file      {file}  ({manifest.bytes:,} bytes)")
        self.stdout.write(f"  manifest  {manifest_path(file).name}")
        self.stdout.write(f"  content   {what}, {counted(manifest.rows, 'rows')}")
        self.stdout.write(f"  tools     {tools}")
        self.stdout.write(f"  took      {manifest.duration_seconds:.1f} s")

    def tell_removed(self, removed: list[Path], days: int) -> None:
        """Say which old backups are gone."""
        self.stdout.write(f"  removed   {counted(len(removed), 'backups')} older than {days} days")
        for file in removed:
            self.stdout.write(f"            {file.name}")


def names(text: str) -> list[str]:
    """Read a comma-separated list of tables."""
    found = [name.strip() for name in text.split(",") if name.strip()]
    if not found:
        raise ArgumentTypeError("name at least one table, for example payments,sales")
    return found


def at_least_one(text: str) -> int:
    """Read a whole number of 1 or more."""
    if not text.isdecimal() or int(text) < 1:
        raise ArgumentTypeError(f"'{text}' is not a whole number of 1 or more")
    return int(text)
