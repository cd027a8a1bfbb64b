"""`manage.py verify_backup FILE`: is this backup any good? Restores it for real. Exit 0: good; 1: not; 2: could not try."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management import BaseCommand
from django.utils import timezone

from accounts.words import counted
from operations.backup.manifest import BackupDamaged
from operations.backup.tools import ToolFailed
from operations.management.refusals import refusing
from operations.management.targets import require_database
from operations.services.backup import Verification, verify_backup


class Command(BaseCommand):
    """Restores a backup into a scratch database, compares every table with the manifest, and removes the scratch."""

    help = "Restore a backup into a scratch database, compare every table with its manifest, remove the scratch."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE", help="The backup; its manifest must lie beside it.")
        parser.add_argument("--database", metavar="ALIAS", help="Beside which database to restore (default: its own).")

    def handle(self, *args: Any, **options: Any) -> None:
        using = options["database"] and require_database(options["database"], migrated=False)
        with refusing():
            try:
                result = verify_backup(file=options["file"], using=using, now=timezone.now())
            except (BackupDamaged, ToolFailed) as error:
                self.reject(options["file"], [error.message])
        if result.differences:
            self.reject(options["file"], result.differences)
        self.tell(options["file"], result)

    def tell(self, file: Path, result: Verification) -> None:
        """Say that the backup is good, and what was proved."""
        manifest = result.manifest
        self.stdout.write(self.style.SUCCESS(f"Good: {file.name} restores completely."))
        self.stdout.write(
            f"  taken     {manifest.created_at[:16].replace('T', ' ')} UTC of database '{manifest.database}'"
        )
        self.stdout.write(
            f"  compared  {counted(len(manifest.tables), 'tables')}, {counted(manifest.rows, 'rows')}: counts and checksums equal"
        )
        self.stdout.write(f"  restore   took {result.seconds:.1f} s into a scratch database, removed again")
        if not result.is_recorded:
            self.stdout.write("  record    none: this installation did not make it, so nothing was marked as verified")
        self.stdout.write(f"\nNothing to do. To bring it back one day: manage.py restore_database {file}")

    def reject(self, file: Path, reasons: list[str]) -> None:
        """Say what is wrong and leave with exit 1."""
        self.stdout.write(self.style.ERROR(f"Not good: {file.name} must not be relied on."))
        for reason in reasons[:20]:
            self.stdout.write(f"  {reason}")
        if len(reasons) > 20:
            self.stdout.write(f"  … and {len(reasons) - 20} more")
        self.stdout.write("\nNext: take another one now: manage.py backup_database")
        raise SystemExit(1)
