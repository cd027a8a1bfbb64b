"""Seals all payout details with the first key of PAYOUT_KEYS, so that an older key can be taken out."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.words import counted
from cashback.services.payout_resealing import reseal_payout_details

SHOWN = 20


class Command(BaseCommand):
    """`manage.py reseal_payout_details`."""

    help = (
        "Seal all payout details with the first key of PAYOUT_KEYS. Put the new key in front first; take the old one out after. "
        "May be run again at any time. Exit code 1: no key opens the details that are listed; they were left."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        done = reseal_payout_details(actor=None)
        self.stdout.write(
            f"Sealed {counted(done.resealed, 'rows')} anew; {counted(done.left, 'rows')} had the first key or no details."
        )
        if not done.unreadable:
            return
        for row in done.unreadable[:SHOWN]:
            self.stdout.write(f"Left: {row}")
        raise CommandError(
            f"No key opens the details of {counted(len(done.unreadable), 'rows')}, and they were left. "
            "Put their key into PAYOUT_KEYS behind the first, then run this again.",
            returncode=1,
        )
