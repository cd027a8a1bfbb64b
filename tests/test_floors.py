"""The floors hold where no import checker looks: foreign keys, money columns, and the names that the database speaks."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.apps import apps
from django.db import models
from django.db.models import Model

from tests.floors import FLOORS, may_point_to

pytestmark = pytest.mark.ground
ROOT = Path(__file__).resolve().parent.parent

OURS = [model for model in apps.get_models() if model._meta.app_label in FLOORS]
ROWS = [model for model in OURS if not hasattr(model, "history_type")]
MONEY = [model for model in ROWS if any(field.name.endswith("_cents") for field in model._meta.concrete_fields)]


def by_label(model: type[Model]) -> str:
    return model._meta.label


def foreign_keys(model: type[Model]) -> list[models.ForeignKey]:
    return [field for field in model._meta.concrete_fields if isinstance(field, models.ForeignKey)]


def test_the_walk_finds_the_tables():
    assert {"billing.Payment", "routes.Route", "operations.BackfillRun", "accounts.User"} <= {by_label(m) for m in ROWS}
    assert {"billing.Payment", "billing.Sale", "billing.Allocation"} <= {by_label(model) for model in MONEY}


@pytest.mark.parametrize(
    ("app", "other", "allowed"),
    [
        ("billing", "billing", True),
        ("billing", "routes", True),
        ("routes", "billing", False),
        ("cashback", "billing", True),
        ("cashback", "subscriptions", False),
        ("subscriptions", "cashback", False),
        ("accounts", "operations", False),
    ],
)
def test_may_point_to(app, other, allowed):
    assert may_point_to(app, other) is allowed


@pytest.mark.parametrize("model", OURS, ids=by_label)
def test_foreign_keys_point_to_the_same_floor_or_a_lower_one(model):
    for field in foreign_keys(model):
        other = field.related_model._meta.app_label
        if other in FLOORS:
            assert may_point_to(model._meta.app_label, other), f"{model._meta.label}.{field.name} points up to {other}"


@pytest.mark.parametrize("model", OURS, ids=by_label)
def test_a_lower_floor_does_not_learn_the_names_of_higher_ones_through_related_names(model):
    for field in foreign_keys(model):
        if field.related_model._meta.app_label != model._meta.app_label:
            assert field.remote_field.related_name == "+", f"{model._meta.label}.{field.name} needs related_name='+'"


@pytest.mark.parametrize("model", MONEY, ids=by_label)
def test_money_has_a_history_or_is_never_changed(model):
    protections = ("history", "is_append_only", "is_frozen", "is_running_total")
    assert any(getattr(model, protection, False) for protection in protections)


@pytest.mark.parametrize("model", MONEY, ids=by_label)
def test_money_is_whole_cents_and_lives_on_a_money_floor(model):
    assert model._meta.app_label in {"billing", "subscriptions", "cashback"}
    for field in model._meta.concrete_fields:
        if field.name.endswith("_cents"):
            assert isinstance(field, models.BigIntegerField), f"{model._meta.label}.{field.name}"


@pytest.mark.parametrize("model", ROWS, ids=by_label)
def test_money_is_never_a_float_and_never_a_bare_amount(model):
    for field in model._meta.concrete_fields:
        assert not re.fullmatch(r"amount|price|total|balance|cost", field.name), f"{model._meta.label}.{field.name}"
        if isinstance(field, models.FloatField):
            assert field.name.endswith("_seconds"), f"{model._meta.label}.{field.name} is a float"


@pytest.mark.parametrize("model", OURS, ids=by_label)
def test_constraints_and_indexes_are_named_in_words(model):
    for item in [*model._meta.constraints, *model._meta.indexes]:
        assert re.fullmatch(r"[a-z]+(_[a-z0-9]+)+", item.name), item.name
        assert not re.search(r"_[0-9a-f]{6,}(_|$)", item.name), f"{item.name} is a generated name"
    assert not model._meta.unique_together, "use a named UniqueConstraint"


def test_the_import_contracts_hold():
    ended = subprocess.run([sys.executable, "-m", "tests.floors"], cwd=ROOT, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout + ended.stderr == ""


def test_a_broken_contract_is_said_in_words_with_exit_code_1(tmp_path):
    """A copy of the source in which routes reaches up to billing."""
    for package in ("config", *FLOORS, "tests"):
        (tmp_path / package).symlink_to(ROOT / package)
    (tmp_path / "routes").unlink()
    shutil.copytree(ROOT / "routes", tmp_path / "routes")
    (tmp_path / "routes" / "__init__.py").write_text("import billing.money\n")
    (tmp_path / "pyproject.toml").write_text((ROOT / "pyproject.toml").read_text())
    program = (
        "from pathlib import Path; from tests import floors; floors.ROOT = Path('.'); raise SystemExit(floors.main())"
    )
    ended = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True)
    assert ended.returncode == 1
    assert "routes is not allowed to import billing" in ended.stderr
    assert "Move the line down a floor" in ended.stderr
