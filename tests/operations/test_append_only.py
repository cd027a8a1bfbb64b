"""Append-only tables: the database refuses to change or remove their rows, whoever asks."""

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction

from accounts.models import Tenant
from billing.models import RouteOpeningDebt, RouteOpeningDue, SaleLine
from billing.services import delete_route
from operations.append_only import append_only_models, frozen_models, install_triggers, missing_triggers, suspended
from operations.checks import check_append_only_triggers
from tests import make

pytestmark = [pytest.mark.ground, pytest.mark.django_db]

TenantHistory = Tenant.history.model


def a_tenant() -> Tenant:
    return Tenant.objects.create(slug="north", name="North", currency="BDT")


def drop_one_trigger() -> None:
    on_table = " ON historical_tenants" if connection.vendor == "postgresql" else ""
    name = "append_only" if connection.vendor == "postgresql" else "historical_tenants_append_only_update"
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER {name}{on_table}")


def test_declared_tables_and_all_history_are_append_only() -> None:
    tables = {model._meta.db_table for model in append_only_models()}
    assert {"allocations", "sale_returns"} <= tables
    assert {f"historical_{model._meta.db_table}" for model in apps.get_models() if hasattr(model, "history")} <= tables


def test_every_append_only_table_is_protected_after_migrate() -> None:
    assert missing_triggers("default") == []


def test_an_update_is_refused_with_the_table_and_the_cure() -> None:
    a_tenant()
    with pytest.raises(IntegrityError, match="historical_tenants is append-only.*reversing row"), transaction.atomic():
        TenantHistory.objects.update(name="South")
    assert TenantHistory.objects.get().name == "North"


def test_a_delete_is_refused() -> None:
    a_tenant()
    with pytest.raises(IntegrityError, match="DELETE is refused"), transaction.atomic():
        TenantHistory.objects.all().delete()
    assert TenantHistory.objects.count() == 1


def test_the_refusal_is_a_check_violation_on_postgres(postgres: None) -> None:
    a_tenant()
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        TenantHistory.objects.update(name="South")
    assert caught.value.__cause__.sqlstate == "23514"


def test_truncate_is_refused_on_postgres(postgres: None) -> None:
    with (
        pytest.raises(IntegrityError, match="TRUNCATE is refused"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("TRUNCATE historical_tenants")


def test_parts_of_a_document_are_frozen_and_go_only_with_it() -> None:
    assert {model._meta.db_table for model in frozen_models()} >= {
        "sale_lines",
        "route_opening_dues",
        "route_opening_debts",
    }
    customer = make.customer(opening_balance_cents=700)
    route = make.route("PENDING")
    make.sale(to=customer, route=route, lines=[make.line(2, 500)])
    make.bring(route, to="IN_PROGRESS")
    parts = {SaleLine: "total_cents", RouteOpeningDue: "previous_due_cents", RouteOpeningDebt: "amount_cents"}
    for model, column in parts.items():
        with pytest.raises(IntegrityError, match=f"{model._meta.db_table}.*UPDATE is refused"), transaction.atomic():
            model.objects.update(**{column: 1})
    assert [model.objects.values_list(column, flat=True).get() for model, column in parts.items()] == [1000, 700, 700]
    delete_route(actor=None, route=route)
    assert not RouteOpeningDue.objects.exists() and not RouteOpeningDebt.objects.exists()


def test_inserts_and_reads_are_untouched() -> None:
    tenant = a_tenant()
    tenant.name = "South"
    tenant.save()
    assert [image.name for image in tenant.history.all()] == ["South", "North"]


def test_suspended_lets_rows_go_and_the_protection_returns() -> None:
    a_tenant()
    with suspended("default"):
        TenantHistory.objects.all().delete()
    assert missing_triggers("default") == []
    a_tenant_again = Tenant.objects.create(slug="south", name="South", currency="BDT")
    with pytest.raises(IntegrityError), transaction.atomic():
        a_tenant_again.history.all().delete()


def test_a_missing_trigger_is_warned_of_with_its_cure() -> None:
    drop_one_trigger()
    [warning] = check_append_only_triggers(databases=["default"])
    assert "historical_tenants" in warning.msg
    assert "manage.py migrate" in warning.hint


def test_install_puts_up_what_is_missing_and_nothing_twice() -> None:
    drop_one_trigger()
    install_triggers("default")
    install_triggers("default")
    assert missing_triggers("default") == []


@pytest.mark.django_db(transaction=True)
def test_a_table_that_migrate_rebuilds_is_protected_again() -> None:
    historical_rounds = apps.get_model("routes", "HistoricalRound")
    with connection.schema_editor() as editor:
        column = historical_rounds._meta.get_field("name")
        wider = column.clone()
        wider.max_length, wider.model = 120, historical_rounds
        wider.set_attributes_from_name("name")
        editor.alter_field(historical_rounds, column, wider)
        editor.alter_field(historical_rounds, wider, column)
    call_command("migrate", verbosity=0)
    assert missing_triggers("default") == []
