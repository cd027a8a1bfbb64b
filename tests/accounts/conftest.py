"""Fixtures of the ground floor's tests."""

import pytest
from rest_framework.test import APIClient


@pytest.fixture
def api() -> APIClient:
    """A client of the API."""
    return APIClient()
