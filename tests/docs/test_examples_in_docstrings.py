"""The worked examples in docstrings are true."""

import doctest
import importlib
from pathlib import Path

import pytest

pytestmark = [pytest.mark.ground]

ROOT = Path(__file__).parents[2]
APPS = ("accounts", "operations", "billing", "routes", "subscriptions")


def modules() -> list[str]:
    """Every module with an example."""
    with_examples = (file for app in APPS for file in (ROOT / app).rglob("*.py") if ">>> " in file.read_text())
    return [".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__") for file in with_examples]


def test_every_example_is_true():
    results = {name: doctest.testmod(importlib.import_module(name)) for name in modules()}
    assert {name: result.failed for name, result in results.items() if result.failed} == {}
    assert {name for name, result in results.items() if not result.attempted} == set()
    assert {"billing.rules.invoice_status", "subscriptions.rules.overage"} <= results.keys()
