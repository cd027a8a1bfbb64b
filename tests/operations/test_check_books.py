"""The check of the books: every rule on one snapshot, the result kept, the alarm raised once."""

import json
import logging
import os
import subprocess
import sys
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.models import Tenant, User
from operations import tasks
from operations.invariants import Violation, invariant, invariants
from operations.models import BooksCheck, WorkerSign
from operations.services import check_books, say_alive

pytestmark = [pytest.mark.ground, pytest.mark.django_db, pytest.mark.damages_rows]

NOW = timezone.now()
HISTORY = "The newest history image of every row equals the row"
VANISHED = "A row that has vanished has its deletion in history"


def a_tenant(slug: str = "north") -> Tenant:
    return Tenant.objects.create(slug=slug, name=slug.title(), currency="BDT")


def rename_without_history(tenant: Tenant) -> None:
    Tenant.objects.filter(pk=tenant.pk).update(name="Renamed by raw SQL")


def check(tenant: Tenant | None = None, now=NOW) -> BooksCheck:
    return check_books(using="default", tenant=tenant, now=now)


def result_of(books_check: BooksCheck, name: str) -> dict:
    return next(result for result in books_check.results if result["name"] == name)


def terminal(*arguments: str) -> tuple[str, int]:
    out = StringIO()
    try:
        call_command("check_books", *arguments, stdout=out)
    except SystemExit as stopped:
        return out.getvalue(), int(stopped.code)
    return out.getvalue(), 0


# The rules ------------------------------------------------------------------------------------------------


def test_untouched_books_hold_and_the_result_is_kept() -> None:
    a_tenant()
    kept = BooksCheck.objects.get(pk=check().pk)
    assert kept.all_hold
    assert [result["name"] for result in kept.results] == [entry.name for entry in invariants()]
    assert kept.started_at == NOW


def test_a_row_changed_without_history_is_named_with_both_values() -> None:
    tenant = a_tenant()
    rename_without_history(tenant)
    [example] = result_of(check(), HISTORY)["examples"]
    assert example["where"] == f"tenants {tenant.pk}"
    assert example["numbers"] == {"name": {"row": "Renamed by raw SQL", "history": "North"}}


def test_a_row_without_any_history_is_not_at_fault() -> None:
    Tenant.objects.bulk_create([Tenant(slug="old", name="Old", currency="BDT")])
    assert check().all_hold


def test_a_row_deleted_without_history_is_named() -> None:
    tenant = a_tenant()
    Tenant.objects.filter(pk=tenant.pk)._raw_delete("default")
    assert result_of(check(), VANISHED)["violations"] == 1


def test_a_deletion_by_a_service_is_in_order() -> None:
    a_tenant().delete()
    assert check().all_hold


def test_a_row_whose_newest_image_says_deleted_is_named() -> None:
    tenant = a_tenant()
    stored = Tenant.objects.get()
    tenant.delete()
    Tenant.objects.bulk_create([stored])
    [example] = result_of(check(), HISTORY)["examples"]
    assert example["numbers"] == {"newest_image": "says that the row was deleted"}


def test_a_check_of_one_tenant_reads_only_its_rows() -> None:
    north, south = a_tenant("north"), a_tenant("south")
    rep = User.objects.create_user("rep@south.example", None, name="Rep", role="SALES_REP", tenant=south)
    rename_without_history(south)
    User.objects.filter(pk=rep.pk).update(name="Renamed by raw SQL")
    assert check(north).all_hold
    assert result_of(check(south), HISTORY)["violations"] == 2


def test_examples_are_capped_and_the_total_counted() -> None:
    for number in range(103):
        a_tenant(f"t-{number}")
    Tenant.objects.update(name="Renamed by raw SQL")
    result = result_of(check(), HISTORY)
    assert (result["violations"], len(result["examples"])) == (103, 100)


def test_two_rules_cannot_share_a_sentence() -> None:
    with pytest.raises(ValueError, match="registered twice"):
        invariant(part="routes", name=HISTORY)(lambda *, using, tenant=None: [Violation("nowhere")])


@pytest.mark.django_db(transaction=True)
def test_the_check_reads_outside_any_transaction_too() -> None:
    rename_without_history(a_tenant())
    assert not check().all_hold
    a_tenant("writing-still-works")


# The alarm ------------------------------------------------------------------------------------------------


def test_a_newly_broken_rule_is_logged_and_mailed_once(caplog: pytest.LogCaptureFixture) -> None:
    tenant = a_tenant()
    check(now=NOW)
    rename_without_history(tenant)
    with caplog.at_level(logging.ERROR):
        check(now=NOW + timedelta(hours=1))
        check(now=NOW + timedelta(hours=2))
    [event] = [record for record in caplog.records if record.message == "invariant_broken"]
    assert (event.invariant, event.violations) == (HISTORY, 1)
    [letter] = mail.outbox
    assert letter.to == ["owner@example.com"]
    assert HISTORY in letter.body
    assert "1 violation" in letter.body


def test_a_rule_that_was_repaired_and_breaks_again_is_told_again() -> None:
    tenant = a_tenant()
    rename_without_history(tenant)
    check(now=NOW)
    tenant.refresh_from_db()
    tenant.save()
    check(now=NOW + timedelta(hours=1))
    Tenant.objects.update(name="Again")
    check(now=NOW + timedelta(hours=2))
    assert len(mail.outbox) == 2


def test_the_check_of_one_tenant_neither_tells_nor_silences_the_alarm() -> None:
    tenant = a_tenant()
    rename_without_history(tenant)
    check(tenant, now=NOW)
    assert mail.outbox == []
    check(now=NOW + timedelta(hours=1))
    assert len(mail.outbox) == 1


# The jobs -------------------------------------------------------------------------------------------------


def test_the_hourly_job_checks_tenants_only_when_the_whole_is_broken() -> None:
    tenant = a_tenant()
    tasks.check_books()
    assert list(BooksCheck.objects.values_list("tenant", flat=True)) == [None]
    rename_without_history(tenant)
    tasks.check_books()
    assert BooksCheck.objects.filter(tenant=tenant, all_hold=False).count() == 1


def test_a_worker_says_alive_and_is_forgotten_after_a_day() -> None:
    say_alive(name="gone", now=NOW - timedelta(days=2))
    say_alive(name="here", now=NOW - timedelta(minutes=1))
    say_alive(name="here", now=NOW)
    assert list(WorkerSign.objects.values_list("name", "seen_at")) == [("here", NOW)]


# The terminal ---------------------------------------------------------------------------------------------


def test_the_command_says_that_all_holds_and_exits_0() -> None:
    text, code = terminal()
    assert code == 0
    assert f"All {len(invariants())} rules hold." in text
    assert "Nothing to do." in text


def test_the_command_shows_each_violation_with_its_numbers_and_exits_1() -> None:
    rename_without_history(a_tenant())
    text, code = terminal()
    assert code == 1
    assert f"BROKEN  {HISTORY}" in text
    assert "name (row Renamed by raw SQL, history North)" in text
    assert "1 violation." in text
    assert "Next:" in text


def test_the_command_caps_the_list_and_says_how_many_there_are() -> None:
    for number in range(12):
        a_tenant(f"t-{number}")
    Tenant.objects.update(name="Renamed by raw SQL")
    assert "… and 2 more, 12 in all" in terminal()[0]


def test_json_is_one_object_with_every_number() -> None:
    rename_without_history(a_tenant())
    text, code = terminal("--json")
    answer = json.loads(text)
    assert code == 1
    assert (answer["all_hold"], answer["violations"], answer["tenant"]) == (False, 1, None)


@pytest.mark.parametrize(("option", "fact"), [("--tenant", "Unknown tenant"), ("--database", "Unknown database")])
def test_a_refusal_in_json_is_one_object_too(option: str, fact: str) -> None:
    text, code = terminal("--json", f"{option}=nowhere")
    answer = json.loads(text)
    assert code == 2
    assert answer["status"] == "error"
    assert answer["error"]["code"] == "refused"
    assert answer["errors"] == [answer["error"]["message"]]
    assert answer["error"]["message"].startswith(f"{fact} 'nowhere'")
    assert "Known: " in answer["error"]["message"]


def test_an_unknown_tenant_is_refused_naming_the_known_ones() -> None:
    a_tenant()
    with pytest.raises(CommandError, match=r"Unknown tenant 'souht' .*Known: north") as refused:
        call_command("check_books", tenant="souht")
    assert refused.value.returncode == 2


def test_an_unknown_database_is_refused() -> None:
    with pytest.raises(CommandError, match="Unknown database 'mars'. Known: default") as refused:
        call_command("check_books", database="mars")
    assert refused.value.returncode == 2


@pytest.mark.parametrize(
    ("address", "complaint"),
    [
        ("sqlite:////nowhere/at/all.sqlite3", "there is no file"),
        ("postgres://someone:secret-word@127.0.0.1:1/none", "does not answer"),
    ],
)
def test_an_unreachable_database_is_refused_in_words(address: str, complaint: str) -> None:
    done = in_a_process(address, "check_books")
    assert done.returncode == 2
    assert complaint in done.stderr
    assert "Traceback" not in done.stderr
    assert "secret-word" not in done.stderr


def test_a_database_without_its_migrations_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty.sqlite3").touch()
    done = in_a_process(f"sqlite:///{tmp_path}/empty.sqlite3", "check_books")
    assert done.returncode == 2
    assert "lacks" in done.stderr
    assert "manage.py migrate" in done.stderr


def in_a_process(address: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tests.environment", "manage.py", *arguments]
    return subprocess.run(command, env={**os.environ, "DATABASE_URL": address}, capture_output=True, text=True)
