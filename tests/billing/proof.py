"""Proves the books in a test: every invariant of every app, with the numbers of the first that does not hold."""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection
from django.db.models import Model

from billing.models import Payment, PaymentAuditLog
from billing.services.payment_audit import state_of
from operations.invariants import invariants


def assert_books_are_right(part: str | None = None) -> None:
    """Fail with each invariant (of one part) that does not hold, where, and its numbers."""
    broken = {
        entry.name: violations
        for entry in invariants(part)
        if (violations := list(entry.find(using="default", tenant=None)))
    }
    assert not broken, broken


def assert_trail_is_whole(payment: Payment) -> list[str]:
    """Fail unless each step begins where the last one ended and the last one ends where the payment is now; gives the steps."""
    steps = list(PaymentAuditLog.objects.filter(payment=payment).order_by("created_at", "id"))
    assert steps[0].previous_state is None
    for before, after in itertools.pairwise(steps):
        assert before.new_state == after.previous_state, (before.action, after.action)
    assert steps[-1].new_state == state_of(Payment.objects.get(pk=payment.pk))
    return [step.action for step in steps]


@contextmanager
def unchecked(model: type[Model], constraint: str) -> Iterator[None]:
    """Let a test damage rows in a way that the database itself refuses: without this CHECK, until the test is rolled back."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA ignore_check_constraints = ON")
        else:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute(f"ALTER TABLE {model._meta.db_table} DROP CONSTRAINT {constraint}")
        try:
            yield
        finally:
            if connection.vendor == "sqlite":
                cursor.execute("PRAGMA ignore_check_constraints = OFF")
