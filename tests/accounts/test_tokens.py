"""Bearer tokens: given at log-in, hashed at rest, ended one by one, all at once, by time, and by losing one's rights."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from knox.models import AuthToken

from accounts import services
from accounts.models import User
from accounts.tasks import sweep_expired_tokens
from tests.accounts.people import PASSWORD, a_user, log_in

pytestmark = [pytest.mark.ground, pytest.mark.django_db]
ME = "/api/auth/me"


def test_log_in_answers_a_token_its_end_and_who_it_belongs_to(api):
    user = a_user()
    answer = api.post("/api/auth/login", {"email": user.email, "password": PASSWORD}, format="json")
    assert answer.status_code == 200
    assert set(answer.json()) == {"token", "expires_at", "user"}
    assert answer.json()["user"] == {
        "id": str(user.pk),
        "name": "Ayesha Khan",
        "email": user.email,
        "role": "ADMIN",
        "tenant": {
            "id": str(user.tenant.pk),
            "slug": user.tenant.slug,
            "name": user.tenant.name,
            "currency": "BDT",
            "timezone": "UTC",
        },
    }


def test_log_in_takes_the_email_in_any_case(api):
    user = a_user(email="Rafiq@Example.com")
    answer = api.post("/api/auth/login", {"email": " RAFIQ@example.COM ", "password": PASSWORD}, format="json")
    assert answer.status_code == 200
    assert answer.json()["user"]["email"] == user.email == "rafiq@example.com"


def test_a_superuser_without_tenant_logs_in_too(api):
    user = User.objects.create_superuser("root@example.com", PASSWORD, name="Root")
    assert log_in(user).get(ME).json()["tenant"] is None


def test_the_token_is_not_in_the_database(api):
    user = a_user()
    token = api.post("/api/auth/login", {"email": user.email, "password": PASSWORD}, format="json").json()["token"]
    stored = AuthToken.objects.values_list("digest", "token_key").get()
    assert token not in stored
    assert len(stored[1]) < len(token) / 2, "only a short beginning is kept, as the index"


def test_the_token_opens_the_api_and_nothing_opens_it_without(api):
    user = a_user()
    assert log_in(user).get(ME).json()["email"] == user.email
    answer = api.get(ME)
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == "Bearer"
    assert answer.json()["error"]["code"] == "not_authenticated"


@pytest.mark.parametrize(
    "header",
    ["Bearer", "Bearer x", "Bearer a b", "Bearer \xe9\xe8", "Bearer " + "f" * 5000, "Bearer rdm_" + "0" * 64],
    ids=["empty", "short", "two words", "not ASCII", "long", "unknown"],
)
def test_a_malformed_token_answers_401(api, header):
    answer = api.get(ME, HTTP_AUTHORIZATION=header)
    assert answer.status_code == 401
    assert answer.json()["error"]["message"]


def test_log_out_ends_this_token_and_no_other():
    user = a_user()
    phone, office = log_in(user), log_in(user)
    assert phone.post("/api/auth/logout").status_code == 204
    assert phone.get(ME).status_code == 401
    assert office.get(ME).status_code == 200


def test_log_out_all_ends_every_token_of_the_person_and_nobody_elses():
    user, other = a_user(), a_user()
    phone, office, elsewhere = log_in(user), log_in(user), log_in(other)
    assert phone.post("/api/auth/logout-all").status_code == 204
    assert [client.get(ME).status_code for client in (phone, office, elsewhere)] == [401, 401, 200]


def test_a_token_ends_when_its_time_is_up():
    client = log_in(a_user())
    AuthToken.objects.update(expiry=timezone.now() - timedelta(seconds=1))
    assert client.get(ME).status_code == 401


def test_an_authenticated_get_costs_at_most_3_queries_however_many_tokens_exist(django_assert_max_num_queries):
    user = a_user()
    for _ in range(300):
        AuthToken.objects.create(user=user, expiry=timedelta(seconds=-1))
    client = log_in(user)
    with django_assert_max_num_queries(3):
        assert client.get(ME).status_code == 200
    assert AuthToken.objects.count() == 301, "the request itself sweeps nothing"


def by_service(user: User) -> None:
    services.change_password(actor=user, user=user, password="another-river-8")


def by_admin_form(user: User) -> None:
    from django.contrib.auth.forms import AdminPasswordChangeForm

    form = AdminPasswordChangeForm(user, {"password1": "another-river-8", "password2": "another-river-8"})
    assert form.is_valid(), form.errors
    form.save()


def by_command(user: User) -> None:
    import getpass
    from unittest.mock import patch

    with patch.object(getpass, "getpass", return_value="another-river-8"):
        call_command("changepassword", user.email)


def by_deactivation_service(user: User) -> None:
    services.deactivate_user(actor=user, user=user, reason="left the company")


def by_unticked_box(user: User) -> None:
    user.is_active = False
    user.save()


@pytest.mark.parametrize(
    "door",
    [by_service, by_admin_form, by_command, by_deactivation_service, by_unticked_box],
    ids=lambda door: door.__name__,
)
def test_losing_ones_password_or_account_ends_every_token_by_whichever_door(door):
    user, other = a_user(), a_user()
    client, elsewhere = log_in(user), log_in(other)
    door(User.objects.get(pk=user.pk))
    assert client.get(ME).status_code == 401
    assert not AuthToken.objects.filter(user=user).exists()
    assert elsewhere.get(ME).status_code == 200


def test_an_account_closed_past_save_is_refused_and_its_tokens_do_not_come_back_with_it():
    user = a_user()
    client = log_in(user)
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert client.get(ME).status_code == 401
    user = User.objects.get(pk=user.pk)
    user.is_active = True
    user.save()
    assert client.get(ME).status_code == 401


def test_changing_a_name_ends_no_token():
    user = a_user()
    client = log_in(user)
    user = User.objects.get(pk=user.pk)
    user.name = "Ayesha Rahman"
    user.save()
    assert client.get(ME).json()["name"] == "Ayesha Rahman"


def test_logging_in_leaves_no_history_but_changing_a_password_does():
    user = a_user()
    images = user.history.count()
    log_in(user)
    assert user.history.count() == images
    services.change_password(actor=user, user=user, password="another-river-8")
    assert user.history.count() == images + 1


def test_a_closed_account_cannot_log_in_even_with_the_right_password(api):
    user = a_user(is_active=False)
    answer = api.post("/api/auth/login", {"email": user.email, "password": PASSWORD}, format="json")
    assert answer.status_code == 401
    assert answer.json()["error"]["code"] == "wrong_credentials"


def test_log_in_ignores_an_old_token_that_is_sent_along(api):
    user = a_user()
    api.credentials(HTTP_AUTHORIZATION="Bearer rdm_" + "0" * 64)
    answer = api.post("/api/auth/login", {"email": user.email, "password": PASSWORD}, format="json")
    assert answer.status_code == 200


def test_the_sweep_removes_expired_tokens_in_one_statement(django_assert_max_num_queries):
    user = a_user()
    for _ in range(20):
        AuthToken.objects.create(user=user, expiry=timedelta(seconds=-1))
    client = log_in(user)
    with django_assert_max_num_queries(5):  # is it maintenance, savepoint, tokens, idempotency keys, release
        assert sweep_expired_tokens()["tokens"] == 20
    assert client.get(ME).status_code == 200


def test_the_sweeps_command_says_what_it_removed(capsys):
    AuthToken.objects.create(user=a_user(), expiry=timedelta(seconds=-1))
    call_command("sweep_expired_tokens")
    assert capsys.readouterr().out == "Removed 1 expired token and 0 old idempotency keys.\n"


def test_a_password_change_ends_the_admins_session_too():
    user = a_user(is_staff=True)
    browser = Client()
    browser.force_login(user, backend="accounts.permissions.RoleBackend")
    assert browser.get("/admin/password_change/").status_code == 200
    services.change_password(actor=user, user=User.objects.get(pk=user.pk), password="another-river-8")
    assert browser.get("/admin/password_change/").status_code == 302
