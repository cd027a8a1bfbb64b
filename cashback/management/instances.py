"""What the commands on instances share: which ones, a heading for each, and that one that fails stops none of the others."""

import sys
from argparse import ArgumentParser, ArgumentTypeError
from typing import Any

from django.core.management import BaseCommand, CommandError

from accounts.errors import DomainError
from cashback.services.instance_migration import Look
from operations.instances import ALL, address_of, instances
from operations.management.asking import may_ask, says_yes
from operations.management.refusals import refusing
from operations.management.targets import Refused
from operations.services.backup.before_change import SavedBefore

LINE = "=" * 60


class InstanceCommand(BaseCommand):
    """Works on one instance or on all, one after another. Exit 0: all are as wanted; 2: at least one is not."""

    doing = ""  # "Migrating", as the heading says it
    done = ""  # "migrated", as the last line counts it

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("instance", help=f"Its name in INSTANCE_DATABASE_URLS, or `{ALL}`.")
        parser.add_argument("--dry-run", action="store_true", help="Only look: the database is opened read-only.")
        parser.add_argument("--no-input", action="store_true", help="Do not ask on a terminal.")
        parser.add_argument(
            "--lock-timeout", type=seconds, default=10, metavar="S", help="How long to wait for others (default 10 s)."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if hasattr(sys.stdout, "reconfigure"):
            sys.stdout.reconfigure(errors="replace")  # a terminal without arrows gets another mark, not an error
        with refusing():
            chosen = instances(options["instance"])
        failed = [name for name in chosen if not self.is_done(name, options)]
        self.stdout.write(f"\n{LINE}\n{self.done_words(len(chosen) - len(failed), len(chosen), options)}")
        if failed:
            raise Refused(f"Not {self.done}: {', '.join(failed)}. What is in the way, and its cure, stands above.")
        self.tell_next(options)

    def is_done(self, name: str, options: dict[str, Any]) -> bool:
        """Work on one instance; what is in the way is said, and the next one may go on."""
        suffix = " (dry run: nothing is written)" if options["dry_run"] else ""
        self.stdout.write(f"\n{LINE}\n{self.doing} instance: {name}{suffix}\n{LINE}\nDatabase URI: {address_of(name)}")
        self.stdout.flush()
        try:
            self.look(name, options) if options["dry_run"] else self.work(name, options)
        except DomainError as error:
            self.refuse(name, error.message)
        except CommandError as error:
            self.refuse(name, str(error))
        except KeyboardInterrupt:
            self.refuse(name, "Interrupted. It was changed whole or not at all: --dry-run tells; then run this again.")
            raise Refused(f"Interrupted at instance '{name}'.") from None
        else:
            return True
        return False

    def refuse(self, name: str, message: str) -> None:
        """Say why one instance is not done."""
        self.stdout.write(self.style.ERROR(f"✗ {name}: {message}"))

    def done_words(self, done: int, chosen: int, options: dict[str, Any]) -> str:
        """The line that counts."""
        what = "ready" if options["dry_run"] else self.done
        return f"Instances {what}: {done}/{chosen}"

    def step(self, words: str) -> None:
        """Say what begins."""
        self.stdout.write(f"→ {words}...")
        self.stdout.flush()

    def tick(self, words: str) -> None:
        """Say what is done."""
        self.stdout.write(self.style.SUCCESS(f"✓ {words}"))

    def agrees(self, question: str, options: dict[str, Any]) -> bool:
        """Ask a person at a terminal; without one nobody is asked."""
        return not may_ask({**options, "json": False}) or says_yes(question)

    def tell_saved(self, saved: SavedBefore) -> None:
        """Say where the backup lies and that it was proved."""
        self.tick(f"Backup made: {saved.file}")
        self.stdout.write(
            f"  restored once as a proof: {len(saved.manifest.tables)} tables, {saved.manifest.rows:,} rows, "
            "counts and checksums equal"
        )
        if not saved.is_recorded:
            self.stdout.write("  not listed on the page Health: this installation's own database is not there")

    def look(self, name: str, options: dict[str, Any]) -> None:
        """Tell what `work` would do."""
        raise NotImplementedError

    def work(self, name: str, options: dict[str, Any]) -> None:
        """Do it."""
        raise NotImplementedError

    def tell_next(self, options: dict[str, Any]) -> None:
        """Say what comes next."""
        raise NotImplementedError

    def tell_others(self, found: Look) -> None:
        """List the tables that stand there beside those of cashback, with their rows."""
        width = max(map(len, found.others), default=0)
        self.stdout.write(f"\nExisting tables: {len(found.others)}, which stay as they are")
        for table, rows in found.others.items():
            self.stdout.write(f"  {table:<{width}}  {rows:>10,} rows")


def seconds(text: str) -> float:
    """Read a number of seconds, 0.1 or more."""
    try:
        number = float(text)
    except ValueError:
        number = 0
    if not 0.1 <= number <= 3600:
        raise ArgumentTypeError(f"'{text}' is not a number of seconds from 0.1 to 3600")
    return number
