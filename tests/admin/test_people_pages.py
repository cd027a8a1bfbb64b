"""Administrators manage the people of their business; passwords and tokens are handled with care."""

import pytest
from django.urls import reverse
from knox.models import AuthToken

from accounts.models import Tenant, User
from tests import make
from tests.admin.business import page

pytestmark = [pytest.mark.ground, pytest.mark.django_db]

PASSWORD = "a-quiet-river-7"
BUSINESS = {
    "slug": "distro",
    "name": "Distro",
    "timezone": "UTC",
    "payment_limits": "{}",
    "invoice_numbering": "CALENDAR_YEAR",
}


def test_a_new_person_belongs_to_the_administrators_business_and_can_log_in(manager):
    values = {"email": "New.Person@Example.com", "name": "Nadia", "role": "FINANCE", "is_staff": "on"}
    passwords = {"usable_password": "true", "password1": PASSWORD, "password2": PASSWORD}
    assert manager.post(page(User, "add"), values | passwords).status_code == 302
    person = User.objects.get(email="new.person@example.com")
    assert person.tenant.slug == "distro" and person.check_password(PASSWORD) and not person.is_superuser


def test_nobody_becomes_a_superuser_through_a_form(manager):
    person = make.user("FINANCE")
    values = {"email": person.email, "name": person.name, "role": "ADMIN", "is_active": "on", "is_superuser": "on"}
    assert manager.post(page(User, "change", person.pk), values).status_code == 302
    person.refresh_from_db()
    assert person.role == "ADMIN" and not person.is_superuser


def test_a_new_password_revokes_all_tokens(manager):
    person = make.user()
    AuthToken.objects.create(person)
    address = reverse("admin:auth_user_password_change", args=[person.pk])
    assert manager.get(address).status_code == 200
    values = {"usable_password": "true", "password1": PASSWORD, "password2": PASSWORD, "set-password": "1"}
    assert manager.post(address, values).status_code == 302
    person.refresh_from_db()
    assert person.check_password(PASSWORD) and not AuthToken.objects.filter(user=person).exists()


def test_unticking_active_closes_the_door(manager):
    person = make.user()
    AuthToken.objects.create(person)
    values = {"email": person.email, "name": person.name, "role": person.role, "change_reason": "left"}
    manager.post(page(User, "change", person.pk), values)
    person.refresh_from_db()
    assert not person.is_active and not AuthToken.objects.filter(user=person).exists()
    assert person.history.first().history_change_reason == "left"


def test_tokens_are_revoked_by_a_button_that_asks_first(manager):
    person = make.user()
    AuthToken.objects.create(person)
    address = reverse("admin:accounts_user_revoke_tokens", args=[person.pk])
    assert manager.get(address).status_code == 200
    assert AuthToken.objects.filter(user=person).exists()
    assert manager.post(address, {"_form_submitted": "True"}).headers["HX-Redirect"]
    assert not AuthToken.objects.filter(user=person).exists()


def test_finance_revokes_nobodys_tokens(bookkeeper):
    person = make.user()
    AuthToken.objects.create(person)
    assert (
        bookkeeper.post(
            reverse("admin:accounts_user_revoke_tokens", args=[person.pk]), {"_form_submitted": "True"}
        ).status_code
        == 403
    )
    assert AuthToken.objects.filter(user=person).exists()


def test_a_superuser_revokes_one_token_in_the_list(owner):
    person = make.user()
    kept, lost = AuthToken.objects.create(person)[0], AuthToken.objects.create(person)[0]
    owner.post(page(AuthToken, "changelist"), {"action": "revoke", "_selected_action": [lost.pk]})
    assert list(AuthToken.objects.filter(user=person)) == [kept]


def test_the_hash_of_a_password_is_on_no_page(manager):
    person = make.user(password=PASSWORD)
    assert person.password not in manager.get(page(User, "change", person.pk)).content.decode()


def test_a_person_with_a_business_stays_in_it_even_for_the_owner(owner):
    person, elsewhere = make.user(), make.tenant("elsewhere")
    values = {"email": person.email, "name": "Nadia", "role": person.role, "is_active": "on", "tenant": elsewhere.pk}
    assert owner.post(page(User, "change", person.pk), values).status_code == 302
    person.refresh_from_db()
    assert (person.name, person.tenant.slug) == ("Nadia", "distro")


def test_a_business_keeps_the_currency_in_which_its_books_are_kept(owner):
    business = make.tenant()
    values = BUSINESS | {"name": "Distro & Sons", "currency": "USD"}
    assert owner.post(page(Tenant, "change", business.pk), values).status_code == 302
    business.refresh_from_db()
    assert (business.name, business.currency) == ("Distro & Sons", "BDT")


def test_a_business_chooses_how_its_invoices_are_numbered_and_its_page_says_so(owner):
    business = make.tenant()
    address = page(Tenant, "change", business.pk)
    assert b"By calendar year, for example SAL-2026-0001" in owner.get(address).content
    assert owner.post(address, BUSINESS | {"invoice_numbering": "INDIAN_FY"}).status_code == 302
    assert make.invoice(1, of=Tenant.objects.get()).number == "20252600001"
    assert b"By Indian financial year" in owner.get(page(Tenant, "changelist")).content


@pytest.mark.parametrize(
    "bad",
    [
        {"timezone": "Mars/Base"},
        {"payment_limits": '{"CASH": "5"}'},
        {"payment_limits": "[500]"},
        {"payment_limits": '{"CASH": {"least": 2, "most": 1}}'},
    ],
)
def test_a_business_is_not_given_what_every_later_payment_would_stumble_over(owner, bad):
    answer = owner.post(page(Tenant, "change", make.tenant().pk), BUSINESS | bad)
    assert answer.status_code == 200
    assert list(answer.context["adminform"].form.errors) == list(bad)


@pytest.mark.parametrize("question", ["", "?next=/admin/billing/invoice/"])
def test_who_logs_in_comes_to_the_page_they_asked_for_or_else_home(question, client):
    person = make.user("FINANCE", is_staff=True)
    person.set_password("a long enough password")
    person.save()
    said = {"username": person.email, "password": "a long enough password"}
    answer = client.post(f"/admin/login/{question}", said)
    assert answer["Location"] == (question.removeprefix("?next=") or "/admin/")
