"""`manage.py roll_back_cashback_tables INSTANCE|all`: the six tables of cashback go again, and nothing else changes.

Exit 0: they are gone, or were left by your no (with --dry-run: nothing in them is in the way); 2: at least one instance could
not lose them, and why, with the cure.
"""

from argparse import ArgumentParser
from typing import Any

from django.utils import timezone

from accounts.words import counted
from cashback.management.instances import InstanceCommand, Outcome
from cashback.services.instance_migration import Look, look_at, roll_back_instance
from cashback.services.instance_migration.roll_back import is_gone, require_may_go


class Command(InstanceCommand):
    """Drops the tables of cashback while they are empty."""

    help = (
        "Drop the six tables of cashback and the supporting ones: while they are empty, or with --force after a backup."
    )
    doing, done = "Rolling back", "rolled back"
    nothing = "none of the tables is there."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--force", action="store_true", help="Drop them with what they hold, after a backup that is proved."
        )

    def look(self, name: str, options: dict[str, Any]) -> Outcome:
        """Tell what would be dropped."""
        found = look_at(using=name, lock_seconds=options["lock_timeout"])
        width = max(len(table.name) for table in found.tables)
        for table in found.tables:
            said = f"would drop ({counted(table.rows or 0, 'rows')})" if table.is_there else "is not there"
            self.stdout.write(f"  {table.name:<{width}}  {said}")
        self.tell_others(found)
        require_may_go(found, is_forced=options["force"])
        return self.end_look(name, is_needed=not is_gone(found))

    def work(self, name: str, options: dict[str, Any]) -> Outcome:
        """Roll one instance back."""

        def agreed(found: Look) -> bool:
            there = [table for table in found.tables if table.is_there]
            rows = sum(table.rows or 0 for table in there)
            asked = f"Drop {counted(len(there), 'tables')} with {counted(rows, 'rows')} from '{name}'?"
            return self.agrees(asked, options)

        result = roll_back_instance(
            using=name,
            now=timezone.now(),
            say=self.step,
            on_backup=self.tell_saved,
            is_forced=options["force"],
            lock_seconds=options["lock_timeout"],
            agreed=agreed,
        )
        if result is None:
            return self.leave(name)
        for table in result.dropped:
            self.step(f"Dropping {table} table")
            self.tick(f"{table} table dropped")
        if result.untouched:
            contents = result.untouched.contents
            rows = sum(content.rows for content in contents.values())
            self.tick(
                f"{counted(len(contents), 'other tables')}, {counted(rows, 'rows')}: counts and checksums as before"
            )
        self.stdout.write("")
        self.tick(f"Roll-back completed for {name}")
        self.stdout.write(f"  Tables dropped: {len(result.dropped)}")
        self.stdout.write(f"  Supporting tables dropped: {len(result.supporting_dropped)}")
        return Outcome.DONE

    def tell_next(self, options: dict[str, Any]) -> None:
        """Say what comes next."""
        name, force = options["instance"], " --force" if options["force"] else ""
        if options["dry_run"]:
            self.stdout.write(f"\nNext: manage.py roll_back_cashback_tables {name}{force}")
            return
        self.stdout.write(
            "\nNext: start the version from before cashback: this one asks for its migrations;"
            f"\n      or make the tables again: manage.py migrate_cashback_tables {name}"
        )
