"""Weaknesses of the cashback before this one that no other test shows; `docs/weaknesses.md` names them all."""

from pathlib import Path, PurePosixPath

import pytest
from django.test import Client

from accounts.models import User
from cashback import services as cashback
from cashback.models import CashbackTransaction, SystemAccount
from cashback.selectors.balances import balance_of
from tests import make

pytestmark = [pytest.mark.cashback, pytest.mark.django_db]
ROOT = Path(__file__).resolve().parents[2]


def test_weakness_03_a_share_is_rounded_half_up_in_one_place_for_payments_days_and_previews():
    """1.554 and 1.555 of a point: the old program kept 1.554, showed 1.55, and two of them as 3.11."""
    on, asha = make.tracker(), make.user("CUSTOMER")
    cashback.set_tracker_cashback(
        actor=make.user("ADMIN"), tracker=on, user=asha, cashback_type="percentage", cashback_value="0.0010"
    )
    for day, payment_cents in enumerate((155_400, 155_400, 155_500)):
        make.tracker_entry(payment_cents, on=on, day=day, approve=True)
    rows = CashbackTransaction.objects.filter(to_user=asha).order_by("related_tracker_entry_day")
    assert [row.points_cents for row in rows] == [155, 155, 156]
    assert balance_of(asha).balance_cents == 155 + 155 + 156


def test_weakness_08_who_becomes_or_is_no_longer_an_administrator_has_the_points_they_had():
    """Redemptions and removals go to accounts of the house, and no account of it is a person's."""
    first_admin, asha = make.user("ADMIN"), make.user("CUSTOMER")
    make.points(asha, 120_000)
    make.points(first_admin, 1_000)
    cashback.remove_points(
        actor=make.user("ADMIN"), tenant=asha.tenant, rows=[(asha, 30_000)], reason="typed twice", now=make.NOW
    )
    method = {"upi_id": "asha@okbank"}
    cashback.request_redemption(actor=asha, points_cents=50_000, redemption_type="upi", details=method, now=make.NOW)
    before = [balance_of(person).balance_cents for person in (first_admin, asha)]
    for person, role in ((first_admin, "CUSTOMER"), (asha, "ADMIN")):
        person.role = role
        person.save()
    assert [balance_of(person).balance_cents for person in (first_admin, asha)] == before == [1_000, 40_000]
    given_up = CashbackTransaction.objects.filter(from_user=asha).values_list("to_user", "to_account")
    assert set(given_up) == {(None, SystemAccount.ADJUSTMENT), (None, SystemAccount.REDEMPTION_CLEARING)}


def test_weakness_11_a_form_that_another_site_sends_is_refused():
    office, asha = make.user("ADMIN", is_staff=True), make.user("CUSTOMER")
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(office)
    page = "/admin/cashback/grants/"
    assert browser.get(page).status_code == 200
    said = {"way": "grant", "reason": "welcome", "people": f"{asha.email} 100.00"}
    assert browser.post(page, said).status_code == 403
    assert CashbackTransaction.objects.count() == 0


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/", "//evil.example/", "\\\\evil.example", "javascript:alert(1)"]
)
def test_weakness_11_who_logs_in_is_not_led_to_another_site(client, elsewhere):
    person = make.user("ADMIN", is_staff=True, password="correct horse battery")
    said = {"username": person.email, "password": "correct horse battery"}
    answer = client.post(f"/admin/login/?next={elsewhere}", said | {"next": elsewhere})
    assert (answer.status_code, answer["Location"]) == (302, "/admin/")


def test_weakness_11_a_new_database_has_nobody_who_can_log_in():
    assert User.objects.count() == 0


@pytest.mark.parametrize(
    "file",
    [
        "var/instances/prod.sqlite3",
        "var/instances/prod_pre_cashback_20261121_031500.sqlite3",
        "var/backups/default-20261121T031500Z.dump",
        "prod.sqlite3",
        "backups/prod.dump",
    ],
)
def test_weakness_21_no_database_and_no_backup_gets_into_version_control(file):
    """Each is in a folder, or has an ending, that `.gitignore` leaves out."""
    left_out = (ROOT / ".gitignore").read_text().split()
    folders = {line.rstrip("/") for line in left_out if line.endswith("/")}
    endings = [line for line in left_out if line.startswith("*.")]
    place = PurePosixPath(file)
    assert folders & set(place.parts[:-1]) or any(place.match(ending) for ending in endings)
