"""`manage.py restore_database FILE`: brings a backup back. Exit 0: restored and proved; 2: refused or failed, nothing changed."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management import BaseCommand
from django.db import DEFAULT_DB_ALIAS
from django.utils import timezone

from accounts.words import counted
from operations.management.commands.backup_database import names
from operations.management.refusals import refusing
from operations.management.targets import require_database
from operations.services.backup import restore_database


class Command(BaseCommand):
    """Replaces a database, or some of its tables, by a backup."""

    help = "Bring a backup back. Refuses a database that holds data without --force; keeps the replaced one beside it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE", help="The backup; its manifest must lie beside it.")
        parser.add_argument("--database", metavar="ALIAS", help="Restore into this database (default: its own).")
        parser.add_argument("--tables", type=names, metavar="A,B", help="Replace only the rows of these tables.")
        parser.add_argument("--force", action="store_true", help="Replace a database that holds data.")

    def handle(self, *args: Any, **options: Any) -> None:
        using = options["database"] and require_database(options["database"], migrated=False)
        began = timezone.now()
        with refusing():
            alias, manifest, kept = restore_database(
                file=options["file"], using=using, now=began, force=options["force"], tables=options["tables"]
            )
        chosen = options["tables"] or (list(manifest.tables) if manifest.is_partial else [])
        rows = sum(manifest.tables[table].rows for table in chosen) if chosen else manifest.rows
        what = f"tables {', '.join(sorted(chosen))}" if chosen else f"all {len(manifest.tables)} tables"
        self.stdout.write(self.style.SUCCESS(f"Restored {options['file'].name} into database '{alias}'."))
        self.stdout.write(f"  state of  {manifest.created_at[:16].replace('T', ' ')} UTC")
        self.stdout.write(f"  content   {what}, {counted(rows, 'rows')}: counts and checksums equal the manifest's")
        self.stdout.write(f"  took      {(timezone.now() - began).total_seconds():.1f} s")
        if kept:
            self.stdout.write(f"  before    the replaced data is kept as {kept}; remove it when you no longer need it")
        self.tell_next(alias)

    def tell_next(self, alias: str) -> None:
        """Say what comes next; an instance gets cashback by its own command, with a backup and a proof."""
        self.stdout.write(f"\nNext: manage.py migrate --database {alias} (the backup may be of an older version),")
        if alias != DEFAULT_DB_ALIAS:
            self.stdout.write(f"      or, if it is from before cashback: manage.py migrate_cashback_tables {alias},")
        self.stdout.write(f"      then manage.py check_books --database {alias}")
