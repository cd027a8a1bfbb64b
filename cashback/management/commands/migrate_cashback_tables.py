"""`manage.py migrate_cashback_tables INSTANCE|all`: the six tables of cashback come into a live database; nothing else changes.

Exit 0: every instance has them, or was left by your no (with --dry-run: nothing in it is in the way); 2: at least one could
not get them, and why, with the cure.
"""

import textwrap
from argparse import ArgumentParser
from typing import Any

from django.utils import timezone

from accounts.words import counted
from cashback.management.instances import InstanceCommand, Outcome
from cashback.services.instance_migration import Look, Migrated, TableFound, look_at, migrate_instance
from operations.table_shape import in_few_words


class Command(InstanceCommand):
    """Creates the tables of cashback where they are missing."""

    help = "Add the six tables of cashback to an instance (or all): a proved backup, one transaction, nothing else changes."
    doing, done = "Migrating", "migrated"
    nothing = "all tables are there."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--no-backup", action="store_true", help="Take no backup first.")

    def look(self, name: str, options: dict[str, Any]) -> Outcome:
        """Tell what would be created, and what stands there."""
        found = look_at(using=name, lock_seconds=options["lock_timeout"])
        self.tell_plan(found)
        self.tell_others(found)
        found.require_ready()
        outcome = self.end_look(name, is_needed=not found.is_complete)
        missing, there = split(found.six)
        self.stdout.write(f"  Tables that would be created: {len(missing)}\n  Tables that already exist: {len(there)}")
        self.stdout.write(f"  Supporting tables that would be created: {len(split(found.supporting)[0])}")
        return outcome

    def work(self, name: str, options: dict[str, Any]) -> Outcome:
        """Migrate one instance."""

        def agreed(found: Look) -> bool:
            if options["no_backup"]:
                self.stdout.write(
                    self.style.WARNING(f"! NO BACKUP of {name} is taken: --no-backup. There is no way back.")
                )
            missing, supporting = len(split(found.six)[0]), len(split(found.supporting)[0])
            asked = f"Create {counted(missing, 'tables')} and {counted(supporting, 'supporting tables')} in '{name}'?"
            return self.agrees(asked, options)

        migrated = migrate_instance(
            using=name,
            now=timezone.now(),
            say=self.step,
            on_backup=self.tell_saved,
            has_backup=not options["no_backup"],
            lock_seconds=options["lock_timeout"],
            agreed=agreed,
        )
        if migrated is None:
            return self.leave(name)
        self.tell_created(migrated)
        self.tell_proofs(migrated)
        self.stdout.write("")
        self.tick(f"Migration completed for {name}")
        self.stdout.write(
            f"  Tables created: {len(migrated.created)}\n  Tables already existed: {len(migrated.existed)}"
        )
        self.stdout.write(f"  Supporting tables created: {len(migrated.supporting_created)}")
        return Outcome.DONE

    def tell_plan(self, found: Look) -> None:
        """A line for each table of cashback."""
        width = max(len(table.name) for table in found.tables)
        self.stdout.write("\nCashback tables:")
        for table in found.six:
            self.stdout.write(f"  {table.name:<{width}}  {state(table)}")
        self.stdout.write("Supporting tables:")
        for table in found.supporting:
            self.stdout.write(f"  {table.name:<{width}}  {state(table)}")

    def tell_created(self, migrated: Migrated) -> None:
        """Two lines for each of the six; what is said to be created is committed."""
        for table in migrated.before.six:
            if table.is_there:
                self.tick(f"{table.name} table already exists")
            else:
                self.step(f"Creating {table.name} table")
                self.tick(f"{table.name} table created successfully")

    def tell_proofs(self, migrated: Migrated) -> None:
        """What was proved inside the transaction."""
        if migrated.untouched is None:
            return
        contents = migrated.untouched.contents
        rows = sum(content.rows for content in contents.values())
        self.tick(f"{counted(len(contents), 'other tables')}, {counted(rows, 'rows')}: counts and checksums as before")
        self.tick("Columns, constraints and indexes of all tables of cashback are as this version describes them")
        filled = [f"{table.name} {counted(table.rows or 0, 'rows')}" for table in migrated.after.six if table.rows]
        self.tick(f"Rows in tables that already existed: {', '.join(filled)}" if filled else "The six tables are empty")
        for table, names in migrated.new_rows.items():
            self.stdout.write(f"  {table}: {counted(len(names), 'new rows')}")
            self.stdout.write(textwrap.fill(", ".join(names), 118, initial_indent="    ", subsequent_indent="    "))
        if migrated.protected:
            self.stdout.write(f"  Protection that was missing is put up again: {', '.join(migrated.protected)}")
        if migrated.changed_since_backup:
            changed = ", ".join(migrated.changed_since_backup)
            self.stdout.write(self.style.WARNING(f"! Others wrote after the backup was taken: {changed}"))

    def tell_next(self, options: dict[str, Any]) -> None:
        """Say what comes next."""
        name = options["instance"]
        if options["dry_run"]:
            self.stdout.write(f"\nNext: manage.py migrate_cashback_tables {name}")
            return
        self.stdout.write(
            f"\nNext: manage.py migrate_cashback_tables {name} --dry-run (every table exists now),"
            "\n      restart the application, then try a grant, a transfer and a redemption request,"
            "\n      and prove the books of each instance: manage.py check_books --database INSTANCE"
        )


def split(tables: list[TableFound]) -> tuple[list[TableFound], list[TableFound]]:
    """Those that are missing, and those that are there."""
    return [each for each in tables if not each.is_there], [each for each in tables if each.is_there]


def state(table: TableFound) -> str:
    """What a dry run says of a table."""
    if not table.is_there:
        return "would create"
    if table.differences:
        return f"exists but differs: {in_few_words(table.differences)}"
    return f"exists ({counted(table.rows or 0, 'rows')})"
