"""Clients of the API, and short ways to say what they send and hear."""

from typing import Any
from uuid import uuid4

from rest_framework.test import APIClient

from accounts.models import User
from accounts.services import issue_token
from tests import make


def client_of(user: User) -> APIClient:
    """A client that sends this person's token; a defect of ours becomes a 500 and not an exception."""
    _, token = issue_token(actor=user)
    client = APIClient(raise_request_exception=False)
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
    return client


def client_as(role: str, **fields: Any) -> APIClient:
    """A client of a new person of this role."""
    return client_of(make.user(role, **fields))


def post(client: APIClient, path: str, body: Any = None, key: str | None = None) -> Any:
    """POST a JSON body; with an Idempotency-Key when one is given."""
    headers = {"Idempotency-Key": key} if key else {}
    return client.post(path, {} if body is None else body, format="json", headers=headers)


def pay(client: APIClient, key: str | None = None, **body: Any) -> Any:
    """Record a payment, each with a key of its own unless one is given."""
    whole = {"amount_cents": 1000, "channel": "CASH", "received_at": make.NOW.isoformat(), **body}
    return post(client, "/api/billing/payments", whole, key=key or uuid4().hex)


def error_of(response: Any, status: int, code: str | None = None) -> dict[str, Any]:
    """The error of an answer, which has this status and the one shape."""
    assert response.status_code == status, (response.status_code, response.content)
    body = response.json()
    assert set(body) == {"error"}
    assert {"code", "message"} <= set(body["error"]) <= {"code", "message", "fields"}
    assert body["error"]["message"]
    assert code is None or body["error"]["code"] == code, body
    return body["error"]
