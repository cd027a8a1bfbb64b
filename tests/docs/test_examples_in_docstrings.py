"""The worked examples in docstrings are true."""

import doctest
import importlib
import pkgutil
from collections.abc import Iterator

import pytest

pytestmark = [pytest.mark.ground]

WITH_EXAMPLES = (
    "accounts.lockout",
    "billing.money",
    "billing.rules",
    "routes.rules",
    "operations.backfill.control",
    "operations.backfill.pace",
    "operations.backfill.progress",
)


def modules() -> Iterator[str]:
    """These modules and everything in those that are folders."""
    for name in WITH_EXAMPLES:
        yield name
        for entry in pkgutil.iter_modules(getattr(importlib.import_module(name), "__path__", [])):
            yield f"{name}.{entry.name}"


def test_every_example_in_a_rule_is_true():
    results = {name: doctest.testmod(importlib.import_module(name)) for name in modules()}

    assert {name: result.failed for name, result in results.items() if result.failed} == {}
    assert results["billing.money"].attempted >= 2
    assert sum(result.attempted for result in results.values()) >= 15
