"""Two real servers on two databases of the same people, with one SECRET_KEY: who logged in to one is nobody on the other.

A browser sends its cookies to every port of a host. In the system before, a log-in to dev opened the administrator's pages of
prod, because both took the same signed cookie with the same id in it. Here the API of the other answers 401 to a token and to a
cookie; its admin sends the browser to its own log-in.
"""

import http.cookiejar
import json
import re
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.db import connection

from accounts.models import User
from tests import make
from tests.browser.site import Site
from tests.processes import Scratch, address_of, copy_database, drop_database

pytestmark = [pytest.mark.cashback, pytest.mark.django_db(transaction=True)]

PASSWORD = "correct horse battery"
ADMIN_PAGE = "/admin/cashback/cashbacktransaction/"


@pytest.fixture
def people() -> list[Any]:
    """An administrator who may open the admin, and a customer who has points."""
    lender = make.tenant("lender")
    people = [make.user(role, of=lender, is_staff=role == "ADMIN") for role in ("ADMIN", "CUSTOMER")]
    as_the_servers_know_it = PBKDF2PasswordHasher().encode(PASSWORD, "salt")
    User.objects.update(password=as_the_servers_know_it)
    make.points(people[1])
    return people


@pytest.fixture
def sites(people: list[Any], tmp_path: Any) -> Iterator[tuple[Site, Site]]:
    """Prod and dev, each served from a copy of the same database."""
    connection.close()
    made = []
    try:
        for name in ("prod", "dev"):
            folder = tmp_path / name
            folder.mkdir()
            site = Site(Scratch(copy_database(address_of(connection), folder), folder), folder)
            made.append(site)
            site.serve()
        yield made[0], made[1]
    finally:
        for site in made:
            site.stop()
            drop_database(site.scratch.url)


class Browser:
    """Keeps cookies, as a browser does, and sends them to every port of the host; follows no redirect."""

    def __init__(self) -> None:
        self.jar = http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.jar), Stay())

    def ask(self, address: str, body: bytes | None = None, **headers: str) -> tuple[int, str, str]:
        """The status, the text and where it points."""
        request = urllib.request.Request(
            address, body, {name.replace("_", "-"): said for name, said in headers.items()}
        )
        try:
            answer = self.opener.open(request, timeout=20)
        except urllib.error.HTTPError as error:
            answer = error
        with answer:
            return answer.status, answer.read().decode(), answer.headers.get("Location", "")

    def log_in(self, site: Site, email: str) -> None:
        """Log in to the admin by its form."""
        address = site.address("/admin/login/?next=" + ADMIN_PAGE)
        _, page, _ = self.ask(address)
        [csrf] = set(re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', page))
        form = {"username": email, "password": PASSWORD, "csrfmiddlewaretoken": csrf}
        status, _, place = self.ask(address, urllib.parse.urlencode(form).encode(), Referer=address)
        assert (status, place) == (302, ADMIN_PAGE)


class Stay(urllib.request.HTTPRedirectHandler):
    """Lets a redirect be an answer."""

    def redirect_request(self, *args: Any) -> None:
        return None


def token_of(site: Site, email: str) -> str:
    """Log in by API."""
    body = json.dumps({"email": email, "password": PASSWORD}).encode()
    status, said, _ = Browser().ask(site.address("/api/auth/login"), body, Content_Type="application/json")
    assert status == 200, said
    return json.loads(said)["token"]


def rows_of(site: Site) -> list[Any]:
    """What a site's database has of points, tokens and sessions."""
    tables = ("cashback_transaction", "cashback_accounts", "cashback_redemption", "knox_authtoken", "django_session")
    return [site.scratch.one(f"SELECT count(*) FROM {table}") for table in tables]  # noqa: S608


def is_error_401(answer: tuple[int, str, str]) -> bool:
    """Whether an answer is 401 in the one error shape."""
    status, said, _ = answer
    return status == 401 and set(json.loads(said)["error"]) == {"code", "message"}


def test_a_token_or_cookie_of_one_instance_is_worth_nothing_on_the_other(sites, people):
    prod, dev = sites
    admin, customer = people
    assert prod.environment["SECRET_KEY"] == dev.environment["SECRET_KEY"]
    token, before = token_of(prod, customer.email), rows_of(dev)
    json_as = {"Authorization": f"Bearer {token}", "Content_Type": "application/json", "Idempotency_Key": "once"}
    transfer = json.dumps({"receiver": admin.email, "points_cents": 100}).encode()
    browser = Browser()

    for path in ("balance", "transactions", "redemptions", "payment-methods"):
        assert browser.ask(prod.address(f"/api/cashback/{path}"), **json_as)[0] == 200
        assert is_error_401(browser.ask(dev.address(f"/api/cashback/{path}"), **json_as))
    assert is_error_401(browser.ask(dev.address("/api/cashback/transfer"), transfer, **json_as))
    assert rows_of(dev) == before
    assert browser.ask(prod.address("/api/cashback/transfer"), transfer, **json_as)[0] == 201

    browser.log_in(prod, admin.email)
    assert {cookie.name for cookie in browser.jar} >= {"sessionid", "csrftoken"}
    assert browser.ask(prod.address(ADMIN_PAGE))[0] == 200
    status, _, place = browser.ask(dev.address(ADMIN_PAGE))
    assert (status, place) == (302, f"/admin/login/?next={ADMIN_PAGE}")
    for site in sites:  # the API takes tokens alone, of its own instance
        assert is_error_401(browser.ask(site.address("/api/cashback/balance")))
    assert is_error_401(
        browser.ask(
            dev.address("/api/cashback/transfer"), transfer, Content_Type="application/json", Idempotency_Key="2"
        )
    )
    assert rows_of(dev) == before
