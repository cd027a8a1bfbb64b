"""`smoke_test`: looks at every part of a live system, says what is wrong, and leaves nothing behind."""

import json
import re
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from accounts.api.log_in import WhoAmI
from billing.api.customers import Customers
from billing.models import Customer, Invoice
from operations.management.smoke import doors
from operations.management.smoke.doors import readable
from operations.management.smoke.found import looking
from operations.models import BackupRecord
from operations.services.backup import compare_states, database_state
from subscriptions.api.internet_plans import OneInternetPlan
from tests import legacy, make
from tests.browser.site import Site, wait_until
from tests.engine.conftest import books_of, empty_books  # noqa: F401 - fixtures

pytestmark = [pytest.mark.ground, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def live(settings):
    """A live system's settings: HTTPS, one host, no backup asked for unless the test does."""
    settings.ALLOWED_HOSTS = ["office.example.com"]
    settings.SECURE_SSL_REDIRECT = True
    settings.BACKUP_HOUR = None
    settings.BACKUP_MAX_AGE_HOURS = 0


@pytest.fixture
def business():
    """Rows behind most lists."""
    payment = make.payment(sale=make.sale(route=make.route()))
    make.invoice(), make.credit(), make.gateway_event(), legacy.payment()
    return payment.tenant


def smoke(*arguments):
    out = StringIO()
    try:
        call_command("smoke_test", "--json", *arguments, stdout=out)
    except SystemExit as stopped:
        assert stopped.code == 1
    return json.loads(out.getvalue())


def status(answer, name):
    return answer["checks"][name]["status"]


def test_a_sound_system_is_well_and_nothing_is_written(business):
    before = database_state(using="default", now=make.NOW)
    answer = smoke()
    assert answer["is_well"], answer
    assert {name for name, check in answer["checks"].items() if check["status"] == "ok"} == {
        "database",
        "schema",
        "append-only",
        "log-in",
        "api",
        "books",
        "maintenance",
    }
    assert compare_states(before, database_state(using="default", now=make.NOW)) == []
    assert Customer.objects.count() > 0


def test_every_list_is_read_as_every_role(business):
    answer = smoke()
    lists = [path for path, _ in readable() if "<" not in path]
    reads = int(answer["checks"]["api"]["detail"].split(" reads")[0])
    assert len(lists) > 10
    assert reads > 4 * len(lists), "and one object of those that have one"


def test_every_endpoint_that_can_be_read_is_read_with_a_row_or_without(business, monkeypatch):
    read = []
    real = doors._get
    monkeypatch.setattr(doors, "_get", lambda path, *rest: (read.append(path), real(path, *rest))[1])
    answer = smoke()
    assert answer["is_well"], answer
    unread = [path for path, _ in readable() if not any(shape_of(path).fullmatch(address) for address in read)]
    assert unread == []
    assert f"api/billing/invoices/{Invoice.objects.first().pk}" in read, "its list stands at invoices/tenant"


def shape_of(path):
    return re.compile(re.sub(r"<\w+:\w+>", "[0-9a-zA-Z_-]+", path))


def test_an_endpoint_that_breaks_without_a_row_is_named(monkeypatch):
    make.tenant()
    monkeypatch.setattr(OneInternetPlan, "get", broken)
    assert "internet-plans/plans/" in smoke()["checks"]["api"]["detail"]


def test_each_check_has_a_line_and_the_end_says_what_to_do(business):
    out = StringIO()
    call_command("smoke_test", stdout=out)
    lines = out.getvalue().splitlines()
    assert [line.split()[0] for line in lines[:10]] == list(smoke()["checks"])
    assert lines[-1].startswith("All well: 10 checks")


def broken(self, request, **parameters):
    raise RuntimeError("a defect")


def forgetful(self, request):
    Customer.objects.update(name="Written by a read")
    return WhoAmI.get(self, request)


@pytest.mark.parametrize("defect", [broken, forgetful])
def test_an_endpoint_that_breaks_or_writes_on_a_read_is_named_and_the_rest_is_still_checked(
    business, defect, monkeypatch
):
    before = database_state(using="default", now=make.NOW)
    monkeypatch.setattr(Customers, "get", defect)
    answer = smoke()
    assert not answer["is_well"]
    assert "/api/billing/customers answered 500" in answer["checks"]["api"]["detail"]
    assert status(answer, "books") == "ok"
    assert compare_states(before, database_state(using="default", now=make.NOW)) == []


def test_a_role_that_may_read_what_it_may_not_is_seen(business, monkeypatch):
    monkeypatch.setattr(Customers, "permission_classes", [])
    assert "CUSTOMER /api/billing/customers answered 200" in smoke()["checks"]["api"]["detail"]


@pytest.mark.damages_rows
def test_broken_books_are_named(business):
    Customer.objects.filter(pk=Customer.objects.first().pk).update(name="Renamed by raw SQL")
    answer = smoke()
    assert status(answer, "books") == "failed"
    assert "run check_books" in answer["checks"]["books"]["detail"]
    assert status(smoke("--fast"), "books") == "skipped"


def test_a_backup_that_is_missing_or_too_old_is_named_when_one_is_asked_for(business, settings):
    settings.BACKUP_HOUR = 2
    assert "no verified backup" in smoke()["checks"]["backup"]["detail"]
    now = timezone.now()
    record = BackupRecord.objects.create(
        database="default",
        file_name="a",
        checksum="0" * 64,
        manifest={"is_partial": False},
        created_at=now - timedelta(hours=27),
        verified_at=now,
    )
    assert status(smoke(), "backup") == "failed"
    BackupRecord.objects.filter(pk=record.pk).update(created_at=now - timedelta(hours=25))
    assert status(smoke(), "backup") == "ok"


def test_without_a_business_log_in_and_api_are_skipped():
    answer = smoke()
    assert (answer["is_well"], status(answer, "log-in"), status(answer, "api")) == (True, "skipped", "skipped")


def test_while_looking_the_database_refuses_to_write(business):
    with pytest.raises(Exception, match=r"read-only|readonly"), looking():
        Customer.objects.update(name="Written")
    Customer.objects.update(is_active=True)
    assert not connection.in_atomic_block


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "nonsense"])
def test_a_site_that_does_not_answer_is_named(url):
    assert status(smoke("--base-url", url, "--wait", "1"), "site") == "failed"


def test_a_real_worker_takes_a_job_and_a_real_site_answers(empty_books, tmp_path):  # noqa: F811
    with empty_books.copy() as scratch:
        site = Site(scratch, tmp_path)
        try:
            site.serve()
            site.start_worker()
            signs = "SELECT count(*) FROM worker_signs"
            wait_until(lambda: scratch.one(signs) == 1, "the worker signs", site.log("worker"))
            site.start("smoke", "manage.py", "smoke_test", "--json", "--base-url", site.address("")).wait(60)
            answer = json.loads(site.log("smoke").read_text().splitlines()[-1])
            assert (status(answer, "worker"), status(answer, "site")) == ("ok", "ok"), answer
            assert not list((tmp_path / "broker").glob("*.msg")), "nothing is left in the queue"
        finally:
            site.stop()
