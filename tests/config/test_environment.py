"""Settings: a bad value stops the start in words (what, where, cure), never with a traceback, never showing a secret."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from config.environment import parse_database, unreachable_database

pytestmark = pytest.mark.ground
ROOT = Path(__file__).resolve().parents[2]


def run(*command: str, **changes: str | None) -> subprocess.CompletedProcess[str]:
    """Start the program with changed settings; None takes a setting away."""
    environment = {**os.environ, **{name: value for name, value in changes.items() if value is not None}}
    for name, value in changes.items():
        if value is None:
            environment.pop(name, None)
    return subprocess.run(
        [sys.executable, *command], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60
    )


BAD_VALUES = [
    ("DEBUG", "maybe", "neither true nor false"),
    ("BEHIND_HTTPS", "ja", "neither true nor false"),
    ("SECRET_KEY", None, "missing or shorter than 32 characters"),
    ("SECRET_KEY", "short", "missing or shorter than 32 characters"),
    ("DATABASE_URL", "roundsman", "does not begin with postgres:// or sqlite:///"),
    ("DATABASE_URL", "mysql://root@localhost/shop", "not a database that Roundsman runs on"),
    ("DATABASE_URL", "postgres://user:geheim@host:port/name", "cannot be read"),
    ("DATABASE_URL", "postgres://user:geheim@host:5432/", "names no database"),
    ("DATABASE_URL", "sqlite://:memory:", "names no database or file"),
    ("INSTANCE_DATABASE_URLS", '{"north": "geheim"', "a JSON object"),
    ("INSTANCE_DATABASE_URLS", '["postgres://u:geheim@h/n"]', "a JSON object"),
    ("INSTANCE_DATABASE_URLS", '{"north": 7}', "a JSON object"),
    ("INSTANCE_DATABASE_URLS", '{"north": "oracle://u:geheim@h/n"}', "not a database that Roundsman runs on"),
    ("INSTANCE_DATABASE_URLS", '{"default": "postgres://u:geheim@h/n"}', "belongs to DATABASE_URL"),
    ("PAYOUT_KEYS", None, "it is missing"),
    ("PAYOUT_KEYS", " , ", "it is missing"),
    ("PAYOUT_KEYS", "geheim", "key 1 of 1 is no key"),
    ("PAYOUT_KEYS", "Zm9yLXRlc3RzLW9ubHktYW5kLW5vdGhpbmctZWxzZSE=,geheim", "key 2 of 2 is no key"),
    ("PAYOUT_KEYS", "Zm9yLXRlc3RzLW9ubHk=", "key 1 of 1 is no key"),
    ("TIME_ZONE", "Mars/Base", "not a time zone"),
    ("TIME_ZONE", "", "not a time zone"),
    ("TOKEN_HOURS", "twelve", "not a whole number"),
    ("TOKEN_HOURS", "0", "0 is below 1"),
    ("LOGIN_FAILURE_LIMIT", "5.5", "not a whole number"),
    ("LOGIN_COOLOFF_MINUTES", "-1", "-1 is below 1"),
    ("PROXY_COUNT", "one", "not a whole number"),
    ("MAX_BODY_BYTES", "10", "10 is below 1024"),
    ("BACKUP_MAX_AGE_HOURS", "soon", "not a whole number"),
    ("BACKFILL_STALE_SECONDS", "0", "0 is below 1"),
    ("LOG_LEVEL", "LOUD", "'LOUD' is not a log level"),
    ("LOG_FORMAT", "xml", "'xml' is not a format of logs"),
    ("EMAIL_URL", "mail.example.com:geheim", "an address such as smtp://"),
    ("EMAIL_URL", "smtp://user:geheim@host:port", "an address such as smtp://"),
    ("ADMINS", "owner@example.com,nobody", "'nobody' is not an e-mail address"),
    ("CSRF_TRUSTED_ORIGINS", "office.example.com", "'office.example.com' is not an origin. Write scheme and host"),
    ("CSRF_TRUSTED_ORIGINS", "https://office.example.com,*.example.com", "'*.example.com' is not an origin"),
    ("CSRF_TRUSTED_ORIGINS", "https://office.example.com/", "is not an origin"),
    ("CELERY_BROKER_URL", "localhost:geheim", "not the address of a queue"),
]


@pytest.mark.parametrize(
    ("name", "value", "fact"), BAD_VALUES, ids=[f"{name}={value}" for name, value, _ in BAD_VALUES]
)
def test_a_bad_value_stops_the_start_and_says_what_where_and_cure(name, value, fact):
    ended = run("manage.py", "version", **{name: value})
    assert ended.returncode == 2
    assert ended.stderr.startswith(name), ended.stderr
    assert fact in ended.stderr
    assert "Set it in the environment or in " in ended.stderr
    assert ended.stderr.count("\n") == 1, "the message alone: no traceback"
    assert "geheim" not in ended.stderr + ended.stdout, "a password was shown"


def test_the_web_server_stops_as_quietly():
    ended = run("-c", "import config.wsgi", TOKEN_HOURS="twelve")
    assert ended.returncode == 2
    assert ended.stderr.startswith("TOKEN_HOURS: 'twelve' is not a whole number.")
    assert ended.stderr.count("\n") == 1


def test_the_example_names_exactly_the_settings_that_are_read():
    source = (ROOT / "config" / "settings.py").read_text()
    read = set(re.findall(r'(?:env\.\w+|read\w*)\(\s*"([A-Z_]+)"', source)) - {
        "READ_DOTENV"
    }  # it cannot stand in `.env`
    named = set(re.findall(r"^#?([A-Z_]+)=", (ROOT / ".env.example").read_text(), flags=re.MULTILINE))
    assert named == read


def test_a_relative_sqlite_file_lies_in_the_project_wherever_a_command_starts(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert parse_database("DATABASE_URL", "sqlite:///var/one.sqlite3")["NAME"] == str(ROOT / "var" / "one.sqlite3")
    assert parse_database("DATABASE_URL", f"sqlite:///{tmp_path}/one.sqlite3")["NAME"] == f"{tmp_path}/one.sqlite3"


def test_settings_alone_read_the_environment():
    doors = {"manage.py", "config/wsgi.py", "config/celery.py"}  # they say which settings module
    readers = {
        str(path.relative_to(ROOT))
        for folder in ("accounts", "operations", "routes", "billing", "subscriptions", "cashback", "config")
        for path in (ROOT / folder).rglob("*.py")
        if re.search(r"os\.environ\[|os\.environ\.get\((?!\"PATH\")|os\.getenv|environ\.Env\(", path.read_text())
    }
    assert readers - doors == {"config/environment.py"}


def test_the_deploy_check_is_clean_with_production_settings():
    ended = run(
        *("manage.py", "check", "--deploy", "--fail-level", "WARNING"),
        DEBUG="false",
        BEHIND_HTTPS="true",
        SECRET_KEY="Zm9yLXRlc3RzLW9ubHkt" * 4,
        ALLOWED_HOSTS="office.example.com",
        CSRF_TRUSTED_ORIGINS="https://office.example.com",
    )
    assert ended.returncode == 0, ended.stderr
    assert "no issues" in ended.stdout


def test_an_unreachable_server_is_said_in_words_with_exit_code_2():
    ended = run("manage.py", "migrate", DATABASE_URL="postgres://nobody:geheim@127.0.0.1:1/none")
    assert ended.returncode == 2
    assert ended.stderr.strip().splitlines()[-1].startswith("DATABASE_URL: the database does not answer")
    assert "Traceback" not in ended.stderr
    assert "geheim" not in ended.stderr


def test_a_sqlite_file_in_a_folder_that_is_not_there_is_said_in_words(tmp_path):
    ended = run("manage.py", "migrate", DATABASE_URL=f"sqlite:///{tmp_path}/missing/file.sqlite3")
    assert ended.returncode == 2
    assert "a SQLite file needs a folder" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_any_other_database_error_keeps_its_own_words():
    assert unreachable_database(Exception("no such table: users")) == ""


def test_sqlite_takes_one_writer_from_the_start_and_a_file_of_its_own_for_tests():
    database = parse_database("DATABASE_URL", "sqlite:////srv/shop.sqlite3")
    assert database["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    assert database["TEST"]["NAME"] == "/srv/shop.sqlite3.test"
