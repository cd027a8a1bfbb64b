"""The check of the books: runs every invariant on one snapshot, keeps the result, and raises the alarm once.

An invariant that held in the previous check and does not hold now is *newly broken*: it is logged as `invariant_broken` and
mailed to ADMINS. While it stays broken the hourly check keeps quiet about it; the Health page goes on showing it.
"""

import json
import logging
import time
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from itertools import islice
from typing import Any

from django.core.mail import mail_admins
from django.db import DatabaseError, connections, transaction

from accounts.models import Tenant
from accounts.words import counted
from operations.invariants import Invariant, Violation, invariants
from operations.models import BooksCheck
from operations.snapshot import snapshot

log = logging.getLogger("roundsman.books")

EXAMPLES_KEPT = 100


def check_books(*, using: str, tenant: Tenant | None, now: datetime) -> BooksCheck:
    """Prove every invariant (of one tenant, or of all) and keep the result in the database that was checked.

    `results` holds per invariant: part, name, holds, violations (their number), examples (the first 100: where, numbers),
    seconds and error (the search itself failed, which counts as not holding).
    """
    began = time.monotonic()
    results = prove_books(using=using, tenant=tenant)
    previous = latest_check(using=using, tenant=tenant)
    check = BooksCheck.objects.using(using).create(
        tenant=tenant,
        started_at=now,
        duration_seconds=round(time.monotonic() - began, 3),
        all_hold=all(result["holds"] for result in results),
        results=results,
    )
    if tenant is None:
        _raise_alarm(check, previous, using)
    return check


def prove_books(*, using: str, tenant: Tenant | None) -> list[dict[str, Any]]:
    """Prove every invariant on one snapshot and keep nothing: the `results` of a check."""
    with snapshot(using):
        return [_prove(entry, using=using, tenant=tenant) for entry in invariants()]


def latest_check(*, using: str, tenant: Tenant | None) -> BooksCheck | None:
    """Find the last check of this tenant's books alone, or (None) of the whole."""
    return BooksCheck.objects.using(using).filter(tenant=tenant).order_by("-started_at", "-id").first()


def _prove(entry: Invariant, *, using: str, tenant: Tenant | None) -> dict[str, Any]:
    began = time.monotonic()
    result: dict[str, Any] = {"part": entry.part, "name": entry.name, "error": ""}
    try:
        with _savepoint(using):
            violations = iter(entry.find(using=using, tenant=tenant))
            examples = [_as_json(violation) for violation in islice(violations, EXAMPLES_KEPT)]
            result |= {"violations": len(examples) + sum(1 for _ in violations), "examples": examples}
    except (DatabaseError, ArithmeticError, LookupError, TypeError, ValueError, AttributeError) as error:
        log.exception("invariant_search_failed", extra={"invariant": entry.name})
        result |= {"violations": 0, "examples": [], "error": f"{type(error).__name__}: {error}"}
    result["holds"] = not result["violations"] and not result["error"]
    result["seconds"] = round(time.monotonic() - began, 3)
    return result


def _savepoint(using: str) -> AbstractContextManager[Any]:
    """One failing search must not end the transaction in which the others read."""
    return transaction.atomic(using=using) if connections[using].in_atomic_block else nullcontext()


def _as_json(violation: Violation) -> dict[str, Any]:
    return {"where": violation.where, "numbers": json.loads(json.dumps(violation.numbers, default=str))}


def _raise_alarm(check: BooksCheck, previous: BooksCheck | None, using: str) -> None:
    known = {result["name"] for result in previous.results if not result["holds"]} if previous else set()
    newly_broken = [result for result in check.results if not result["holds"] and result["name"] not in known]
    for result in newly_broken:
        log.error(
            "invariant_broken",
            extra={
                "invariant": result["name"],
                "part": result["part"],
                "violations": result["violations"],
                "first": result["examples"][:1],
                "database": using,
                "check": str(check.pk),
            },
        )
    if newly_broken:
        _mail(newly_broken, using)


def _mail(newly_broken: list[dict[str, Any]], using: str) -> None:
    lines = [f"The check of the books of database '{using}' found what held in the check before:", ""]
    for result in newly_broken:
        lines += [f"* {result['name']}: {result['error'] or _count_in_words(result['violations'])}"]
        lines += [f"    {example['where']}  {example['numbers']}" for example in result["examples"][:5]]
    lines += ["", "See all of it: manage.py check_books, or the Health page in the admin.", "You are told once."]
    try:
        hold = counted(len(newly_broken), "rules of the books no longer hold", "rule of the books no longer holds")
        mail_admins(hold, "\n".join(lines))
    except OSError:
        log.exception("alarm_mail_failed")


def _count_in_words(violations: int) -> str:
    return counted(violations, "violations")
