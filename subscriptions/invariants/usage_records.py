"""Usage is counted right when every sentence here is true of the records of each session, in their order."""

from collections.abc import Iterator

from django.db import connections

from accounts.models import Tenant
from operations.invariants import Violation, invariant
from subscriptions.rules.usage_counter import growth_sql

Violations = Iterator[Violation]

IN_ORDER = """
    SELECT id, tenant_id, session_id, sequence, started_at, ended_at, bytes_in, bytes_out, counter_in, counter_out,
        lag(counter_in) OVER session AS before_in, lag(counter_out) OVER session AS before_out,
        lag(ended_at) OVER session AS before_ended_at
    FROM usage_records WINDOW session AS (PARTITION BY subscriber_id, session_id ORDER BY sequence)"""
GROWN_IN = growth_sql("counter_in", "before_in", "counter_out", "before_out")
GROWN_OUT = growth_sql("counter_out", "before_out", "counter_in", "before_in")


@invariant(part="subscriptions", name="A usage record counts what its counters grew since the record before it")
def usage_is_what_counters_grew(*, using: str, tenant: Tenant | None = None) -> Violations:
    """However late a packet came, it and the one after it count each byte once."""
    wrong = f"bytes_in <> {GROWN_IN} OR bytes_out <> {GROWN_OUT}"
    for pk, bytes_in, bytes_out, grown_in, grown_out in _found(
        f"bytes_in, bytes_out, {GROWN_IN}, {GROWN_OUT}", wrong, using=using, tenant=tenant
    ):
        numbers = {"bytes_in": bytes_in, "bytes_out": bytes_out, "grown_in": grown_in, "grown_out": grown_out}
        yield Violation(where=f"usage record {pk}", numbers=numbers)


@invariant(part="subscriptions", name="A usage record begins when the record before it in its session ended")
def spans_of_a_session_stand_side_by_side(*, using: str, tenant: Tenant | None = None) -> Violations:
    """So no moment of a session is counted twice, and none is left out."""
    for pk, started_at, before_ended_at in _found(
        "started_at, before_ended_at", "started_at <> before_ended_at", using=using, tenant=tenant
    ):
        yield Violation(where=f"usage record {pk}", numbers={"started_at": started_at, "before": before_ended_at})


def _found(columns: str, wrong: str, *, using: str, tenant: Tenant | None) -> Iterator[tuple]:
    connection = connections[using]
    text = f"SELECT id, {columns} FROM ({IN_ORDER}) AS in_order WHERE ({wrong})"  # noqa: S608 - written here
    parameters = []
    if tenant is not None:
        text += " AND tenant_id = %s"
        parameters = [Tenant._meta.pk.get_db_prep_value(tenant.pk, connection)]
    with connection.cursor() as cursor:
        cursor.execute(text, parameters)
        while rows := cursor.fetchmany(1000):
            yield from rows
