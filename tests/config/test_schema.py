"""The schema says everything that the API can answer, and the manual made from it needs no internet."""

import json
import re

import pytest
from django.core.management import call_command
from django.urls import path as address
from drf_spectacular.generators import SchemaGenerator
from rest_framework import serializers
from rest_framework.views import APIView

from accounts.api.idempotency import idempotent
from config.api.docs import example, groups

pytestmark = [pytest.mark.ground, pytest.mark.django_db]


@pytest.fixture
def schema(client) -> dict:
    return client.get("/api/schema").json()


def test_the_schema_has_no_warnings():
    call_command("spectacular", "--validate", "--fail-on-warn", "--file", "/dev/null")


def test_anyone_may_read_the_schema(client):
    answer = client.get("/api/schema", HTTP_AUTHORIZATION="Bearer stale")
    assert answer.status_code == 200
    assert json.loads(answer.content)["openapi"].startswith("3.")


def test_every_operation_declares_the_errors_that_it_can_give(schema):
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            answers = set(operation["responses"])
            assert "400" in answers, (method, path)
            if operation.get("security") == [{"bearer": []}]:
                assert {"401", "403"} <= answers, (method, path)
            if "{" in path:
                assert "404" in answers, (method, path)
            if method == "post":
                assert {"409", "413", "415", "422", "503"} <= answers, (method, path)


def test_every_error_answer_has_the_one_shape(schema):
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            for code, answer in operation["responses"].items():
                if code >= "400":
                    shape = answer["content"]["application/json"]["schema"]
                    assert shape == {"$ref": "#/components/schemas/Error"}, (method, path, code)


def test_the_log_in_needs_no_token_and_everything_else_does(schema):
    assert "security" not in schema["paths"]["/api/auth/login"]["post"]
    assert schema["paths"]["/api/auth/me"]["get"]["security"] == [{"bearer": []}]


class Empty(serializers.Serializer):
    pass


class MovesMoney(APIView):
    serializer_class = Empty

    @idempotent
    def post(self, request):
        """Move it."""


def test_an_operation_that_moves_money_asks_for_its_key_in_the_schema_and_in_the_manual():
    generator = SchemaGenerator(patterns=[address("api/moves", MovesMoney.as_view())])
    schema = generator.get_schema(public=True)
    (parameter,) = schema["paths"]["/api/moves"]["post"]["parameters"]
    assert (parameter["name"], parameter["in"], parameter["required"]) == ("Idempotency-Key", "header", True)
    assert "Idempotency-Key" in groups(schema)["moves"][0]["curl"]


def test_the_manual_shows_every_operation_of_the_schema(client, schema):
    page = client.get("/api/docs").content.decode()
    for path, operations in schema["paths"].items():
        assert f"<code>{path}</code>" in page
        for operation in operations.values():
            assert f'id="{operation["operationId"]}"' in page


def test_the_manual_loads_nothing_from_elsewhere(client):
    page = client.get("/api/docs").content.decode()
    loaded = re.findall(r'(?:src|href)="([^"]+)"', page) + re.findall(r"url\(([^)]+)\)|@import", page)
    assert all(address.startswith(("#", "/")) for address in loaded), loaded


def test_the_manuals_curl_lines_send_what_the_schema_asks_for(schema):
    log_in = next(item for item in groups(schema)["auth"] if item["path"] == "/api/auth/login")
    assert log_in["curl"] == (
        'curl -X POST "$HOST/api/auth/login" \\\n'
        "  -H 'Content-Type: application/json' \\\n"
        '  -d \'{"email": "text", "password": "text"}\''
    )
    assert json.loads(log_in["body"]) == {"email": "text", "password": "text"}


def test_the_manual_shows_what_a_request_is_answered(schema):
    log_in = next(item for item in groups(schema)["auth"] if item["path"] == "/api/auth/login")
    answers = {answer["code"]: answer for answer in log_in["answers"]}
    assert list(answers) == sorted(answers)
    assert set(json.loads(answers["200"]["example"])) == {"token", "expires_at", "user"}
    assert answers["429"]["description"] == "Too many wrong passwords: wait."


def test_an_example_of_a_schema_that_contains_itself_ends():
    schema = {"components": {"schemas": {"Node": {"properties": {"next": {"$ref": "#/components/schemas/Node"}}}}}}
    assert "next" in example(schema, {"$ref": "#/components/schemas/Node"})


def test_no_address_of_the_api_ends_in_a_slash(schema):
    assert not [path for path in schema["paths"] if path.endswith("/")]
