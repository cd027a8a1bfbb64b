"""`differences`: whether a table is the one that a model describes, said in words."""

from collections.abc import Iterator

import pytest
from django.db import connection, models
from django.db.models import Q
from django.test.utils import isolate_apps

from operations.table_shape import differences

pytestmark = [pytest.mark.ground, pytest.mark.django_db]


@pytest.fixture
def visit() -> Iterator[type[models.Model]]:
    """A model of everything that a table may have; its table is not there yet."""
    with isolate_apps("operations"):

        class Shop(models.Model):  # noqa: DJ008
            class Meta:
                app_label = "operations"
                db_table = "shape_shop"

        class Visit(models.Model):  # noqa: DJ008
            shop = models.ForeignKey(Shop, on_delete=models.PROTECT)
            code = models.CharField(max_length=20, unique=True)
            cents = models.BigIntegerField()
            share = models.DecimalField(max_digits=15, decimal_places=4, null=True)
            day = models.PositiveIntegerField()
            data = models.JSONField(default=dict)
            came_at = models.DateTimeField(null=True)
            is_open = models.BooleanField(default=True)

            class Meta:
                app_label = "operations"
                db_table = "shape_visit"
                constraints = [
                    models.UniqueConstraint(fields=["shop", "day"], name="visit_is_one_a_day"),
                    models.UniqueConstraint(fields=["shop"], condition=Q(is_open=True), name="visit_is_open_once"),
                    models.CheckConstraint(condition=Q(cents__gt=0), name="visit_cents_are_positive"),
                ]
                indexes = [
                    models.Index(fields=["came_at", "-cents"], name="visits_newest_first"),
                    models.Index(fields=["day"], condition=Q(is_open=True), name="visits_open"),
                ]

        with connection.cursor() as cursor:
            cursor.execute("CREATE TABLE shape_shop (id bigint PRIMARY KEY)")
        yield Visit


# What the model above becomes, a line for each part of it.
SQLITE = {
    "id": "id integer NOT NULL PRIMARY KEY",
    "shop_id": "shop_id bigint NOT NULL REFERENCES shape_shop (id)",
    "code": "code varchar(20) NOT NULL UNIQUE",
    "cents": "cents bigint NOT NULL",
    "share": "share decimal NULL",
    "day": "day integer unsigned NOT NULL CHECK (day >= 0)",
    "data": "data text NOT NULL",
    "came_at": "came_at datetime NULL",
    "is_open": "is_open bool NOT NULL",
}
POSTGRES = SQLITE | {
    "id": "id bigint NOT NULL PRIMARY KEY",
    "share": "share numeric(15, 4) NULL",
    "day": "day integer NOT NULL CHECK (day >= 0)",
    "data": "data jsonb NOT NULL",
    "came_at": "came_at timestamp with time zone NULL",
    "is_open": "is_open boolean NOT NULL",
}
TABLE_CONSTRAINTS = {
    "one_a_day": "CONSTRAINT visit_is_one_a_day UNIQUE (shop_id, day)",
    "positive": "CONSTRAINT visit_cents_are_positive CHECK (cents > 0)",
}
INDEXES = {
    "open_once": "CREATE UNIQUE INDEX visit_is_open_once ON shape_visit (shop_id) WHERE is_open",
    "newest": "CREATE INDEX visits_newest_first ON shape_visit (came_at, cents DESC)",
    "open": "CREATE INDEX visits_open ON shape_visit (day) WHERE is_open",
    "of_shop": "CREATE INDEX shape_visit_shop ON shape_visit (shop_id)",
}


def make(**instead: str) -> None:
    """Make the table with one part of it written otherwise, or left out (an empty text)."""
    columns = POSTGRES if connection.vendor == "postgresql" else SQLITE
    parts = {**columns, "more": "", **TABLE_CONSTRAINTS, **{k: v for k, v in instead.items() if k not in INDEXES}}
    indexes = {**INDEXES, **{k: v for k, v in instead.items() if k in INDEXES}}
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE shape_visit ({', '.join(filter(None, parts.values()))})")
        for statement in filter(None, indexes.values()):
            cursor.execute(statement)


def test_what_django_makes_is_equal(visit):
    with connection.cursor() as cursor:
        for statement in made_by_django(visit):
            cursor.execute(statement)
    assert differences(connection, visit) == []


def made_by_django(model) -> list[str]:
    """The statements that Django would send; not through its editor, which SQLite refuses in a test's transaction."""
    editor = connection.schema_editor(collect_sql=True)
    editor.deferred_sql = []
    editor.create_model(model)
    return [*editor.collected_sql, *map(str, editor.deferred_sql)]


def test_what_is_made_by_hand_in_the_same_way_is_equal(visit):
    make()
    assert differences(connection, visit) == []


@pytest.mark.parametrize(
    ("instead", "said"),
    [
        ({"came_at": "", "newest": ""}, ["column came_at is missing", "visits_newest_first is missing"]),
        ({"more": "more integer"}, ["column more is not ours"]),
        ({"code": "code varchar(10) NOT NULL UNIQUE"}, ["column code is varchar(10), not varchar(20)"]),
        ({"code": "code varchar(20) NOT NULL"}, ["column code is not unique"]),
        ({"code": "code varchar(20) UNIQUE"}, ["column code may be empty"]),
        ({"came_at": "came_at date NULL"}, None),
        ({"cents": "cents integer NOT NULL"}, ["column cents is integer, not bigint"]),
        ({"shop_id": "shop_id bigint NOT NULL"}, ["column shop_id does not point to shape_shop"]),
        ({"of_shop": "", "open_once": ""}, ["visit_is_open_once is missing", "column shop_id has no index"]),
        ({"id": "id integer"}, None),
        ({"one_a_day": ""}, ["visit_is_one_a_day is missing"]),
        (
            {"one_a_day": "CONSTRAINT visit_is_one_a_day UNIQUE (shop_id, cents)"},
            ["visit_is_one_a_day is on shop_id, cents, not on shop_id, day"],
        ),
        ({"one_a_day": "CONSTRAINT visit_is_one_a_day CHECK (day > 0)"}, None),
        ({"positive": ""}, ["visit_cents_are_positive is missing"]),
        ({"newest": ""}, ["visits_newest_first is missing"]),
        (
            {"newest": "CREATE INDEX visits_newest_first ON shape_visit (cents)"},
            ["visits_newest_first is on cents, not on came_at, cents"],
        ),
        (
            {"open_once": "CREATE INDEX visit_is_open_once ON shape_visit (shop_id)"},
            ["visit_is_open_once lets the same value in twice"],
        ),
        ({"more": "CONSTRAINT visit_is_cheap CHECK (cents < 100)"}, ["visit_is_cheap is not ours"]),
        ({"more": "CONSTRAINT visit_of_a_day UNIQUE (day)"}, ["visit_of_a_day is not ours"]),
    ],
)
def test_what_differs_is_said(visit, instead, said):
    make(**instead)
    found = differences(connection, visit)
    assert found == said if said else found != []


def test_a_view_is_no_table(visit):
    with connection.cursor() as cursor:
        cursor.execute("CREATE VIEW shape_visit AS SELECT 1 AS id")
    assert differences(connection, visit) == ["it is a view"]
