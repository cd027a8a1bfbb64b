"""Where one of some words is expected, the refusal of another names them all."""

from collections.abc import Iterator

import pytest
from django.urls import get_resolver
from rest_framework.serializers import ChoiceField, Field, ValidationError

from accounts.api.fields import StrictSerializer
from tests.api.clients import client_as, error_of, pay

pytestmark = [pytest.mark.routes, pytest.mark.django_db]

WITH_EVERY_MODULE_OF_THE_API = get_resolver().url_patterns


def choices(form: type[StrictSerializer] = StrictSerializer) -> Iterator[tuple[str, ChoiceField]]:
    """Each key of each form and query that takes one of some words, alone or in a list."""
    for known in form.__subclasses__():
        if known.__module__.startswith("tests."):
            continue
        for name, key in known().fields.items():
            field: Field = getattr(key, "child", key)
            if isinstance(field, ChoiceField):
                yield f"{known.__name__}.{name}", field
        yield from choices(known)


@pytest.mark.parametrize(("key", "field"), [pytest.param(key, field, id=key) for key, field in choices()])
def test_the_refusal_of_an_unknown_word_names_every_word_that_is_known(key, field):
    with pytest.raises(ValidationError) as refused:
        field.run_validation("FOO")
    [words] = refused.value.detail
    assert "FOO" in words
    assert [word for word in map(str, field.choices) if word not in words] == []


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/api/billing/payments?status=FOO", "INITIATED, PENDING, SUCCEEDED, FAILED, REVERSED, REFUNDED"),
        ("/api/billing/sales?status=FOO", "PENDING, BILLED, COMPLETED, CANCELLED"),
        ("/api/billing/admin/finance/summary?period=FOO", "YEAR_TO_DATE, ALL_TIME, LAST_12_MONTHS, CURRENT_MONTH"),
        ("/api/billing/invoices/tenant?sort=FOO", "number, -number"),
    ],
)
def test_a_filter_says_what_it_takes(path, allowed):
    [words] = [word for field in error_of(client_as("ADMIN").get(path), 400)["fields"].values() for word in field]
    assert allowed in words


def test_a_body_says_what_it_takes():
    error = error_of(pay(client_as("FINANCE"), channel="BARTER"), 400)
    assert "CASH, BANK_TRANSFER" in error["fields"]["channel"][0]
