"""Logs: one JSON object a line, or words for a developer, with the request and run they belong to, and nobody's e-mail."""

import json
import logging
import os
import re
import subprocess
import sys
import uuid

import pytest
from django.test import Client

from accounts import audit
from accounts.logs import JsonFormatter, TextFormatter
from tests.accounts.people import a_user, log_in
from tests.environment import ROOT

pytestmark = [pytest.mark.ground, pytest.mark.django_db]


def written(event: str, *args: object, **extra: object) -> dict:
    record = logging.LogRecord("roundsman", logging.INFO, "file.py", 1, event, args, None)
    vars(record).update(extra)
    line = JsonFormatter().format(record)
    assert "\n" not in line
    return json.loads(line)


def test_a_line_has_time_level_logger_event_and_its_extras():
    line = written("route %s reconciled", "N-7", variance_cents=-500)
    assert line.pop("time").endswith("+00:00")
    assert line == {
        "level": "INFO",
        "logger": "roundsman",
        "event": "route N-7 reconciled",
        "variance_cents": -500,
    }


def test_a_line_carries_the_request_and_the_run_it_belongs_to():
    run = uuid.uuid4()
    with audit.acting(request_id="request-1", backfill_run=run):
        line = written("batch committed")
    assert (line["request_id"], line["run_id"]) == ("request-1", str(run))
    assert "request_id" not in written("outside")


def test_emails_and_tokens_are_masked_wherever_they_stand():
    token = "rdm_" + "0af3" * 16
    line = json.dumps(
        written(
            "log-in of nadia.khan@example.com",
            header=f"Bearer {token}",
            nested={"to": ["owner@example.com"]},
            checksum="0af3" * 16,
        )
    )
    assert "example.com" not in line
    assert token not in line
    assert "0af3" * 16 in line, "a checksum is not a token"


def test_an_error_line_has_its_traceback_in_the_same_line_masked_too():
    try:
        raise ValueError("no customer nadia@example.com")
    except ValueError:
        record = logging.LogRecord("roundsman", logging.ERROR, "file.py", 1, "failed", (), sys.exc_info())
    line = JsonFormatter().format(record)
    assert "ValueError" in json.loads(line)["exception"]
    assert "nadia" not in line


def test_the_request_itself_is_not_written_since_its_address_may_name_a_person():
    assert "request" not in written("Not Found", request="<WSGIRequest: GET '/api/x?name=Nadia'>", status_code=404)


def test_the_log_in_is_logged_by_id_and_not_by_email(caplog):
    user = a_user()
    with caplog.at_level(logging.INFO, logger="roundsman"):
        log_in(user)
    record = next(record for record in caplog.records if record.getMessage() == "logged_in")
    assert record.user_id == str(user.pk)
    assert user.email not in caplog.text


def readable(logger, event, **extra):
    record = logging.LogRecord(logger, logging.INFO, "file.py", 1, event, (), None)
    vars(record).update(extra, created=0.0)
    return TextFormatter().format(record)


def test_a_developer_reads_one_line_of_words_and_facts():
    with audit.acting(request_id="request-1"):
        line = readable("roundsman.backfill", "batch_committed", rows=500)
    assert re.fullmatch(r"\d\d:\d\d:\d\d INFO roundsman.backfill: batch_committed rows=500 request_id=request-1", line)


def test_the_development_servers_line_is_the_request_alone():
    """Django attaches the whole request, its time and its status: the words say them already."""
    line = readable(
        "django.server", '"GET /healthz HTTP/1.1" 200 19', request=object(), status_code=200, server_time="now"
    )
    assert line.endswith('INFO django.server: "GET /healthz HTTP/1.1" 200 19')


def test_readable_lines_hide_emails_and_tokens_too():
    line = readable("roundsman", "log-in of nadia@example.com", header="rdm_" + "0af3" * 16)
    assert "nadia" not in line and "0af3" not in line


@pytest.mark.parametrize(
    ("debug", "chosen", "written"),
    [("true", None, "text"), ("false", None, "json"), ("true", "json", "json"), ("false", "text", "text")],
)
def test_a_developer_gets_lines_and_a_live_system_json_unless_asked_otherwise(debug, chosen, written):
    """The whole program in a process of its own, as it starts."""
    script = (
        "import django, logging; django.setup();"
        "logging.getLogger('django.server').info('asked'); logging.getLogger('roundsman').info('done', extra={'rows': 5})"
    )
    environment = {name: value for name, value in os.environ.items() if name != "LOG_FORMAT"}
    environment |= {"DEBUG": debug, "DJANGO_SETTINGS_MODULE": "config.settings", "LOG_LEVEL": "INFO"}
    environment |= {"LOG_FORMAT": chosen} if chosen else {}
    ended = subprocess.run([sys.executable, "-c", script], cwd=ROOT, env=environment, capture_output=True, text=True)
    asked, done = ended.stderr.splitlines()
    if written == "json":
        assert json.loads(asked)["event"] == "asked"
        assert json.loads(done)["rows"] == 5
    else:
        assert asked.endswith("INFO django.server: asked")
        assert done.endswith("INFO roundsman: done rows=5")


@pytest.mark.parametrize("offered", ["from-the-phone-1", "0193a7c0-0000-7000-8000-000000000001"])
def test_a_wellformed_request_id_is_taken_and_answered(offered):
    answer = Client().get("/healthz", headers={"X-Request-ID": offered})
    assert answer["X-Request-ID"] == offered


@pytest.mark.parametrize("offered", ["", "short", "x" * 65, "with space", "line\u2028break", "<script>alert(1)"])
def test_any_other_request_id_is_replaced_by_our_own(offered):
    answer = Client().get("/healthz", headers={"X-Request-ID": offered})
    assert uuid.UUID(answer["X-Request-ID"])


def test_two_requests_have_two_ids_and_nothing_is_left_behind():
    client = Client()
    assert client.get("/healthz")["X-Request-ID"] != client.get("/healthz")["X-Request-ID"]
    assert audit.current().request_id == ""
