"""Fixtures of the ground floor's tests."""

import pytest
from rest_framework.test import APIClient


@pytest.fixture(autouse=True)
def fast_passwords(settings) -> None:
    """Hash passwords quickly: how hard they are to crack is Django's business, not these tests'."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def api() -> APIClient:
    """A client of the API."""
    return APIClient()
