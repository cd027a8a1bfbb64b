"""Every command in the documentation is run, in the order in which a reader meets it, and prints what the page says."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.expected import Memory
from tests.docs.pages import ROOT, name_of, pages, steps
from tests.migrated import copy_migrated_to
from tests.processes import drop_database, parts_of

pytestmark = [pytest.mark.ground]

WITH_STEPS = [page for page in pages() if steps(page.read_text(encoding="utf-8"))]
WITH_INSTANCES = {"README.md", "cashback-migration.md"}  # they take the demo half a minute more
ON_POSTGRES = [page for page in WITH_STEPS if page.name == "payment-route-backfill.md"]


@pytest.fixture
def scratch_server() -> Iterator[str]:
    """The address of a migrated database without a row on the tests' PostgreSQL, removed afterwards."""
    place, _, rest = parts_of(os.environ["DATABASE_URL"])
    address = f"{place}/docs_{os.getpid()}{rest}"
    copy_migrated_to(address)
    yield address
    drop_database(address)


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory) -> Path:
    """A SQLite database with every migration, made once: only the README begins with none."""
    folder = tmp_path_factory.mktemp("docs")
    copy_migrated_to(in_file(folder))
    return folder / "roundsman.sqlite3"


def in_file(scratch: Path) -> str:
    """The address of the SQLite file of a page."""
    return f"sqlite:///{scratch}/roundsman.sqlite3"


def environment(scratch: Path, address: str) -> dict[str, str]:
    """What an operator's shell would hold: nothing of the test run but where programs are."""
    given = {
        "DATABASE_URL": address,
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "READ_DOTENV": "false",
        "DEBUG": "true",
        "LOG_LEVEL": "WARNING",
        "BACKUP_DIR": str(scratch / "backups"),
        "BROKER_DIR": str(scratch / "broker"),
    }
    usual = ("PATH", "HOME", "LANG", "TMPDIR", "PG_BIN")
    return {name: os.environ[name] for name in usual if name in os.environ} | given


def instances(scratch: Path) -> dict[str, str]:
    """The setting that names an instance, which the demo builds as it was before cashback."""
    return {"INSTANCE_DATABASE_URLS": json.dumps({"prod": f"sqlite:///{scratch}/instances/prod.sqlite3"})}


def follow(page: Path, scratch: Path, address: str) -> subprocess.CompletedProcess[str]:
    """Follow a page in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "tests.docs.operator", str(page), str(scratch)],
        cwd=ROOT,
        env=environment(scratch, address) | (instances(scratch) if page.name in WITH_INSTANCES else {}),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
    )


@pytest.mark.parametrize("page", WITH_STEPS, ids=name_of)
def test_a_page_can_be_followed_to_the_letter(page, tmp_path, on_postgres, request):
    if on_postgres:
        pytest.skip("the pages describe a fresh machine with SQLite: runs in the first half of `make test`")
    if page.name != "README.md":
        shutil.copy(request.getfixturevalue("empty_database"), tmp_path)
    done = follow(page, tmp_path, in_file(tmp_path))
    assert done.returncode == 0, f"{name_of(page)}\n{done.stdout}\n{done.stderr[-3000:]}"


@pytest.mark.parametrize("page", ON_POSTGRES, ids=name_of)
def test_the_runbook_of_the_main_job_can_be_followed_on_postgresql(page, tmp_path, postgres, scratch_server):
    done = follow(page, tmp_path, scratch_server)
    assert done.returncode == 0, f"{name_of(page)}\n{done.stdout}\n{done.stderr[-3000:]}"


def test_a_wrong_figure_in_a_page_is_seen():
    memory = Memory()
    assert memory.agrees("written 120 in 0.1 s", "written 120 in 7.35 s")
    assert not memory.agrees("written 120 in 0.1 s", "written 121 in 0.1 s")


def test_an_id_of_a_page_stands_for_the_real_one_from_then_on():
    memory = Memory()
    written, real = "01a1fbfe-26f4-722e-99df-1a50affafa6e", "01a1fc00-f45c-7469-9ccc-40a679403c56"
    assert memory.agrees(f"run {written} succeeded …", f"run {real} succeeded and more")
    assert memory.real(f"backfill_runs undo {written}") == f"backfill_runs undo {real}"
    assert not memory.agrees(f"run {written}", f"run {written}")
