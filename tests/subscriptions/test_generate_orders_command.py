"""`manage.py generate_orders`: what it prints, to the letter, and how it ends."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from routes.services import create_round
from subscriptions import services
from subscriptions.models import DailyOrder
from tests import make

pytestmark = [pytest.mark.dairy, pytest.mark.django_db]


def run(*words, date=None, tenant="distro"):
    out, err = StringIO(), StringIO()
    day = date or str(timezone.localdate())
    try:
        call_command(
            "generate_orders", "--tenant", tenant, "--date", day, *words, stdout=out, stderr=err, no_color=True
        )
    except SystemExit as ended:
        return ended.code, out.getvalue(), err.getvalue()
    return 0, out.getvalue(), err.getvalue()


@pytest.fixture
def round_of_milk():
    north = create_round(actor=None, tenant=make.tenant(), name="North", slots=["morning"])
    make.standing_order(of=make.customer(round=north), slot="morning")
    return make.standing_order("1.5", of=make.customer(name="Mrs Rahman"), product=make.product(code="MILK"))


def test_a_dry_run_says_what_would_be_done_and_does_nothing(round_of_milk):
    today = timezone.localdate()
    code, out, err = run("--dry-run")
    assert (code, err) == (0, "")
    assert out == (
        f"Orders of Distro for {today:%A %-d %B %Y}, a dry run: nothing is written\n\n          2  to create\n"
    )
    assert not DailyOrder.objects.exists()


def test_it_says_what_it_did_and_a_second_run_that_all_is_well(round_of_milk):
    today = timezone.localdate()
    assert run()[:2] == (0, f"Orders of Distro for {today:%A %-d %B %Y}\n\n          2  created\n")
    assert run()[1].splitlines()[2:] == ["          0  created", "          2  as they should be"]


def test_who_is_left_out_is_named_and_asks_for_a_person(round_of_milk):
    services.set_product_active(actor=None, product=round_of_milk.product, is_active=False, reason="sold out")
    code, out, _ = run()
    assert code == 1
    assert out.splitlines()[2:] == [
        "          1  created",
        "          1  standing orders left out: product inactive",
        "             Mrs Rahman, 1.5 Milk: product inactive",
    ]


def test_one_round_and_slot_as_json(round_of_milk):
    code, out, err = run("--round", "North", "--slot", "morning", "--json")
    said = json.loads(out)
    assert (code, err, said["tenant"], said["round"], said["slot"]) == (0, "", "distro", "North", "morning")
    assert (said["created"], said["left_out"], said["examples"], said["dry_run"]) == (1, {}, [], False)


@pytest.mark.parametrize(
    ("words", "fields", "says"),
    [
        ([], {"tenant": "nobody"}, "nobody"),
        ([], {"date": "31.1.2026"}, "write a day such as"),
        ([], {"date": "1990-01-01"}, "days from today"),
        (["--round", "South"], {}, "Known: North"),
        (["--round", "North", "--slot", "noon"], {}, "goes: morning"),
    ],
)
def test_what_is_wrong_is_refused_with_exit_code_2(round_of_milk, words, fields, says):
    with pytest.raises(CommandError, match=says) as refused:
        run(*words, **fields)
    assert refused.value.returncode == 2
    assert not DailyOrder.objects.exists()
