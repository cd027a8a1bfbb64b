"""`database_state`: rows and money of every table, and where two moments differ."""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from accounts.models import Tenant
from billing.models import Credit, Customer

pytestmark = [pytest.mark.ground, pytest.mark.django_db, pytest.mark.damages_rows]


def books() -> Customer:
    tenant = Tenant.objects.create(slug="north", name="North", currency="BDT")
    return Customer.objects.create(tenant=tenant, number="C-1", name="Customer", opening_balance_cents=1500)


def terminal(*arguments: str) -> tuple[str, int]:
    out = StringIO()
    try:
        call_command("database_state", *arguments, stdout=out)
    except SystemExit as stopped:
        return out.getvalue(), int(stopped.code)
    return out.getvalue(), 0


def test_every_table_is_counted_and_its_money_summed() -> None:
    books()
    state = json.loads(terminal("--json")[0])
    assert state["tables"]["customers"] == {
        "rows": 1,
        "money": {"opening_balance_cents": 1500, "opening_balance_allocated_cents": 0, "credit_limit_cents": 0},
    }
    assert state["tables"]["tenants"] == {"rows": 1, "money": {}}


def test_currencies_are_never_added() -> None:
    customer = books()
    for currency, cents in (("BDT", 100), ("BDT", 50), ("USD", 7)):
        Credit.objects.create(
            tenant=customer.tenant, customer=customer, reason="goodwill", amount_cents=cents, currency=currency
        )
    money = json.loads(terminal("--json")[0])["tables"]["credits"]["money"]
    assert (money["amount_cents BDT"], money["amount_cents USD"]) == (150, 7)


def test_equal_figures_exit_0(tmp_path: Path) -> None:
    books()
    text, code = terminal("--out", str(tmp_path / "before.json"))
    assert code == 0
    assert f"--compare {tmp_path / 'before.json'}" in text
    text, code = terminal("--compare", str(tmp_path / "before.json"))
    assert code == 0
    assert text.startswith("Equal: ")


def test_differences_are_a_table_and_exit_1(tmp_path: Path) -> None:
    customer = books()
    terminal("--out", str(tmp_path / "before.json"))
    Customer.objects.filter(pk=customer.pk).update(opening_balance_cents=1400)
    Tenant.objects.bulk_create([Tenant(slug="extra", name="Extra", currency="BDT")])
    text, code = terminal("--compare", str(tmp_path / "before.json"))
    rows = [line.split() for line in text.splitlines()]
    assert code == 1
    assert "2 figures differ" in text
    assert ["customers", "opening_balance_cents", "1,500", "1,400", "-100"] in rows
    assert ["tenants", "rows", "1", "2", "+1"] in rows


def test_json_lists_the_differences(tmp_path: Path) -> None:
    customer = books()
    terminal("--out", str(tmp_path / "before.json"))
    Customer.objects.filter(pk=customer.pk).update(opening_balance_cents=1400)
    text, code = terminal("--compare", str(tmp_path / "before.json"), "--json")
    assert code == 1
    assert json.loads(text)["differences"] == [
        {"table": "customers", "figure": "opening_balance_cents", "before": 1500, "after": 1400, "change": -100}
    ]


@pytest.mark.parametrize("content", [None, "{", "[]", '{"tables": 3}'])
def test_figures_that_cannot_be_read_are_refused(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "before.json").write_text(content)
    with pytest.raises(CommandError, match="cannot be read as figures") as refused:
        terminal("--compare", str(tmp_path / "before.json"))
    assert refused.value.returncode == 2


def test_a_file_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a-file").touch()
    with pytest.raises(CommandError, match="Cannot write") as refused:
        terminal("--out", str(tmp_path / "a-file" / "before.json"))
    assert refused.value.returncode == 2
