"""`require_untouched`: one row or one definition of another table that changed, and the change is refused."""

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import connection

from operations.untouched import SomethingElseChanged, new_rows, require_untouched, standing
from tests import make

pytestmark = [pytest.mark.ground, pytest.mark.django_db]


def say(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.fixture
def before():
    make.tenant()
    return standing(connection, but=["made_now"])


def refusal(before) -> str:
    with pytest.raises(SomethingElseChanged) as refused:
        require_untouched(before, standing(connection, but=["made_now"]))
    assert "Nothing was changed." in refused.value.message
    return refused.value.message


def test_a_table_that_was_meant_to_be_made_is_no_change(before):
    say("CREATE TABLE made_now (id integer)")
    require_untouched(before, standing(connection, but=["made_now"]))


def test_a_row_more_is_seen(before):
    make.tenant("other")
    assert "tenants: 2 rows, before 1" in refusal(before)


@pytest.mark.damages_rows
def test_a_value_that_changed_is_seen(before):
    say("UPDATE tenants SET name = 'Changed'")
    assert "tenants: 1 rows as expected, but their content differs" in refusal(before)


def test_a_table_more_is_seen(before):
    say("CREATE TABLE made_besides (id integer)")
    assert "made_besides: was not there" in refusal(before)


def test_an_index_that_went_is_seen(before):
    say("DROP INDEX loans_newest_first")
    assert "loan: its " in refusal(before)


def test_a_row_of_djangos_own_tables_that_went_is_seen_and_a_new_one_is_told(before):
    ContentType.objects.create(app_label="made", model="now")
    after = standing(connection, but=["made_now"])
    require_untouched(before, after)
    assert new_rows(before, after) == {"django_content_type": ["made.now"]}
    say("DELETE FROM django_migrations WHERE app = 'cashback' AND name = '0001_lending'")
    assert "django_migrations: cashback.0001_lending is gone, or changed" in refusal(before)
