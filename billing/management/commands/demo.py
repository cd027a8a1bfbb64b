"""`demo`: sets up demo data and walks through the main job as an operator would, printing each command it runs.

Preview -> execute -> a person's decisions on the unclear rows -> verify -> accountability before and after.
"""

from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.utils import timezone

from accounts.demo.people import PASSWORD
from accounts.models import Role, Tenant, User
from billing.money import as_units
from billing.selectors.accountability import accountability_of_all
from operations.models import BackfillFinding, BackfillRun
from operations.services.backfills import decide_finding

TENANT, MESSY_TENANT = "distro", "larkfield-dairy"


class Command(BaseCommand):
    """Loads the demo and does the runbook once, from its first step to its sign-off."""

    help = "Set up demo data and walk through the payment-route backfill, printing every step."

    def handle(self, **options: Any) -> None:
        settings.VAR_DIR.mkdir(exist_ok=True)
        self.step("Set up the database and load the demo")
        self.run_command("migrate", verbosity=0)
        self.run_command("load_demo")
        if BackfillRun.objects.filter(is_dry_run=False).exists():
            self.stdout.write("\nThe walk-through was done on this database already. `make clean demo` starts afresh.")
        else:
            self.walk_through()
        self.say_how_to_go_on()

    def walk_through(self) -> None:
        """Do the main job, step by step."""
        before = self.accountability("Who collected what, before")
        self.step("Preview: a dry run cannot write")
        self.run_command("backfill_payment_route_id", tenant=TENANT)
        self.step("Execute, for all businesses")
        self.run_command("backfill_payment_route_id", execute=True, no_input=True, reason="DEMO-1")
        self.step(f"A person decides the unclear rows of {MESSY_TENANT}")
        self.decide()
        self.step("Verify, and prove the books")
        self.run_command("backfill_runs", "verify", "payment_route_id")
        self.run_command("check_books")
        after = self.accountability("Who collected what, after")
        self.compare(before, after)
        self.step("Sign off")
        run = BackfillRun.objects.filter(is_dry_run=False).latest("created_at")
        self.run_command("backfill_runs", "show", str(run.pk), sign_off=True)

    def decide(self) -> None:
        """Decide each unclear payment as the office did: the rep on whose route it was found in the cash book has it."""
        person = User.objects.get(tenant__slug=MESSY_TENANT, role=Role.ADMIN, is_active=True)
        for finding in BackfillFinding.objects.filter(needs_decision=True).undecided():
            detail = finding.detail
            self.stdout.write(
                f"  {as_units(detail['amount_cents'], detail['currency'])} {detail['currency']} "
                f"of {detail['received_at'][:10]} for sale "
                f"{detail['sale_number']}, now on route {detail['sale_route']}: found in the cash book of that route"
            )
            decide_finding(
                actor=person,
                finding_id=finding.pk,
                decision="take_sale_route",
                reason="DEMO-1: found in the cash book of this route",
                now=timezone.now(),
            )
        self.stdout.write(f"  decided by {person.email}, each with its reason in history")

    def accountability(self, title: str) -> dict[str, dict[str, Any]]:
        """Print every representative's figures, and return them."""
        self.step(title)
        reports = {}
        for tenant in Tenant.objects.filter(slug__in=[TENANT, MESSY_TENANT]).order_by("slug"):
            report = reports[tenant.slug] = accountability_of_all(tenant, quietly=True)
            self.stdout.write(f"{tenant.name}, {tenant.currency}")
            self.stdout.write(_row("", "expected", "collected", "outstanding", "payments", "by fallback"))
            for person in report["representatives"]:
                self.stdout.write(_person_row(person))
            for reason, sums in sorted(report["unattributed"].items()):
                self.stdout.write(
                    _row(f"nobody: {reason}", "", as_units(sums["cents"], tenant.currency), "", sums["payments"], "")
                )
            self.stdout.write("")
        return reports

    def compare(self, before: dict[str, Any], after: dict[str, Any]) -> None:
        """Say what the repair changed in the totals: nothing but who is credited with what a person decided."""
        for slug in before:
            first, last = (
                as_units(report[slug]["totals"]["all_payments_cents"], report[slug]["currency"])
                for report in (before, after)
            )
            verdict = "unchanged" if first == last else "CHANGED"
            self.stdout.write(f"{slug}: all payments {first} before, {last} after: {verdict}")

    def step(self, title: str) -> None:
        """Print a step's heading."""
        self.stdout.write(f"\n== {title}\n")

    def run_command(self, name: str, *words: str, **options: Any) -> None:
        """Print a command as an operator would type it, and run it; its exit code is part of the show."""
        flags = "".join(_flag(key, value) for key, value in options.items() if key != "verbosity")
        self.stdout.write(f"$ python manage.py {' '.join([name, *words])}{flags}\n")
        try:
            call_command(name, *words, **options)
        except SystemExit as end:
            if end.code:
                self.stdout.write(f"(exit code {end.code})")

    def say_how_to_go_on(self) -> None:
        """Say where to look, and with which log-in."""
        self.stdout.write(
            "\n== Now look at it\n"
            "$ make run\n"
            "Admin     http://127.0.0.1:8000/admin/\n"
            "API docs  http://127.0.0.1:8000/api/docs\n"
            "Log in as admin@example.com (goods distributor), larkfield.admin@example.com (dairy shop round),\n"
            "meadow.admin@example.com (milk to the door, by standing order), harbor.admin@example.com (internet lines),\n"
            "lotus.admin@example.com (a lender) or owner@example.com (all),\n"
            f"password {PASSWORD}\n"
            "The internet lines are of this month. Link them, bill what was used beyond the caps, warn who comes near:\n"
            "$ python manage.py backfill_plan_subscription_subscriber_id --dry-run\n"
            "$ python manage.py process_usage_billing\n"
            "$ python manage.py monitor_data_cap_usage\n"
            "The lender's cashback comes instance by instance. See what would be added, then add it:\n"
            "$ python manage.py migrate_cashback_tables prod --dry-run\n"
            "$ python manage.py migrate_cashback_tables prod"
        )


def _flag(key: str, value: Any) -> str:
    name = f" --{key.replace('_', '-')}"
    return name if value is True else f"{name} {value}"


def _row(*cells: Any) -> str:
    return f"  {cells[0]:<34}" + "".join(f"{cell!s:>15}" for cell in cells[1:])


def _person_row(person: dict[str, Any]) -> str:
    return _row(
        person["user_name"],
        as_units(person["expected_cents"], person["currency"]),
        as_units(person["total_collected_cents"], person["currency"]),
        as_units(person["current_outstanding_cents"], person["currency"]),
        person["payments_counted"],
        person["payments_via_fallback"],
    )
