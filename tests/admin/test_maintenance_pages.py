"""Under maintenance every page says so, a form is given back with what was typed, and those above all can turn it off."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from billing.models import Customer, Payment
from operations.models import BackfillRun, Maintenance
from operations.services import begin_maintenance, end_maintenance
from tests import legacy, make
from tests.admin.business import MODELS, page

pytestmark = [pytest.mark.ground, pytest.mark.django_db]

BANNER = "frozen for maintenance since"
WHY = "Moving the server"


def freeze(tenant=None):
    now = timezone.now()
    return begin_maintenance(actor=None, tenant=tenant, reason=WHY, now=now, expected_until=now + timedelta(minutes=30))


def customer_form(**fields):
    """What the form of a new customer sends."""
    return {"name": "Corner shop", "phone": "", "change_reason": "asked for it", "_save": "Save", **fields}


def test_every_list_home_and_health_show_the_banner(manager):
    addresses = [page(model, "changelist") for model in MODELS] + ["/admin/", "/admin/health/", "/admin/backfills/"]
    before = [address for address in addresses if BANNER in manager.get(address).content.decode()]
    freeze()
    without = [address for address in addresses if is_page_without_banner(manager, address)]
    assert (before, without) == ([], [])


def is_page_without_banner(browser, address):
    answer = browser.get(address)
    return answer.status_code == 200 and not (BANNER in (text := answer.content.decode()) and WHY in text)


def test_an_objects_page_shows_it_too(rows, manager):
    freeze()
    assert not is_page_without_banner(manager, page(Payment, "change", rows[Payment].pk))


def test_only_those_whom_it_concerns_see_the_banner(manager, owner, as_user):
    there = as_user(make.user("ADMIN", of=make.tenant("other"), is_staff=True))
    freeze(make.tenant())
    assert [BANNER in browser.get("/admin/").content.decode() for browser in (manager, owner, there)] == [
        True,
        True,
        False,
    ]


def test_a_form_is_given_back_with_what_was_typed_and_can_be_sent_again(rows, manager):
    shop = rows[Customer]
    address = page(Customer, "change", shop.pk)
    form = manager.get(address).context["adminform"].form
    typed = {name: form[name].value() or "" for name in form.fields} | {"name": "Corner <shop>", "_save": "Save"}
    typed["change_reason"] = "they moved"
    freeze()
    answer = manager.post(address, typed)
    text = answer.content.decode()
    assert answer.status_code == 503
    assert int(answer["Retry-After"]) > 1700
    assert WHY in text
    assert "probably until" in text
    assert "Corner &lt;shop&gt;" in text
    assert f'action="{address}"' in text
    kept = {field["name"]: field["value"] for field in answer.context["kept"]}
    assert kept == {name: str(value) for name, value in typed.items()}
    shop.refresh_from_db()
    assert shop.name != "Corner <shop>"

    end_maintenance(actor=None, tenant=None, now=timezone.now())
    assert manager.post(address, kept).status_code == 302
    shop.refresh_from_db()
    assert shop.name == "Corner <shop>"


def test_a_password_is_not_given_back(manager):
    freeze()
    answer = manager.post("/admin/password_change/", {"old_password": "very secret", "new_password1": "more secret"})
    assert answer.status_code == 503
    assert "secret" not in answer.content.decode()


def test_people_log_in_and_out(manager):
    person = make.user("ADMIN", is_staff=True, password="a long enough pass word")
    freeze()
    browser = Client()
    said = {"username": person.email, "password": "a long enough pass word", "next": "/admin/"}
    assert browser.post("/admin/login/", said).status_code == 302
    assert BANNER in browser.get("/admin/").content.decode()
    assert browser.post("/admin/logout/").status_code in {200, 302}


def test_a_stranger_is_sent_to_the_log_in():
    freeze()
    answer = Client().post(page(Customer, "add"), customer_form())
    assert (answer.status_code, answer["Location"].split("?")[0]) == (302, "/admin/login/")


def test_another_business_goes_on_writing(as_user):
    there = as_user(make.user("ADMIN", of=make.tenant("other"), is_staff=True))
    freeze(make.tenant())
    assert there.post("/admin/password_change/", {}).status_code == 200


def test_operators_go_on_with_backfills(manager):
    legacy.payment(sale=make.sale(route=make.route()))
    freeze()
    answer = manager.post("/admin/backfills/payment_route_id/preview/")
    assert answer.status_code == 302, answer.content
    preview = BackfillRun.objects.get(is_dry_run=True)
    execute = f"/admin/backfills/payment_route_id/runs/{preview.pk}/execute/"
    assert manager.get(execute).status_code == 200
    assert manager.post(execute, {}).status_code != 503
    findings = "/admin/backfills/payment_route_id/findings/"
    assert manager.post(findings, {}).status_code == 503, "a decision is the office's own writing"


def test_who_stands_above_all_freezes_and_lets_go_on_the_page(owner):
    answer = owner.post("/admin/maintenance/", {"tenant": "", "reason": WHY, "minutes": "20"})
    assert answer.status_code == 302
    row = Maintenance.objects.get()
    assert (row.tenant, row.reason, row.started_by.is_superuser, row.ended_at) == (None, WHY, True, None)
    again = owner.post("/admin/maintenance/", {"tenant": "", "reason": WHY})
    assert again.status_code == 409
    assert "on already" in again.content.decode()
    assert owner.post("/admin/maintenance/", {"tenant": "", "reason": ""}).status_code == 422
    assert owner.post("/admin/maintenance/", {"end": "nobody"}).status_code == 409
    assert owner.post("/admin/maintenance/", {"end": ""}).status_code == 302
    row.refresh_from_db()
    assert row.ended_at is not None
    assert row.history.count() == 2


def test_nobody_else_opens_the_page(manager, bookkeeper):
    for browser in (manager, bookkeeper):
        assert browser.get("/admin/maintenance/").status_code == 403
        assert browser.post("/admin/maintenance/", {"tenant": "", "reason": WHY}).status_code == 403
    assert not Maintenance.objects.exists()


def test_the_health_page_says_since_when_by_whom_and_why(manager, owner):
    other = make.tenant("other")
    freeze(make.tenant())
    freeze(other)
    end_maintenance(actor=None, tenant=other, now=timezone.now())
    of_one, of_all = (browser.get("/admin/health/").context["maintenance"] for browser in (manager, owner))
    assert [(row["whose"], row["state"].word, row["why"]) for row in of_one] == [("Distro", "Frozen", WHY)]
    assert sorted((row["whose"], row["state"].word) for row in of_all) == [("Distro", "Frozen"), ("Other", "Over")]


def test_the_admin_lists_earlier_times(manager):
    freeze(make.tenant())
    end_maintenance(actor=None, tenant=make.tenant(), now=timezone.now())
    assert WHY in manager.get(page(Maintenance, "changelist")).content.decode()
