"""`load_demo`: fills an empty database with the demo's businesses, and prints how to log in."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import connections
from django.utils import timezone

from accounts.demo.people import PASSWORD, STAFF, SUPERUSER, TENANTS_OF
from operations.demo import DemoOrder, load_demo
from operations.management.refusals import refusing
from operations.management.targets import Refused


class Command(BaseCommand):
    """Loads the demo."""

    help = "Load believable, messy data of an old system into an empty database. The same seed makes the same data."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--size", choices=["small", "large"], default="small")
        parser.add_argument("--seed", type=int, default=1, help="Another seed makes other data (default 1).")
        parser.add_argument("--database", default="default", metavar="ALIAS")
        parser.add_argument("--ids", choices=["time", "random"], default="time", help="Time-ordered or random ids.")
        parser.add_argument("--payments", type=int, default=1_000_000, metavar="N", help="How many, when large.")
        parser.add_argument("--invoices", type=int, default=0, metavar="N", help="How many, when large (default none).")
        parser.add_argument("--tidy", action="store_true", help="Nothing odd among the payments, when large.")
        parser.add_argument("--force", action="store_true", help="Load although DEBUG is off.")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["database"] not in connections:
            known = ", ".join(connections)
            raise Refused(f"--database {options['database']}: unknown. Known are: {known}.")
        if options["payments"] < 1000:
            raise Refused(f"--payments {options['payments']}: write 1000 or more.")
        if options["invoices"] < 0:
            raise Refused(f"--invoices {options['invoices']}: write 0 or more.")
        names = ("size", "seed", "ids", "payments", "invoices", "tidy", "force")
        order = DemoOrder(now=timezone.now(), using=options["database"], **{name: options[name] for name in names})
        with refusing():
            loaded = load_demo(order, say=lambda text: self.stdout.write(f"  {text}"))
        self.tell(order, loaded)

    def tell(self, order: DemoOrder, loaded: bool) -> None:
        """Say what is there now, and who can log in with which password."""
        slugs = TENANTS_OF[order.size]
        self.stdout.write(f"Demo {'loaded' if loaded else 'already loaded, nothing changed'}: {', '.join(slugs)}.")
        self.stdout.write(f"Log in with the password {PASSWORD} as")
        self.stdout.write(f"  {SUPERUSER:<32} superuser, all businesses")
        for slug in slugs:
            for mailbox, _, role, is_active in STAFF[slug]:
                if is_active:
                    self.stdout.write(f"  {mailbox + '@example.com':<32} {role.value}, {slug}")
