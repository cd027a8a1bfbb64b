"""/healthz says that the process lives, /readyz that it can serve: database reachable, migrations applied."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.db.migrations.recorder import MigrationRecorder

pytestmark = [pytest.mark.ground, pytest.mark.django_db]
ROOT = Path(__file__).resolve().parents[2]


def test_healthz_answers_without_asking_the_database(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert client.get("/healthz").json() == {"status": "alive"}


def test_readyz_answers_when_the_database_has_every_migration(client):
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ready"})


def test_readyz_names_a_missing_migration_and_the_cure(client):
    MigrationRecorder.Migration.objects.filter(app="routes").delete()
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["error"]["code"] == "not_ready"
    assert "routes.0001_initial" in answer.json()["error"]["message"]
    assert "manage.py migrate" in answer.json()["error"]["message"]


@pytest.mark.parametrize("address", ["postgres://nobody:geheim@127.0.0.1:1/none", "sqlite:////nowhere/at/all.sqlite3"])
def test_readyz_says_that_the_database_does_not_answer_while_healthz_is_well(address):
    program = (
        "import django; django.setup()\n"
        "from django.test import Client\n"
        "for path in ('/healthz', '/readyz'):\n"
        "    answer = Client().get(path)\n"
        "    print(answer.status_code, answer.content.decode())"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": address, "DJANGO_SETTINGS_MODULE": "config.settings"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    alive, ready = ended.stdout.splitlines()
    assert alive.startswith("200")
    assert ready.startswith("503")
    assert "The database does not answer" in ready
    assert "geheim" not in ended.stdout


def test_both_stay_on_plain_http_for_the_load_balancer(client, settings):
    settings.SECURE_SSL_REDIRECT = True
    assert client.get("/healthz").status_code == 200
    assert client.get("/readyz").status_code == 200
    assert client.get("/api/docs").status_code == 301
