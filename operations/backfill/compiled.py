"""Set-based statements, compiled once and sent many times.

The ORM takes longer to compile a batch's statements than a database to run some of them. A statement is therefore compiled
once a run, from a queryset that holds slots instead of values (`Slot("end", key)`, `Keys("rows")`), and sent with the
values of each batch. `get_compiler(using=…)` compiles for the run's own database.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connections
from django.db.models import Expression, Field, ForeignObject, Func, Lookup, Model, QuerySet, TextField, UUIDField

SEPARATOR = "\x1f"  # ASCII's own separator: no key contains it, and one long text is ten times cheaper than a list


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement for one database, with slots among its parameters."""

    text: str
    parameters: tuple[Any, ...]
    using: str

    def rows(self, **values: Any) -> list[tuple]:
        """Send it with these values in its slots; returns the rows of its answer, as the database gives them."""
        with connections[self.using].cursor() as cursor:
            cursor.execute(self.text, self._filled(values))
            return cursor.fetchall()

    def count(self, **values: Any) -> int:
        """Send it with these values in its slots; returns how many rows it wrote."""
        with connections[self.using].cursor() as cursor:
            cursor.execute(self.text, self._filled(values))
            return cursor.rowcount

    def _filled(self, values: dict[str, Any]) -> list[Any]:
        connection = connections[self.using]
        return [
            parameter.fill(values, connection) if isinstance(parameter, Slot | _KeysOfField) else parameter
            for parameter in self.parameters
        ]


class Slot(Expression):
    """A value that is given when the statement is sent, of a field's type."""

    def __init__(self, name: str, output_field: Field) -> None:
        super().__init__(output_field=output_field)
        self.name = name

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        return "%s", [self]

    def fill(self, values: dict[str, Any], connection: Any) -> Any:
        """The value as the database takes it."""
        return self.output_field.get_db_prep_value(values[self.name], connection)


class Given(Func):
    """The text that a slot with a JSON object of texts gives for each row id."""

    def __init__(self, name: str, row_id: Any) -> None:
        super().__init__(Slot(name, TextField()), row_id, output_field=TextField())

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> tuple[str, Any]:
        return self.as_sql(compiler, connection, template="(%(expressions)s)", arg_joiner="::jsonb ->> ", **context)

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> tuple[str, Any]:
        template = """JSON_EXTRACT(%(expressions)s || '"')"""
        return self.as_sql(compiler, connection, template=template, arg_joiner=""", '$."' || """, **context)


@dataclass(frozen=True, slots=True)
class Keys:
    """A slot for any number of keys: `pk__any_of=Keys("rows")`."""

    name: str


@dataclass(frozen=True, slots=True)
class _KeysOfField:
    """A slot for keys, as a parameter: it knows the type of the key that they are compared with."""

    name: str
    key: Field

    def fill(self, values: dict[str, Any], connection: Any) -> str:
        keys = values[self.name]
        if connection.vendor == "postgresql":
            is_uuid = isinstance(self.key, UUIDField)  # which PostgreSQL reads without its hyphens too
            return SEPARATOR.join([key.hex if is_uuid and isinstance(key, UUID) else str(key) for key in keys])
        return json.dumps([self.key.get_db_prep_value(key, connection) for key in keys])


@ForeignObject.register_lookup
@Field.register_lookup
class AnyOf(Lookup):
    """`pk__any_of=[…]` (or `Keys`): membership in a list of any length, sent as one array instead of one parameter per id."""

    lookup_name = "any_of"
    prepare_rhs = False

    def as_postgresql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        left, parameters = self.process_lhs(compiler, connection)
        element = self._key().rel_db_type(connection)
        return f"{left} = ANY(string_to_array(%s, '{SEPARATOR}')::{element}[])", [*parameters, self._keys(connection)]

    def as_sqlite(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        left, parameters = self.process_lhs(compiler, connection)
        return f"{left} IN (SELECT value FROM json_each(%s))", [*parameters, self._keys(connection)]  # noqa: S608

    def _key(self) -> Field:
        field = self.lhs.output_field
        return field.target_field if field.is_relation else field

    def _keys(self, connection: Any) -> Any:
        if isinstance(self.rhs, Keys):
            return _KeysOfField(self.rhs.name, self._key())
        return _KeysOfField("keys", self._key()).fill({"keys": self.rhs}, connection)


def select(rows: QuerySet, using: str) -> Statement:
    """`SELECT …`"""
    text, parameters = rows.query.get_compiler(using=using).as_sql()
    return Statement(text, tuple(parameters), using)


def insert_select(
    model: type[Model],
    columns: Sequence[str],
    rows: QuerySet,
    using: str,
    *,
    returning: Sequence[str] = (),
    ignore_conflicts: bool = False,
) -> Statement:
    """`INSERT INTO model (columns) SELECT …`"""
    chosen = select(rows, using)
    names, returned = _quoted(columns, using), _quoted(returning, using)
    text = f"INSERT INTO {_quoted([model._meta.db_table], using)} ({names}) {chosen.text}"  # noqa: S608
    text += " ON CONFLICT DO NOTHING" if ignore_conflicts else ""
    text += f" RETURNING {returned}" if returned else ""
    return Statement(text, chosen.parameters, using)


def update_from(model: type[Model], columns: Sequence[str], rows: QuerySet, using: str) -> Statement:
    """`UPDATE model SET … FROM (rows) v WHERE model.pk = v.row_pk`; `rows` has `row_pk` and `new_<column>`."""
    chosen = select(rows, using)
    table, key = _quoted([model._meta.db_table], using), _quoted([str(model._meta.pk.column)], using)
    values = ", ".join(f"{_quoted([name], using)} = v.{_quoted([f'new_{name}'], using)}" for name in columns)
    text = f"UPDATE {table} SET {values} FROM ({chosen.text}) v WHERE {table}.{key} = v.row_pk"  # noqa: S608
    return Statement(text, chosen.parameters, using)


def _quoted(names: Sequence[str], using: str) -> str:
    return ", ".join(connections[using].ops.quote_name(name) for name in names)
