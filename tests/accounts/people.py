"""Businesses and people for tests, made by the services."""

from itertools import count
from typing import Any

from rest_framework.test import APIClient

from accounts import services
from accounts.models import Role, Tenant, User

PASSWORD = "a-quiet-river-7"
_numbers = count(1)


def a_tenant(**fields: Any) -> Tenant:
    """Make a business."""
    number = next(_numbers)
    fields = {"slug": f"business-{number}", "name": f"Business {number}", "currency": "BDT", **fields}
    return services.create_tenant(actor=None, **fields)


def a_user(role: str = Role.ADMIN, tenant: Tenant | None = None, **fields: Any) -> User:
    """Make a person of a business who can log in with PASSWORD."""
    fields = {"email": f"person-{next(_numbers)}@example.com", "name": "Ayesha Khan", "password": PASSWORD, **fields}
    return services.create_user(actor=None, role=role, tenant=tenant or a_tenant(), **fields)


def log_in(user: User, password: str = PASSWORD) -> APIClient:
    """Log in through the API and answer with a client that sends the token."""
    answer = APIClient().post("/api/auth/login", {"email": user.email, "password": password}, format="json")
    assert answer.status_code == 200, answer.content
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {answer.data['token']}")
    return client
