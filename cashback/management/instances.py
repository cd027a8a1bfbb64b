"""What the commands on instances share: which ones, a heading for each, and that one that fails stops none of the others."""

import sys
from argparse import ArgumentParser, ArgumentTypeError
from enum import Enum
from typing import Any

from django.core.management import BaseCommand, CommandError

from accounts.errors import DomainError
from accounts.words import counted
from cashback.services.instance_migration import Look
from operations.instances import ALL, InstanceNotWritable, address_of, instances, require_writable
from operations.management.asking import may_ask, says_yes
from operations.management.refusals import refusing
from operations.management.targets import Refused
from operations.services.backup.before_change import SavedBefore

LINE = "=" * 60


class Outcome(Enum):
    """How it ended for one instance, as the last lines count it."""

    DONE = "done"
    NOTHING_TO_DO = "nothing to do"  # a dry run found it as it should be
    LEFT = "left as it is"  # a person said no, or a dry run saw that the run would refuse
    FAILED = "failed"


class InstanceCommand(BaseCommand):
    """Works on one instance or on all, one after another. Exit 0: none failed (a no is no failure); 2: at least one did."""

    doing = ""  # "Migrating", as the heading says it
    done = ""  # "migrated", as the last line counts it
    nothing = ""  # what a dry run says when no instance needs anything

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
        ended = {name: self.outcome(name, options) for name in chosen}
        failed, left, idle = (
            [name for name in chosen if ended[name] is outcome]
            for outcome in (Outcome.FAILED, Outcome.LEFT, Outcome.NOTHING_TO_DO)
        )
        done = len(chosen) - len(failed) - len(left)
        self.stdout.write(f"\n{LINE}\n{self.done_words(done, len(chosen), options)}")
        if left:
            self.stdout.write(f"{'Would be refused' if options['dry_run'] else 'Left as they were'}: {', '.join(left)}")
        if failed:
            raise Refused(f"Not {self.done}: {', '.join(failed)}. What is in the way, and its cure, stands above.")
        if len(idle) == len(chosen):
            self.stdout.write(f"\nNothing to do: {self.nothing}")
        elif done > len(idle):
            self.tell_next(options)

    def outcome(self, name: str, options: dict[str, Any]) -> Outcome:
        """Work on one instance; what is in the way is said, and the next one may go on."""
        suffix = " (dry run: nothing is written)" if options["dry_run"] else ""
        self.stdout.write(f"\n{LINE}\n{self.doing} instance: {name}{suffix}\n{LINE}\nDatabase URI: {address_of(name)}")
        self.stdout.flush()
        try:
            return self.look(name, options) if options["dry_run"] else self.work(name, options)
        except DomainError as error:
            self.refuse(name, error.message)
        except CommandError as error:
            self.refuse(name, str(error))
        except KeyboardInterrupt:
            self.refuse(name, "Interrupted. It was changed whole or not at all: --dry-run tells; then run this again.")
            raise Refused(f"Interrupted at instance '{name}'.") from None
        return Outcome.FAILED

    def leave(self, name: str) -> Outcome:
        """Say that a person's no left it as it was."""
        self.stdout.write(f"Nothing was changed in {name}: it is left as it was.")
        return Outcome.LEFT

    def end_look(self, name: str, *, is_needed: bool) -> Outcome:
        """End a dry run: it wrote nothing; and say what the run would refuse though it can be read."""
        self.stdout.write("")
        self.tick(f"Dry run completed for {name}: nothing was written")
        if not is_needed:
            return Outcome.NOTHING_TO_DO
        try:
            require_writable(name)
        except InstanceNotWritable as error:
            self.stdout.write(self.style.WARNING(f"! The run would refuse. {error.message}"))
            return Outcome.LEFT
        return Outcome.DONE

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
            f"  restored once as a proof: {counted(len(saved.manifest.tables), 'tables')}, "
            f"{counted(saved.manifest.rows, 'rows')}, "
            "counts and checksums equal"
        )
        if not saved.is_recorded:
            self.stdout.write("  not listed on the page Health: this installation's own database is not there")

    def look(self, name: str, options: dict[str, Any]) -> Outcome:
        """Tell what `work` would do."""
        raise NotImplementedError

    def work(self, name: str, options: dict[str, Any]) -> Outcome:
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
            number, word = counted(rows, "rows").split()
            self.stdout.write(f"  {table:<{width}}  {number:>10} {word}")


def seconds(text: str) -> float:
    """Read a number of seconds, 0.1 or more."""
    try:
        number = float(text)
    except ValueError:
        number = 0
    if not 0.1 <= number <= 3600:
        raise ArgumentTypeError(f"'{text}' is not a number of seconds from 0.1 to 3600")
    return number
