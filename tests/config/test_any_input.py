"""Whatever a client sends, no address answers 5xx, nor anything that the schema does not declare.

Schemathesis makes the requests from the schema, on its borders and just beyond them, for every operation, as an administrator.
"""

from collections.abc import Iterator

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from hypothesis import HealthCheck, settings
from schemathesis import checks

from accounts.services import issue_token
from tests.accounts.people import a_user

pytestmark = [pytest.mark.ground, pytest.mark.django_db]

schema = schemathesis.openapi.from_wsgi("/api/schema", get_wsgi_application())
schema.config.phases.update(phases=["coverage"])  # tests/api/test_schemathesis.py makes up the others
PROMISED = [
    checks.not_a_server_error,
    schemathesis.specs.openapi.checks.status_code_conformance,
    schemathesis.specs.openapi.checks.content_type_conformance,
    schemathesis.specs.openapi.checks.response_schema_conformance,
]


@pytest.fixture
def one_connection() -> Iterator[None]:
    """Keep the test's own connection open across requests: its transaction holds what the test made."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def administrator(db):
    return a_user()


@schema.parametrize()
@settings(
    max_examples=15,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.filter_too_much],
)
def test_every_answer_is_one_that_the_schema_declares(case, one_connection, administrator):
    _, token = issue_token(actor=administrator)
    case.call_and_validate(headers={"Authorization": f"Bearer {token}"}, checks=PROMISED)
