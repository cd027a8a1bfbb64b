"""What tests of subscriptions share by name."""

import pytest


@pytest.fixture
def no_rests(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a backfill on SQLite go on at once after each batch."""
    monkeypatch.setattr("operations.backfill.runner.SQLITE_REST_SECONDS", 0)
