"""Does log-in work? A person is made, logs in, is known, logs out and is unknown again; all of it is taken back."""

import secrets

from rest_framework.test import APIClient

from accounts.ids import new_id
from accounts.models import Tenant
from accounts.roles import Role
from accounts.services import create_user
from operations.management.smoke.found import FAILED, OK, SKIPPED, Asked, Found, as_a_browser, nothing_stays


def log_in(asked: Asked) -> Found:
    """Walk the way of a token."""
    tenant = asked.tenant or Tenant.objects.order_by("slug").first()
    if tenant is None:
        return Found(SKIPPED, "there is no business yet")
    with nothing_stays():
        answers = _way_of_a_token(tenant)
    if answers != [200, 200, 204, 401]:
        return Found(FAILED, f"log in, who am I, log out, who am I answered {answers} instead of [200, 200, 204, 401]")
    return Found(OK, "a token was given, known, revoked and unknown again; all of it was taken back")


def _way_of_a_token(tenant: Tenant) -> list[int]:
    email, password = f"smoke-test-{new_id()}@example.invalid", secrets.token_urlsafe(30)
    create_user(actor=None, email=email, name="Smoke test", role=Role.ADMIN, tenant=tenant, password=password)
    client, said = APIClient(raise_request_exception=False), as_a_browser()
    given = client.post("/api/auth/login", {"email": email, "password": password}, format="json", **said)
    if given.status_code != 200:
        return [given.status_code]
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {given.json()['token']}")
    known = client.get("/api/auth/me", **said)
    ended = client.post("/api/auth/logout", **said)
    unknown = client.get("/api/auth/me", **said)
    return [answer.status_code for answer in (given, known, ended, unknown)]
