"""Images of rows: the changed columns as the database stores them, in JSON, and their way back into columns.

Not every type survives the way through JSON on both databases; `unfit_columns` names those that do not.
"""

from typing import Any

from django.db.models import (
    BinaryField,
    BooleanField,
    DateTimeField,
    DecimalField,
    Expression,
    Field,
    FloatField,
    Func,
    JSONField,
    UUIDField,
)
from django.db.models.expressions import Combinable
from django.db.models.functions import JSONObject

UNFIT = (FloatField, JSONField, BinaryField)


def unfit_columns(fields: list[Field], *, only_new: bool = False) -> list[str]:
    """Columns whose type an image cannot hold exactly: floats lose digits, JSON and bytes their form.

    Rows that are `only_new` are never put back to an earlier form, so their JSON may go through an image.
    """
    unfit = tuple(kind for kind in UNFIT if not (only_new and kind is JSONField))
    return [field.attname for field in fields if isinstance(field, unfit)]


def image(values: dict[str, Combinable | str]) -> JSONObject:
    """A JSON image of these columns: name -> field path or expression."""
    return JSONObject(**values)


class RowId(Func):
    """A primary key as the text that change rows and findings carry: `str(pk)` on both databases."""

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> tuple[str, Any]:
        return self.as_sql(compiler, connection, template="(%(expressions)s)::text", **context)

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> tuple[str, Any]:
        key, parameters = compiler.compile(self.source_expressions[0])
        if not isinstance(_field_of(self.source_expressions[0]), UUIDField):
            return f"CAST({key} AS TEXT)", parameters
        return _with_hyphens(key, parameters)


class Readable(Func):
    """A value in JSON as people read it: ids as text, times in ISO 8601, exact numbers as text, on both databases."""

    arity = 1

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> tuple[str, Any]:
        is_exact = isinstance(_field_of(self.source_expressions[0]), DecimalField)
        template = "(%(expressions)s)::text" if is_exact else "(%(expressions)s)"
        return self.as_sql(compiler, connection, template=template, **context)

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> tuple[str, Any]:
        value, parameters = compiler.compile(self.source_expressions[0])
        match _field_of(self.source_expressions[0]):
            case UUIDField():
                return _with_hyphens(value, parameters)
            case DateTimeField():
                return f"(REPLACE({value}, ' ', 'T') || '+00:00')", parameters
            case DecimalField():
                return f"CAST({value} AS TEXT)", parameters
            case BooleanField():
                return f"JSON(CASE WHEN {value} THEN 'true' WHEN NOT {value} THEN 'false' END)", [*parameters] * 2
        return f"({value})", parameters


class KeyOf(Func):
    """The primary key that a `row_id` text names, in the type of the table's key."""

    def __init__(self, row_id: str, key: Field) -> None:
        super().__init__(row_id, output_field=key)

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> tuple[str, Any]:
        db_type = (self.output_field.db_type(connection) or "text").split("(")[0]
        return self.as_sql(compiler, connection, template=f"(%(expressions)s)::{_castable(db_type)}", **context)

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> tuple[str, Any]:
        if isinstance(self.output_field, UUIDField):
            return self.as_sql(compiler, connection, template="REPLACE(%(expressions)s, '-', '')", **context)
        db_type = self.output_field.rel_db_type(connection) or "text"
        return self.as_sql(compiler, connection, template=f"CAST(%(expressions)s AS {db_type})", **context)


class ImageValue(Func):
    """One column's value out of a JSON image, in the column's own type."""

    def __init__(self, images: Any, column: Field) -> None:
        self.column = column
        super().__init__(images, output_field=_plain(column))

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> tuple[str, Any]:
        if isinstance(self.column, JSONField):
            return self.as_sql(
                compiler,
                connection,
                template=f"NULLIF(%(expressions)s -> '{self.column.attname}', 'null'::jsonb)",
                **context,
            )
        db_type = self.column.rel_db_type(connection) if self.column.is_relation else self.column.db_type(connection)
        return self.as_sql(
            compiler,
            connection,
            template=f"((%(expressions)s ->> '{self.column.attname}')::{_castable(db_type)})",
            **context,
        )

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> tuple[str, Any]:
        # No cast: it would cut microseconds and read JSON null as the text 'null'.
        return self.as_sql(
            compiler, connection, template=f"JSON_EXTRACT(%(expressions)s, '$.\"{self.column.attname}\"')", **context
        )


class IsSame(Func):
    """Whether two values are the same, NULL being the same as NULL."""

    output_field = BooleanField()
    conditional = True

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> tuple[str, Any]:
        return self.as_sql(
            compiler, connection, template="(%(expressions)s)", arg_joiner=" IS NOT DISTINCT FROM ", **context
        )

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> tuple[str, Any]:
        return self.as_sql(compiler, connection, template="(%(expressions)s)", arg_joiner=" IS ", **context)


def _with_hyphens(key: str, parameters: Any) -> tuple[str, list[Any]]:
    """A UUID as SQLite stores it, in the form in which people write it."""
    parts = [(1, 8), (9, 4), (13, 4), (17, 4), (21, 12)]
    text = " || '-' || ".join(f"substr({key}, {start}, {length})" for start, length in parts)
    return f"({text})", [*parameters] * len(parts)


def _field_of(expression: Expression) -> Any:
    field: Any = expression.output_field
    return field.target_field if field.is_relation else field


def _plain(column: Any) -> Any:
    target = column.target_field if column.is_relation else column
    return target.clone() if not target.primary_key else type(target)()


def _castable(db_type: str | None) -> str:
    """A column type without what a cast cannot take: serial types and identity clauses."""
    known = db_type or "text"
    return {"serial": "integer", "bigserial": "bigint"}.get(known.split(" ")[0], known)
