"""The large demo's routes: every representative out every day, and the trips of the last three days not settled yet."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from accounts.demo.dates import LINKS_BEGIN
from accounts.demo.ids import DemoIds
from accounts.demo.people import GRAND, OPENED_AT, reps_for
from accounts.demo.rows import image, insert, insert_images
from accounts.demo.sql import DemoSql
from accounts.models import Role, Tenant, User
from routes.models import Round, Route

PAYMENTS_PER_ROUTE: Final = 33
HOUR: Final = 3600
DAY: Final = 24 * HOUR
OPEN_DAYS: Final = 3


def load_many_routes(*, seed: int, using: str, ids: str, payments: int, say: Callable[[str], Any]) -> None:
    """Write routes with three images each; leaves the temporary table `demo_routes` for billing's part."""
    sql = DemoSql(using=using, seed=seed, ids=ids)
    tenant = Tenant.objects.using(using).get(slug=GRAND)
    _rounds(tenant, seed=seed, using=using, ids=ids)
    _plan(sql, tenant, routes=max(payments // PAYMENTS_PER_ROUTE, 20), reps=reps_for(payments))
    written = sql.insert(Route, _columns(sql, tenant), "demo_routes AS r")
    _history(sql)
    say(f"{GRAND}: {written:,} routes")


def _rounds(tenant: Tenant, *, seed: int, using: str, ids: str) -> None:
    new_id = DemoIds(seed=seed, mode=ids, part="many-rounds")
    reps = User.objects.using(using).filter(tenant=tenant, role=Role.SALES_REP).order_by("email")
    rounds = [
        Round(id=new_id(OPENED_AT), tenant=tenant, name=f"Ward {number + 1:03}", slots=["morning"], usual_rep=rep)
        for number, rep in enumerate(reps)
    ]
    insert(Round, rounds, using=using)
    insert_images([image(row, at=OPENED_AT) for row in rounds], using=using)


def _plan(sql: DemoSql, tenant: Tenant, *, routes: int, reps: int) -> None:
    """Route n is the trip of representative n % reps on day n / reps; the last day is the one before links began."""
    last_day = datetime(LINKS_BEGIN.year, LINKS_BEGIN.month, LINKS_BEGIN.day, 2, tzinfo=UTC) - timedelta(days=1)
    trip_days = -(-routes // reps)
    first = int(last_day.timestamp()) - (trip_days - 1) * DAY
    leaves = f"({first} + n / {reps} * {DAY})"
    reconciled = f"CASE WHEN n / {reps} < {trip_days - OPEN_DAYS} THEN {leaves} + {34 * HOUR} + n % 3000 END"
    sql.keep(
        "demo_routes",
        f"SELECT n, rounds.id AS round_id, rounds.usual_rep_id AS rep_id, {leaves} AS leaves, "  # noqa: S608 - ours
        f"{reconciled} AS reconciled, {sql.new_id('route', 'n', f'{leaves} - {16 * HOUR}')} AS id "
        f"FROM {sql.numbers(0, routes)} JOIN (SELECT id, usual_rep_id, row_number() OVER (ORDER BY name) - 1 AS place "
        f"FROM rounds WHERE tenant_id = {sql.constant(tenant.pk)}) AS rounds ON rounds.place = n % {reps}",
    )


def _columns(sql: DemoSql, tenant: Tenant) -> dict[str, str]:
    return {
        "id": "r.id",
        "tenant_id": sql.constant(tenant.pk),
        "number": f"'RT-' || {sql.text_of_day('r.leaves')} || '-' || {sql.padded('r.n', 6)}",
        "round_id": "r.round_id",
        "assigned_to_id": "r.rep_id",
        "route_date": sql.day("r.leaves"),
        "status": "CASE WHEN r.reconciled IS NULL THEN 'COMPLETED' ELSE 'RECONCILED' END",
        "started_at": sql.at("r.leaves"),
        "completed_at": sql.at(f"r.leaves + {9 * HOUR}"),
        "reconciled_at": sql.at("r.reconciled"),
        "notes": "''",
        "created_at": sql.at(f"r.leaves - {16 * HOUR}"),
    }


def _history(sql: DemoSql) -> None:
    rows = "routes AS t JOIN demo_routes AS r ON r.id = t.id"
    nothing = {"reconciled_at": "NULL", "completed_at": "NULL", "started_at": "NULL"}
    sql.insert_images(Route, source=rows, at="t.created_at", status="'PENDING'", **nothing)
    back = {"status": "'COMPLETED'", "reconciled_at": "NULL"}
    sql.insert_images(Route, source=rows, at="t.completed_at", kind="~", **back)
    sql.insert_images(Route, source=f"{rows} WHERE r.reconciled IS NOT NULL", at="t.reconciled_at", kind="~")
