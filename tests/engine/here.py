"""Runs the engine within the test's own process and transaction: quick, for everything that needs no second process."""

import itertools
from collections.abc import Callable
from datetime import datetime, timedelta
from io import StringIO
from typing import Any

from django.core.management import CommandError, call_command

from billing.models import Payment
from operations.backfill import backfill_named
from operations.backfill.request import Request, ask_for_run
from operations.backfill.runs import work_on
from operations.models import BackfillRun
from operations.services.backfills import ask_for_undo
from tests import legacy, make
from tests.processes import Ended

NAME = "payment_route_id"


def clock(start: datetime = make.NOW, step: timedelta = timedelta(seconds=1)) -> Callable[[], datetime]:
    """A clock that goes on by one step at each look."""
    ticks = itertools.count()
    return lambda: start + next(ticks) * step


def execute(name: str = NAME, *, at: Callable[[], datetime] | None = None, **request: Any) -> BackfillRun:
    """Execute a backfill to its end or its stop."""
    at = at or clock()
    run = ask_for_run(Request(backfill_named(name), **request), now=at())
    return work_on(run.pk, using="default", clock=at)


def resume(run: BackfillRun, *, at: Callable[[], datetime] | None = None) -> BackfillRun:
    """Go on with a run."""
    return work_on(run.pk, using="default", clock=at or clock())


def undo(run: BackfillRun, *, at: Callable[[], datetime] | None = None, **request: Any) -> BackfillRun:
    """Undo a run."""
    at = at or clock(make.later(hours=1))
    asked = ask_for_undo(run_id=run.pk, request=Request(backfill_named(run.backfill), **request), now=at())
    return work_on(asked.pk, using="default", clock=at)


def command(*words: str) -> Ended:
    """Run a management command here; its exit code and what it printed."""
    out, err = StringIO(), StringIO()
    try:
        call_command(*words, stdout=out, stderr=err)
        code = 0
    except SystemExit as leaving:
        code = leaving.code
    except CommandError as refusal:
        code = refusal.returncode
        err.write(str(refusal))
    return Ended(code, out.getvalue(), err.getvalue())


def routed_sale(**fields: Any) -> Any:
    """A sale of the old system that was on one route all along."""
    return legacy.sale(route=fields.pop("route", None) or make.route(), **fields)


def unlinked(count: int = 1, **fields: Any) -> list[Payment]:
    """Payments of the old system that the backfill will link: one sale, one route, no doubt."""
    sale = fields.pop("sale", None) or routed_sale()
    fields.setdefault("collected_by", sale.route.assigned_to if sale.route else None)
    return [legacy.payment(1000 + place, sale=sale, **fields) for place in range(count)]


def route_of(payment: Payment) -> Any:
    """The stored route of a payment now."""
    return Payment.objects.values_list("route_id", flat=True).get(pk=payment.pk)


def found(run: BackfillRun) -> dict[str, int]:
    """How many findings of each kind a run recorded."""
    kinds = [finding.kind for finding in run.findings.all()]
    return {kind: kinds.count(kind) for kind in kinds}
