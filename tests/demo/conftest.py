"""Loads the demo for a test, and counts its rows."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import call_command


@pytest.fixture
def load(db: None) -> Callable[..., str]:
    """Load a demo as an operator does, and give what the command printed."""
    from io import StringIO

    def command(**options: Any) -> str:
        printed = StringIO()
        call_command("load_demo", stdout=printed, **{"force": True, **options})
        return printed.getvalue()

    return command


@pytest.fixture
def small_demo(load: Callable[..., str]) -> str:
    """The small demo, loaded; what the command printed."""
    return load()


@pytest.fixture
def large_demo(load: Callable[..., str]) -> str:
    """The large demo at a two-hundredth of its size."""
    return load(size="large", payments=5000)
