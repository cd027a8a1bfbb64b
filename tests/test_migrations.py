"""Every migration has a way back: from today back to nothing and to today again, in a database of its own.

Each test begins with a copy of the migrated template, which `migrate` made from nothing (`tests.migrated`).
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations import AddField, CreateModel
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader

from accounts.way_back import RefuseToLose
from operations.append_only import install_triggers, missing_triggers
from tests.migrated import copy_migrated_to
from tests.processes import address_of, drop_database

pytestmark = pytest.mark.ground
SCRATCH = "scratch"


@pytest.fixture
def scratch(django_db_blocker, tmp_path) -> Iterator[BaseDatabaseWrapper]:
    """A migrated database without a row, of the kind that the tests run on, for this test alone."""
    default = connections["default"]
    is_file = default.vendor == "sqlite"
    name = str(tmp_path / "scratch.sqlite3") if is_file else f"scratch_{datetime.now(UTC):%H%M%S%f}"
    address = address_of(default, name)
    with django_db_blocker.unblock():
        copy_migrated_to(address)
        connections.databases[SCRATCH] = {**default.settings_dict, "NAME": name}
        try:
            yield connections[SCRATCH]
        finally:
            connections[SCRATCH].close()
            del connections[SCRATCH]
            del connections.databases[SCRATCH]
            drop_database(address)


def migrate(*target: str) -> None:
    call_command("migrate", *target, database=SCRATCH, verbosity=0)


def back_to_zero(scratch: BaseDatabaseWrapper) -> None:
    """What `migrate APP zero` does for each app, all at once: Django renders the history of the models once, not per app."""
    executor = MigrationExecutor(scratch)
    executor.migrate([(label, None) for label in executor.loader.migrated_apps])
    install_triggers(SCRATCH)  # as after every `migrate`: here it leaves nothing behind


def shape(connection: BaseDatabaseWrapper) -> dict[str, Any]:
    """Every table with its columns, and its constraints and indexes by name."""
    with connection.cursor() as cursor:
        inspect = connection.introspection
        return {
            table: (
                [
                    (column.name, column.type_code, column.null_ok)
                    for column in inspect.get_table_description(cursor, table)
                ],
                sorted(inspect.get_constraints(cursor, table)),
            )
            for table in inspect.table_names(cursor)
        }


def test_head_to_zero_to_head_arrives_at_the_same_place_and_is_protected_there(scratch):
    head = shape(scratch)
    assert {"payments", "historical_payments", "backfill_runs", "users"} <= set(head)
    assert missing_triggers(SCRATCH) == []
    back_to_zero(scratch)
    assert set(shape(scratch)) <= {"django_migrations"}
    migrate()
    assert shape(scratch) == head
    assert missing_triggers(SCRATCH) == []


def test_the_models_need_no_migration_that_is_not_written(scratch):
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_each_app_has_one_newest_migration():
    loader = MigrationLoader(None)
    assert loader.detect_conflicts() == {}
    for label in ("accounts", "operations", "routes", "billing", "subscriptions"):
        assert len(loader.graph.leaf_nodes(label)) == 1, label


def test_going_back_over_debts_and_routes_refuses_before_a_row_is_gone_and_goes_when_nothing_is_held(scratch):
    """On the way to billing 0001 first 0003 refuses, for the debts of a route, and then 0002, for a payment's route."""
    from billing.models import RouteOpeningDebt, RouteOpeningDue

    payment = a_routed_payment()
    due = RouteOpeningDue(route=payment.route, customer=payment.customer, previous_due_cents=700)
    RouteOpeningDue.objects.using(SCRATCH).bulk_create([due])
    RouteOpeningDebt.objects.using(SCRATCH).bulk_create([RouteOpeningDebt(opening_due=due, amount_cents=700)])
    refused(r"0003_route_opening_debts: .*1 row of route_opening_debts in .*restore_data", "billing", "0001")
    assert RouteOpeningDebt.objects.using(SCRATCH).count() == 1, "refused means untouched"
    assert "invoice_lines" not in shape(scratch), "what stood above it and was empty is gone"

    with scratch.cursor() as cursor:
        cursor.execute("DELETE FROM route_opening_debts")
    refused(r"1 row of payments with route_id in .*backfill_runs undo ID", "billing", "0001")
    payment.refresh_from_db(fields=["route"])  # later columns are gone by now
    assert payment.route_id is not None, "refused means untouched"

    type(payment).objects.using(SCRATCH).update(route=None)
    migrate("billing", "0001")
    assert "route_id" not in [name for name, *_ in shape(scratch)["payments"][0]]
    assert missing_triggers(SCRATCH) == [], "what is left has its protection"
    migrate()
    assert type(payment).objects.using(SCRATCH).count() == 1
    assert missing_triggers(SCRATCH) == []


def test_going_back_over_links_to_lines_refuses_while_one_is_held_and_names_the_undo(scratch):
    from subscriptions.models import InternetPlan, PlanSubscription, Subscriber

    customer = a_routed_payment().customer
    of = {"tenant": customer.tenant, "customer": customer}
    line = Subscriber.objects.using(SCRATCH).create(id="line-1", username="anna", **of)
    plan = InternetPlan(tenant=customer.tenant, code="F-1", name="F", download_kbps=1, upload_kbps=1, currency="USD")
    plan.save(using=SCRATCH)
    row = PlanSubscription(plan=plan, start_date=date(2026, 1, 1), subscriber=line, **of)
    PlanSubscription.objects.using(SCRATCH).bulk_create([row])

    refused(r"1 row of plan_subscriptions with subscriber_id .*backfill_runs undo ID", "subscriptions", "0004")
    row.refresh_from_db(using=SCRATCH, fields=["subscriber"])
    assert row.subscriber_id == "line-1", "refused means untouched"

    PlanSubscription.objects.using(SCRATCH).update(subscriber=None)
    migrate("subscriptions", "0004")
    assert "subscriber_id" not in [name for name, *_ in shape(scratch)["plan_subscriptions"][0]]
    migrate()
    assert PlanSubscription.objects.using(SCRATCH).count() == 1


def test_the_guard_stands_last_in_every_migration_that_makes_a_table_or_a_column():
    for (app, name), migration in MigrationLoader(None).disk_migrations.items():
        makes = [made for made in migration.operations if isinstance(made, CreateModel | AddField)]
        if apps.get_app_config(app).path.startswith(str(settings.BASE_DIR / app)) and makes:
            guard = migration.operations[-1]
            assert isinstance(guard, RefuseToLose), f"{app}.{name}: its way back asks nobody"
            assert guard.migration == f"{app}.{name}"
            assert len(guard.tables) + len(guard.columns) == len(makes), f"{app}.{name}: made after the guard looked"


def refused(words: str, *target: str) -> None:
    """Go back to a migration and be refused in these words, with exit code 2."""
    with pytest.raises(CommandError, match=words) as refusal:
        migrate(*target)
    assert refusal.value.returncode == 2


def a_routed_payment(slug: str = "north") -> Any:
    """A payment that holds a route, written straight into the scratch database."""
    from accounts.models import Role, Tenant, User
    from billing.models import Customer, Payment
    from routes.models import Route

    tenant = Tenant.objects.using(SCRATCH).create(slug=slug, name="North Milk", currency="BDT")
    rep = User(email=f"rep@{slug}.example", name="Karim Uddin", role=Role.SALES_REP, tenant=tenant)
    rep.save(using=SCRATCH)
    route = Route.objects.using(SCRATCH).create(
        tenant=tenant, number="N-7", assigned_to=rep, route_date=date(2026, 3, 1)
    )
    customer = Customer.objects.using(SCRATCH).create(tenant=tenant, number="C-1", name="Corner shop")
    return Payment.objects.using(SCRATCH).create(
        tenant=tenant,
        customer=customer,
        route=route,
        amount_cents=500,
        currency="BDT",
        channel="CASH",
        status="SUCCEEDED",
        received_at=datetime(2026, 3, 1, 10, tzinfo=UTC),
    )
