"""The people of cashback who speak to the API, and what they speak about."""

from typing import Any

import pytest

from tests.api.clients import client_of
from tests.api.stage import Stage


@pytest.fixture
def stage(db: None) -> Stage:
    """A business with one of everything."""
    return Stage()


@pytest.fixture
def admin(stage: Stage) -> Any:
    """Its administrator, logged in."""
    return client_of(stage.people["ADMIN"])


@pytest.fixture
def finance(stage: Stage) -> Any:
    """Its bookkeeper, logged in."""
    return client_of(stage.people["FINANCE"])


@pytest.fixture
def customer(stage: Stage) -> Any:
    """Its customer, logged in."""
    return client_of(stage.people["CUSTOMER"])
