"""The demo's instances: each file that INSTANCE_DATABASE_URLS names is a lender's database as it was before cashback."""

import json
from pathlib import Path

import pytest

from tests.cashback.instances import PATIENCE_SECONDS, SIX, known, supporting, tables_of
from tests.environment import ROOT
from tests.processes import Scratch

pytestmark = [pytest.mark.cashback]


def named() -> dict[str, str]:
    """What `.env.example`, and so the `.env` of `make demo`, names."""
    lines = (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()
    [given] = [line.partition("=")[2] for line in lines if line.startswith("INSTANCE_DATABASE_URLS=")]
    return json.loads(given)


def test_the_example_names_prod_dev_and_testing():
    assert named() == {name: f"sqlite:///var/instances/{name}.sqlite3" for name in ("prod", "dev", "testing")}


def test_each_is_built_as_it_was_before_cashback_and_one_that_is_there_is_left(tmp_path: Path, on_postgres: bool):
    if on_postgres:
        pytest.skip("needs SQLite: runs in the first half of `make test`")
    own = Scratch(f"sqlite:///{tmp_path / 'none.sqlite3'}", tmp_path)
    instances = {name: tmp_path / url.removeprefix("sqlite:///") for name, url in named().items()}
    instances["kept"] = tmp_path / "kept.sqlite3"
    instances["kept"].write_bytes(b"whatever it holds")
    addresses = {name: f"sqlite:///{file}" for name, file in instances.items()}
    ended = own.start_function(build, addresses).wait(PATIENCE_SECONDS)
    assert ended.code == 0, ended.err
    kept = instances.pop("kept")
    assert kept.read_bytes() == b"whatever it holds"
    assert ended.out.splitlines() == [f"instance {name}: {file}" for name, file in instances.items()]
    assert sorted(path.name for path in instances["prod"].parent.iterdir()) == sorted(
        file.name for file in instances.values()
    )
    for file in instances.values():
        assert_is_before_cashback(Scratch(f"sqlite:///{file}", tmp_path))
    assert not (tmp_path / "none.sqlite3").exists()


def build(addresses: dict[str, str]) -> None:
    """In a child: what `load_demo` does for these instances."""
    from cashback.demo.instances import load_instances

    known(addresses, "", None)
    load_instances(size="small", seed=1, using="default", ids="time", say=print)


def assert_is_before_cashback(instance: Scratch) -> None:
    """Every other app is complete; loans, payments and trackers are there, and no table of cashback."""
    assert instance.ask("SELECT name FROM django_migrations WHERE app = 'cashback'") == [("0001_lending",)]
    assert not {*SIX, *supporting(instance)} & tables_of(instance)
    for table in ("loan", "loan_payment", "daily_tracker"):
        assert instance.one(f"SELECT COUNT(*) FROM {table}") > 1
