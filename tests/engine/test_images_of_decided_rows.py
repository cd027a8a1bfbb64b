"""What an author decided in Python is kept exactly as the database stores it, the shortest way; garbage is looked for seldom."""

import gc
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest
from django.db import connection, models

from billing.models import Allocation, Payment
from operations.backfill.decided import _image_column
from operations.backfill.garbage import SELDOM, collected_seldom
from operations.models import BackfillChange
from tests.engine.here import execute
from tests.engine.samples import PaidSales
from tests.engine.test_rows_along import old_sale

pytestmark = [pytest.mark.engine, pytest.mark.django_db, pytest.mark.usefixtures("samples")]

KEY = UUID("01a1fe9f-aac0-730d-a81c-3d082424fdce")
MOMENT = datetime(2026, 3, 1, 9, 30, 15, 123456, tzinfo=UTC)
ABROAD = MOMENT.astimezone(timezone(timedelta(hours=5, minutes=30)))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        (models.UUIDField(), KEY),
        (models.UUIDField(), str(KEY)),
        (models.DateTimeField(), MOMENT),
        (models.DateTimeField(), MOMENT.replace(microsecond=0)),
        (models.DateTimeField(), ABROAD),
        (models.DateTimeField(), None),
        (models.TextField(), Payment.Channel.LEGACY),
        (models.BigIntegerField(), 2**40),
    ],
)
def test_the_short_way_ends_where_the_fields_own_preparation_ends(field, value):
    field.set_attributes_from_name("held")
    prepared = field.get_db_prep_save(value, connection)
    column = _image_column(field, connection)
    image = value if value is None or type(value) in column.plain else column.prepared(value)
    assert image == (prepared if prepared is None or isinstance(prepared, int | str) else str(prepared))


def test_the_image_of_a_new_row_holds_what_it_holds_and_leaves_out_what_is_null():
    sold = old_sale(5000, 3000)
    execute(PaidSales.name)
    kept = BackfillChange.objects.get(table="allocations").after
    stored = Allocation.objects.filter(sale=sold).values().get()
    assert kept["amount_cents"] == 3000
    assert set(kept) == {name for name, value in stored.items() if value is not None}


def test_garbage_is_looked_for_seldom_until_the_last_run_of_the_process_has_ended():
    usual = gc.get_threshold()
    with collected_seldom():
        with collected_seldom():
            assert gc.get_threshold() == (SELDOM, *usual[1:])
        assert gc.get_threshold() == (SELDOM, *usual[1:])
    assert gc.get_threshold() == usual


def test_a_run_that_fails_leaves_the_collector_as_it_was():
    usual = gc.get_threshold()
    with pytest.raises(ZeroDivisionError), collected_seldom():
        raise ZeroDivisionError
    assert gc.get_threshold() == usual
