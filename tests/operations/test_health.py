"""The data of the Health page: what is wrong, since when, and whose."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import RefusedWrite, Tenant
from operations.health import Figure, health, health_figure
from operations.models import BackfillRun, BackupRecord, WorkerSign
from operations.services import check_books

pytestmark = [pytest.mark.ground, pytest.mark.django_db, pytest.mark.damages_rows]

NOW = timezone.now()


@pytest.fixture
def north() -> Tenant:
    return Tenant.objects.create(slug="north", name="North", currency="BDT")


@pytest.fixture
def south() -> Tenant:
    return Tenant.objects.create(slug="south", name="South", currency="BDT")


def seen(tenant: Tenant | None = None):
    return health(using="default", tenant=tenant, now=NOW)


def test_before_the_first_check_nothing_is_claimed() -> None:
    assert (seen().books.checked_at, seen().books.all_hold) == (None, False)


def test_the_last_check_is_shown_with_its_time_and_numbers(north: Tenant) -> None:
    check_books(using="default", tenant=None, now=NOW - timedelta(hours=1))
    Tenant.objects.update(name="Renamed by raw SQL")
    check_books(using="default", tenant=None, now=NOW)
    books = seen().books
    assert (books.checked_at, books.all_hold) == (NOW, False)
    assert [result["violations"] for result in books.broken] == [1]


def test_a_tenant_sees_that_all_hold_from_the_check_of_the_whole(north: Tenant) -> None:
    check_books(using="default", tenant=None, now=NOW)
    assert seen(north).books.all_hold


def test_a_tenant_never_sees_another_tenants_violations(north: Tenant, south: Tenant) -> None:
    Tenant.objects.filter(pk=south.pk).update(name="Renamed by raw SQL")
    check_books(using="default", tenant=None, now=NOW)
    assert seen(north).books.checked_at is None
    check_books(using="default", tenant=north, now=NOW)
    assert seen(north).books.all_hold
    assert str(south.pk) not in str(seen(north).books.results)


def refused(tenant: Tenant, hours_ago: float) -> None:
    write = RefusedWrite.objects.create(
        tenant=tenant, service="record_payment", code="rule_broken", message="The route is reconciled."
    )
    RefusedWrite.objects.filter(pk=write.pk).update(created_at=NOW - timedelta(hours=hours_ago))


def test_refused_writes_of_the_last_day_are_listed_with_their_reason(north: Tenant, south: Tenant) -> None:
    refused(north, hours_ago=1)
    refused(north, hours_ago=25)
    refused(south, hours_ago=2)
    assert (seen().refused_count, seen(north).refused_count) == (2, 1)
    assert seen(north).refused_writes[0].message == "The route is reconciled."


def test_failed_runs_of_the_last_day_are_listed(north: Tenant) -> None:
    for hours, status in ((1, "FAILED"), (25, "FAILED"), (1, "SUCCEEDED")):
        BackfillRun.objects.create(
            backfill="payment_route_id", status=status, tenant=north, finished_at=NOW - timedelta(hours=hours)
        )
    assert len(seen().failed_runs) == 1


def test_a_worker_silent_for_more_than_three_minutes_is_dead() -> None:
    WorkerSign.objects.create(name="alive", seen_at=NOW - timedelta(minutes=2))
    WorkerSign.objects.create(name="silent", seen_at=NOW - timedelta(minutes=4))
    assert [worker.name for worker in seen().dead_workers] == ["silent"]


def test_a_job_that_no_worker_takes_is_shown_after_15_seconds() -> None:
    run = BackfillRun.objects.create(backfill="payment_route_id")
    assert not health(using="default", tenant=None, now=run.created_at + timedelta(seconds=14)).no_worker_takes_jobs
    assert health(using="default", tenant=None, now=run.created_at + timedelta(seconds=16)).waiting_jobs == [run]


def test_the_age_of_the_last_backup_and_of_the_last_verified_one() -> None:
    assert seen().backups.age is None
    for hours, verified_at in ((30, NOW), (2, None)):
        BackupRecord.objects.create(
            database="default",
            file_name="default.dump",
            checksum=str(hours),
            manifest={"is_partial": False},
            created_at=NOW - timedelta(hours=hours),
            verified_at=verified_at,
        )
    assert (seen().backups.age, seen().backups.verified_age) == (timedelta(hours=2), timedelta(hours=30))


def test_apps_add_figures_of_their_own(north: Tenant) -> None:
    from operations import health as module

    @health_figure(name="tenants in the test")
    def tenants(*, using: str, tenant: Tenant | None) -> Figure:
        return Figure(value=Tenant.objects.using(using).count(), is_well=False, next_step="Nothing, this is a test.")

    try:
        assert seen().figures["tenants in the test"].value == 1
    finally:
        del module._figures["tenants in the test"]
