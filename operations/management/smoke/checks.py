"""The checks in the order in which they are made: the first ones say why later ones would fail."""

import urllib.error
import urllib.request
from collections.abc import Callable
from datetime import timedelta

from django.conf import settings
from django.db import connections

from operations.append_only import append_only_models, missing_triggers
from operations.health import backups
from operations.management.smoke.doors import doors
from operations.management.smoke.found import FAILED, OK, SKIPPED, USING, Asked, Found
from operations.management.smoke.log_in import log_in
from operations.management.smoke.queue import round_trip
from operations.schema import missing_migrations
from operations.selectors.maintenance import frozen_words, maintenance_going_on
from operations.services import latest_check, prove_books


def database(asked: Asked) -> Found:
    """Ask the database something."""
    with connections[USING].cursor() as cursor:
        cursor.execute("SELECT 1")
    return Found(OK, f"{connections[USING].display_name} answers")


def schema(asked: Asked) -> Found:
    """Whether the database is as new as the code."""
    missing = missing_migrations(USING)
    if missing:
        return Found(FAILED, f"{len(missing)} migrations are not applied ({', '.join(missing[:3])}): run migrate")
    return Found(OK, "every migration is applied")


def triggers(asked: Asked) -> Found:
    """Whether what is written once cannot be changed."""
    missing = missing_triggers(USING)
    if missing:
        return Found(FAILED, f"{len(missing)} append-only triggers are missing, first of {missing[0][0]}: run migrate")
    return Found(OK, f"{len(append_only_models())} append-only tables refuse changes")


def books(asked: Asked) -> Found:
    """Whether every rule of the books holds; fast: whether it did when they were last proved."""
    if asked.is_fast:
        last = latest_check(using=USING, tenant=None)
        if last is None:
            return Found(SKIPPED, "never proved yet, and --fast asks the last proof alone: run check_books")
        state = OK if last.all_hold else FAILED
        return Found(state, f"{'all rules held' if last.all_hold else 'broken'} on {last.started_at:%Y-%m-%d %H:%M %Z}")
    results = prove_books(using=USING, tenant=asked.tenant)
    broken = [result["name"] for result in results if not result["holds"]]
    if broken:
        return Found(
            FAILED, f"{len(broken)} of {len(results)} rules are broken ({'; '.join(broken[:3])}): run check_books"
        )
    return Found(OK, f"all {len(results)} rules hold")


def backup(asked: Asked) -> Found:
    """Whether the last backup that was really restored once is young enough."""
    limit = settings.BACKUP_MAX_AGE_HOURS or (26 if settings.BACKUP_HOUR is not None else 0)
    age = backups(using=USING, now=asked.now).verified_age
    if not limit:
        told = f"the last verified one is {hours(age)} old" if age else "there is no verified one"
        return Found(SKIPPED, f"none is asked for (BACKUP_HOUR, BACKUP_MAX_AGE_HOURS); {told}")
    if age is None:
        return Found(FAILED, "there is no verified backup: run backup_database --verify")
    if age > timedelta(hours=limit):
        return Found(
            FAILED, f"the last verified one is {hours(age)} old, more than {limit} h: run backup_database --verify"
        )
    return Found(OK, f"the last verified one is {hours(age)} old")


def hours(age: timedelta) -> str:
    """An age in hours."""
    return f"{age.total_seconds() / 3600:.1f} h"


def maintenance(asked: Asked) -> Found:
    """Whether somebody's writes are frozen: no failure, but nothing to be forgotten."""
    going_on = maintenance_going_on()
    return Found(OK, " ".join(frozen_words(row, asked.now) for row in going_on) or "nothing is frozen")


def website(asked: Asked) -> Found:
    """Whether the running site answers at the address that was given."""
    if not asked.base_url:
        return Found(SKIPPED, "no --base-url was given")
    for page in ("/healthz", "/readyz"):
        try:
            with urllib.request.urlopen(f"{asked.base_url.rstrip('/')}{page}", timeout=asked.wait_seconds) as answer:  # noqa: S310
                status = answer.status
        except (urllib.error.URLError, OSError, ValueError) as error:
            return Found(FAILED, f"{page} did not answer ({error})")
        if status != 200:
            return Found(FAILED, f"{page} answered {status}")
    return Found(OK, f"{asked.base_url} is alive and ready")


CHECKS: dict[str, Callable[[Asked], Found]] = {
    "database": database,
    "schema": schema,
    "append-only": triggers,
    "log-in": log_in,
    "api": doors,
    "books": books,
    "worker": round_trip,
    "backup": backup,
    "maintenance": maintenance,
    "site": website,
}
