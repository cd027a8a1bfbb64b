"""The payments of a round, entered at once: all looked at first, then each in a transaction of its own.

A bookkeeper types the thirty payments of the morning round. Row 17 names a channel that is none: the whole entry is refused, row
17 is named with its error, and nothing is written. Corrected, all thirty are written. When the connection is lost half-way, the
same sent again writes the rest: each row has a key, and a row that was written before is left as it is.

Each row commits with its answer, the counts and the sign of life. Of a process that died half-way the next entry says so: it ends
the operation as failed, with an answer for every row that was not reached (`dead_operations`).
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import DatabaseError, connection, transaction

from accounts.errors import DomainError, RuleBroken
from accounts.locks import locked
from accounts.models import Tenant, User
from accounts.roles import OFFICE
from accounts.unit_of_work import unit_of_work
from billing.models import BulkOperation, Customer, Payment
from billing.services.bulk_answers import Outcome, end_operation, keep_answers, new_answer
from billing.services.dead_operations import end_dead_operations, still_running
from billing.services.holding import hold
from billing.services.payments import record_payment
from routes.services import check_staff

MOST_ROWS: Final = 500
LONGEST_ROW_KEY: Final = 200


class RowsRefused(RuleBroken):
    """One row or more is wrong, so that nothing was written."""

    code = "rows_refused"


class _OnlyLooking(Exception):  # noqa: N818 - caught here, never seen outside
    pass


def check_payments(
    *, actor: User | None, tenant: Tenant, rows: Sequence[Mapping[str, Any]], now: datetime
) -> dict[int, DomainError]:
    """Answer the error of each bad row by its number, the first being 1; nothing is written.

    Each row is recorded and rolled back, those of one customer together, so that two of them cannot have the same debt.
    *Raises* RowsRefused for a list that is none.
    """
    check_staff(actor, tenant.pk, roles=OFFICE)
    if not 0 < len(rows) <= MOST_ROWS:
        raise RowsRefused(f"{len(rows)} payments at once: give 1 to {MOST_ROWS}.")
    errors = _wrong_keys(rows)
    by_customer: dict[Any, list[int]] = defaultdict(list)
    for number, row in enumerate(rows, start=1):
        if number not in errors:
            by_customer[row["customer"].pk].append(number)
    for numbers in by_customer.values():
        errors |= _try(actor, tenant, {number: rows[number - 1] for number in numbers}, now)
    return dict(sorted(errors.items()))


def record_payments(
    *, actor: User | None, tenant: Tenant, rows: Sequence[Mapping[str, Any]], now: datetime
) -> BulkOperation:
    """Record many payments, or none while one of them is wrong; a row by its `key` at most once, however often it is sent.

    A row has `key`, `customer`, `amount_cents`, `channel`, and maybe what else `record_payment` takes. The answer's items say of
    each row, in order, whether it was written, was known, or failed after all. *Raises* RowsRefused.
    """
    errors = check_payments(actor=actor, tenant=tenant, rows=rows, now=now)
    if errors:
        raise RowsRefused(
            f"{len(errors)} of {len(rows)} rows are wrong, the first is row {next(iter(errors))}: nothing was written. "
            "Correct them and send all again.",
            fields={f"rows[{number}]": [str(error)] for number, error in errors.items()},
        )
    if connection.in_atomic_block:  # by API all rows are one transaction: two of them must not wait in a circle
        list(locked(Customer.objects.filter(pk__in={row["customer"].pk for row in rows})))
    end_dead_operations(tenant=tenant, now=now)
    operation = BulkOperation.objects.create(
        tenant=tenant, kind=BulkOperation.Kind.PAYMENTS, requested_by=actor, items_total=len(rows), heartbeat_at=now
    )
    for number, row in enumerate(rows, start=1):
        one: dict[str, Any] = {"actor": actor, "operation_id": operation.pk, "number": number, "row": row, "now": now}
        try:
            _write(**one)
        except (DomainError, DatabaseError) as error:
            _note_failure(**one, error=error)
    return _finish(operation_id=operation.pk, now=now)


@unit_of_work
def _write(*, actor: User | None, operation_id: UUID, number: int, row: Mapping[str, Any], now: datetime) -> None:
    """One row and its answer, in one transaction; none in an operation that was ended as dead meanwhile."""
    if operation := still_running(operation_id):
        hold(customer_id=row["customer"].pk)  # else two entries at once would both say that they recorded it
        known = _known(operation.tenant, row)
        payment = _record(actor, operation.tenant, row, now)
        outcome = Outcome.SKIPPED if known else Outcome.DONE
        words = f"Row {number}: {'was recorded before' if known else 'recorded'}"
        answer = new_answer(operation, row["customer"].pk, outcome, document_id=payment.pk, message=words)
        keep_answers(operation, [answer], now)


@unit_of_work
def _note_failure(
    *, actor: User | None, operation_id: UUID, number: int, row: Mapping[str, Any], now: datetime, error: Exception
) -> None:
    """Say of a row that passed the check why it was not written after all."""
    if operation := still_running(operation_id):
        said = {"code": getattr(error, "code", "failed"), "message": f"Row {number}: {error}"}
        keep_answers(operation, [new_answer(operation, row["customer"].pk, Outcome.FAILED, **said)], now)


@unit_of_work
def _finish(*, operation_id: UUID, now: datetime) -> BulkOperation:
    if operation := still_running(operation_id):
        return end_operation(operation, now, cure="Send the same again to write the rest.")
    return BulkOperation.objects.get(pk=operation_id)


def _record(actor: User | None, tenant: Tenant, row: Mapping[str, Any], now: datetime) -> Payment:
    given = {name: value for name, value in row.items() if name != "key"}
    given.setdefault("currency", tenant.currency)
    if "received_at" not in given:  # sent again tomorrow, it was still received when it was recorded
        known = _known(tenant, row)
        given["received_at"] = known.received_at if known else now
    return record_payment(actor=actor, idempotency_key=_key(row), now=now, **given)


def _try(
    actor: User | None, tenant: Tenant, rows: Mapping[int, Mapping[str, Any]], now: datetime
) -> dict[int, DomainError]:
    """The errors of one customer's rows, each recorded after those before it, and all rolled back."""
    errors: dict[int, DomainError] = {}
    try:
        with transaction.atomic():
            for number, row in rows.items():
                try:
                    if row["customer"].tenant_id != tenant.pk:
                        raise RowsRefused("The customer is of another business.")
                    with transaction.atomic():
                        _record(actor, tenant, row, now)
                except DomainError as error:
                    errors[number] = error
            raise _OnlyLooking
    except _OnlyLooking:
        return errors


def _wrong_keys(rows: Sequence[Mapping[str, Any]]) -> dict[int, DomainError]:
    errors: dict[int, DomainError] = {}
    seen: dict[str, int] = {}
    for number, row in enumerate(rows, start=1):
        key = row.get("key")
        if not isinstance(key, str) or not key.strip() or len(key) > LONGEST_ROW_KEY:
            errors[number] = RowsRefused(f"The row needs a key of its own, 1 to {LONGEST_ROW_KEY} letters long.")
        elif seen.setdefault(key, number) != number:
            errors[number] = RowsRefused(f"The key {key!r} is that of row {seen[key]} too. Give each row its own.")
    return errors


def _known(tenant: Tenant, row: Mapping[str, Any]) -> Payment | None:
    return Payment.objects.filter(tenant=tenant, idempotency_key=_key(row)).first()


def _key(row: Mapping[str, Any]) -> str:
    return f"round:{row['key']}"
