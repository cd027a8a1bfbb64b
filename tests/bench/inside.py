"""What is measured inside the product's own process: `python -m tests.bench.inside MEASUREMENT` prints one JSON object."""

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

from tests import environment
from tests.bench.finance import finance

TIMES = 5


def row_by_row(sample: int) -> dict[str, Any]:
    """Read payments and save them one by one, each with its history in one transaction, by the same rule."""
    from django.db import transaction

    from accounts import audit
    from billing.models import Payment
    from billing.rules.route_link import LINK
    from billing.selectors.route_links import link_verdict

    unlinked = Payment.objects.filter(route__isnull=True, sale__route__isnull=False)
    found = unlinked.annotate(verdict=link_verdict()).filter(verdict=LINK).select_related("sale").order_by("pk")
    started = time.perf_counter()
    with audit.acting(reason="row by row"):
        for rows, payment in enumerate(found[:sample].iterator(), start=1):  # noqa: B007 - the last number is asked for
            payment.route_id = payment.sale.route_id
            with transaction.atomic():
                payment.save()
    return {"rows": rows, "seconds": time.perf_counter() - started}


def accountability() -> dict[str, Any]:
    """One representative's accountability: the selector against hand-written SQL, taken in turns."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from accounts.models import Role, User
    from billing.selectors.accountability import accountability_of

    rep = User.objects.filter(role=Role.SALES_REP, is_active=True).select_related("tenant").order_by("email").first()
    by_hand = (Path(__file__).parent / "accountability.sql").read_text()

    def ask_by_hand() -> tuple:
        with connection.cursor() as cursor:
            cursor.execute(by_hand, {"user": rep.pk})
            return cursor.fetchone()

    with CaptureQueriesContext(connection) as asked:
        answer = accountability_of(rep)
    cents, counted, *_ = ask_by_hand()
    if (cents, counted) != (answer["total_collected_from_payments_cents"], answer["payments_counted"]):
        raise SystemExit(f"By hand {cents} cents of {counted} payments, the selector says {answer}")
    turns = [(seconds_of(lambda: accountability_of(rep)), seconds_of(ask_by_hand)) for _ in range(TIMES)]
    selector, hand = (median(turn) for turn in zip(*turns, strict=True))
    return {"queries": len(asked), "payments": counted, "selector_seconds": selector, "by_hand_seconds": hand}


def lists() -> dict[str, Any]:
    """Every list of the admin, as the superuser: queries, full counts, seconds."""
    from django.conf import settings
    from django.contrib import admin
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext
    from django.urls import reverse

    from accounts.models import User

    # Pages link static files by their plain names: `collectstatic` has not run here.
    settings.STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
    browser = Client()
    browser.force_login(User.objects.filter(is_superuser=True).get(), backend="accounts.permissions.RoleBackend")
    found = {}
    for model in admin.site._registry:
        address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        browser.get(address)
        with CaptureQueriesContext(connection) as asked:
            seconds = seconds_of(lambda address=address: browser.get(address))
        counts = [query["sql"] for query in asked if "COUNT(" in query["sql"].upper()]
        full = [sql for sql in counts if "LIMIT" not in sql]
        found[model._meta.label] = {"queries": len(asked), "full_counts": len(full), "seconds": seconds}
    return found


def seconds_of(act: Callable[[], Any]) -> float:
    """How long it takes."""
    started = time.perf_counter()
    act()
    return time.perf_counter() - started


MEASUREMENTS = {
    "row_by_row": lambda: row_by_row(2000),
    "accountability": accountability,
    "lists": lists,
    "finance": finance,
}

if __name__ == "__main__":
    environment.prepare()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()
    print(json.dumps(MEASUREMENTS[sys.argv[1]]()))
