"""Guessing passwords: after five wrong ones the door closes for a while, to the right one too, on the API and the admin."""

from datetime import timedelta

import pytest
from axes.models import AccessAttempt
from django.test import Client, RequestFactory

from accounts.lockout import client_address, waiting_text
from tests.accounts.people import PASSWORD, a_user

pytestmark = [pytest.mark.ground, pytest.mark.django_db]


def guess(api, email, password="wrong"):
    return api.post("/api/auth/login", {"email": email, "password": password}, format="json")


def test_the_fifth_wrong_password_locks_and_says_how_long_to_wait(api):
    user = a_user()
    assert [guess(api, user.email).status_code for _ in range(5)] == [401, 401, 401, 401, 429]
    answer = guess(api, user.email)
    assert answer.status_code == 429
    assert answer.json()["error"] == {"code": "locked_out", "message": waiting_text(900)}
    assert 890 <= int(answer["Retry-After"]) <= 900


def test_the_right_password_is_refused_while_locked(api):
    user = a_user()
    for _ in range(5):
        guess(api, user.email)
    assert guess(api, user.email, PASSWORD).status_code == 429


def test_another_spelling_of_the_email_is_the_same_account(api):
    user = a_user(email="nadia@example.com")
    spellings = [
        "nadia@example.com",
        "Nadia@example.com",
        "NADIA@EXAMPLE.COM",
        " nadia@example.com ",
        "nadiA@example.com",
    ]
    for spelling in spellings:
        guess(api, spelling)
    assert guess(api, user.email, PASSWORD).status_code == 429


def test_guesses_at_the_api_lock_the_admin_and_the_other_way_round(api):
    user = a_user(is_staff=True)
    browser = Client()
    for _ in range(3):
        guess(api, user.email)
    for _ in range(2):
        browser.post("/admin/login/", {"username": user.email, "password": "wrong"})
    page = browser.post("/admin/login/", {"username": user.email, "password": PASSWORD})
    assert page.status_code == 429
    assert waiting_text(900) in page.content.decode()
    assert page["Retry-After"]
    assert guess(api, user.email, PASSWORD).status_code == 429


def test_the_lock_ends_by_itself_and_guessing_on_does_not_lengthen_it(api):
    user = a_user()
    for _ in range(5):
        guess(api, user.email)
    AccessAttempt.objects.update(attempt_time=AccessAttempt.objects.get().attempt_time - timedelta(minutes=14))
    assert guess(api, user.email).status_code == 429
    assert int(guess(api, user.email)["Retry-After"]) <= 60
    AccessAttempt.objects.update(attempt_time=AccessAttempt.objects.get().attempt_time - timedelta(minutes=2))
    assert guess(api, user.email, PASSWORD).status_code == 200


def test_a_log_in_forgets_the_wrong_passwords_before_it(api):
    user = a_user()
    for _ in range(4):
        guess(api, user.email)
    assert guess(api, user.email, PASSWORD).status_code == 200
    assert guess(api, user.email).status_code == 401


def test_one_guesser_does_not_lock_out_the_others(api):
    user, other = a_user(), a_user()
    for _ in range(5):
        guess(api, user.email)
    assert guess(api, other.email, PASSWORD).status_code == 200
    elsewhere = api.post(
        "/api/auth/login", {"email": user.email, "password": PASSWORD}, format="json", REMOTE_ADDR="10.1.1.1"
    )
    assert elsewhere.status_code == 200


@pytest.mark.parametrize(
    ("proxies", "forwarded", "expected"),
    [
        (0, "6.6.6.6", "10.0.0.1"),
        (1, "6.6.6.6, 203.0.113.9", "203.0.113.9"),
        (2, "6.6.6.6, 203.0.113.9, 10.0.0.2", "203.0.113.9"),
        (2, "203.0.113.9", "10.0.0.1"),
        (1, "", "10.0.0.1"),
    ],
)
def test_only_our_own_proxies_are_believed_about_the_address(settings, proxies, forwarded, expected):
    settings.PROXY_COUNT = proxies
    request = RequestFactory().get("/", REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR=forwarded)
    assert client_address(request) == expected
