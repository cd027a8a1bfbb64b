"""`manage.py maintenance on|off|status`: freeze the writes of one business or of all, and let them go on. Exit 2: refused."""

import json
from argparse import ArgumentParser
from datetime import datetime, timedelta
from typing import Any

from django.core.management import BaseCommand
from django.db import DEFAULT_DB_ALIAS
from django.utils import timezone

from accounts.models import User
from operations.management.refusals import refusing
from operations.management.targets import Refused, add_tenant_argument, require_database, require_tenant
from operations.models import Maintenance
from operations.selectors.maintenance import clock, maintenance_going_on, until, whose
from operations.services import begin_maintenance, end_maintenance


class Command(BaseCommand):
    """Turns maintenance on and off, and says what is frozen."""

    help = "Freeze the writes of a business (or of all) for maintenance: reads, log-in and backfills go on."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("what", choices=["on", "off", "status"])
        add_tenant_argument(parser)
        parser.add_argument("--reason", default="", metavar="TEXT", help="Why; everybody who is refused reads it.")
        parser.add_argument("--minutes", type=int, metavar="N", help="How long it will probably take (on).")
        parser.add_argument("--by", metavar="EMAIL", help="Who you are, if you have an account.")
        parser.add_argument("--json", action="store_true", help="Print one JSON object and nothing else.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Guards, one call, words."""
        require_database(DEFAULT_DB_ALIAS, migrated=False)
        now = timezone.now()
        with refusing():
            if options["what"] == "on":
                self.turn_on(options, now)
            elif options["what"] == "off":
                self.turn_off(options, now)
            else:
                self.tell(options, now, maintenance_going_on())

    def turn_on(self, options: dict[str, Any], now: datetime) -> None:
        """Freeze, and say what that means."""
        row = begin_maintenance(
            actor=person(options["by"]),
            tenant=require_tenant(options["tenant"], using=DEFAULT_DB_ALIAS),
            reason=options["reason"],
            now=now,
            expected_until=in_minutes(options["minutes"], now),
        )
        if options["json"]:
            self.tell(options, now, [row])
            return
        slug = f" --tenant {row.tenant.slug}" if row.tenant else ""
        self.stdout.write(self.style.WARNING(f"Maintenance of {whose(row)} is on, {until(row, now)}."))
        self.stdout.write(f"  why      {row.reason}")
        self.stdout.write("  frozen   writes by API and admin (503), background jobs that write")
        self.stdout.write("  goes on  reads, log-in, commands, backfills from everywhere; what had begun is finished")
        self.stdout.write(f"\nNext: when you are done:\n      manage.py maintenance off{slug} --reason TEXT")

    def turn_off(self, options: dict[str, Any], now: datetime) -> None:
        """Let writes go on, and say for how long they were frozen."""
        tenant = require_tenant(options["tenant"], using=DEFAULT_DB_ALIAS)
        row = end_maintenance(actor=person(options["by"]), tenant=tenant, now=now, reason=options["reason"])
        if options["json"]:
            self.tell(options, now, [row])
            return
        minutes = (now - row.started_at).total_seconds() / 60
        self.stdout.write(self.style.SUCCESS(f"Maintenance of {whose(row)} is off after {minutes:,.0f} min."))
        for other in maintenance_going_on():
            self.stdout.write(f"  still on for {whose(other)} since {clock(other.started_at)}: {other.reason}")
        self.stdout.write("\nNext: look at the Health page now and then during the next 24 hours.")

    def tell(self, options: dict[str, Any], now: datetime, rows: list[Maintenance]) -> None:
        """Say what is frozen."""
        if options["json"]:
            self.stdout.write(json.dumps({"is_on": bool(maintenance_going_on()), "maintenance": [*map(as_json, rows)]}))
            return
        if not rows:
            self.stdout.write("Nothing is frozen: everybody may write.")
        for row in rows:
            who = f" by {row.started_by}" if row.started_by else ""
            self.stdout.write(
                f"Writes of {whose(row)} are frozen since {clock(row.started_at)}{who}, {until(row, now)}."
            )
            self.stdout.write(f"  why      {row.reason}")


def person(email: str | None) -> User | None:
    """The account of the operator. *Raises* Refused."""
    if email is None:
        return None
    found = User.objects.filter(email=email.strip().lower(), is_active=True).first()
    if found is None:
        raise Refused(f"Nobody with an open account has the e-mail {email}. Correct --by, or leave it out.")
    return found


def in_minutes(minutes: int | None, now: datetime) -> datetime | None:
    """The moment that many minutes from now. *Raises* Refused."""
    if minutes is None:
        return None
    if not 1 <= minutes <= 60 * 24 * 7:
        raise Refused(f"--minutes {minutes}: write a whole number from 1 to {60 * 24 * 7:,} (a week), or leave it out.")
    return now + timedelta(minutes=minutes)


def as_json(row: Maintenance) -> dict[str, Any]:
    """One time of maintenance for programs."""
    return {
        "id": str(row.pk),
        "tenant": row.tenant.slug if row.tenant else None,
        "reason": row.reason,
        "started_at": row.started_at.isoformat(),
        "started_by": row.started_by.email if row.started_by else None,
        "expected_until": row.expected_until.isoformat() if row.expected_until else None,
        "ended_at": row.ended_at.isoformat() if row.ended_at else None,
    }
