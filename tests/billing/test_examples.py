"""The worked examples with numbers in the rules are true."""

import doctest
import importlib
import pkgutil

import pytest

import billing.rules
import routes.rules

pytestmark = pytest.mark.routes

MODULES = [
    "accounts.currency",
    "accounts.words",
    "billing.money",
    *(f"billing.rules.{module.name}" for module in pkgutil.iter_modules(billing.rules.__path__)),
    *(f"routes.rules.{module.name}" for module in pkgutil.iter_modules(routes.rules.__path__)),
    "routes.rules",
]
WITH_EXAMPLES = {
    "accounts.currency",
    "accounts.words",
    "billing.money",
    "billing.rules.opening_dues",
    "billing.rules.returned_lines",
    "routes.rules",
}


@pytest.mark.parametrize("module", MODULES)
def test_the_examples_of_a_rule_are_true(module):
    result = doctest.testmod(importlib.import_module(module))
    assert result.failed == 0
    assert result.attempted > 0 or module not in WITH_EXAMPLES
