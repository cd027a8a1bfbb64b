"""Fixtures of the admin's tests: a business with rows everywhere, and people who log in."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache
from django.db.models import Model
from django.test import Client

from accounts.models import User
from tests import make
from tests.admin.business import a_business


@pytest.fixture
def rows() -> dict[type[Model], Model]:
    """One row of every table, of the business `distro`."""
    return a_business()


@pytest.fixture
def foreign_rows() -> dict[type[Model], Model]:
    """The same of another business."""
    return a_business("elsewhere")


@pytest.fixture
def as_user() -> Callable[[User], Client]:
    """A browser in which this person is logged in."""

    def log_in(user: User) -> Client:
        client = Client(raise_request_exception=True)
        client.force_login(user, backend="accounts.permissions.RoleBackend")
        return client

    return log_in


@pytest.fixture
def owner(as_user: Any) -> Client:
    """A superuser's browser."""
    return as_user(make.superuser())


@pytest.fixture
def manager(as_user: Any) -> Client:
    """The browser of an administrator of `distro`."""
    return as_user(make.user("ADMIN", is_staff=True))


@pytest.fixture
def bookkeeper(as_user: Any) -> Client:
    """The browser of somebody in finance of `distro`, who may look at everything and change nothing."""
    return as_user(make.user("FINANCE", is_staff=True))


@pytest.fixture(autouse=True)
def empty_cache() -> None:
    """The home page keeps its sums for a minute; no test sees those of another."""
    cache.clear()
