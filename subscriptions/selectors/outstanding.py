"""What every customer owes now, computed in two ways, with its age; customers without a round are there like all others.

One statement adds up the figures of both ways (`account_figures`) customer by customer, chooses, orders and pages them in the
database. Nothing is clamped: what cannot be right is shown with its name (`ANOMALIES`), and `check_books` finds the same.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import UUID

from django.db import connections

from billing.models import Customer
from billing.rules import invoice_status as rule
from routes.models import Round
from subscriptions.selectors.account_figures import CREDIT, DOCUMENTS, FIGURES, TRANSACTIONS, Scope, figures

VERY_LARGE_CENTS: Final = 100_000_000
TAKEN_OFF: Final = {"paid", "credited", "old_system"}
COMPUTED: Final = {
    "invoices": " + ".join(rule.BUCKETS),
    "overdue": " + ".join(name for name in rule.BUCKETS if name != rule.CURRENT),
    "outstanding": " + ".join(DOCUMENTS),
    "net": f"{' + '.join(DOCUMENTS)} - {CREDIT}",
    "transactions": " ".join(f"{'-' if name in TAKEN_OFF else '+'} {name}" for name in TRANSACTIONS),
}
WHO: Final = ("customer_id", "number", "name", "phone", "is_active", "round_id", "round_name")
AMOUNTS: Final = (*FIGURES, *COMPUTED)

NEGATIVE, VERY_LARGE, WAYS_DIFFER = ANOMALIES = ("NEGATIVE", "VERY_LARGE", "WAYS_DIFFER")
_IS_ANOMALY: Final = {
    NEGATIVE: "(outstanding < 0 OR opening_left < 0 OR sales_open < 0 OR invoices < 0 OR credit < 0)",
    VERY_LARGE: "(outstanding > {large} OR credit > {large})",
    WAYS_DIFFER: "net <> transactions",
}
SELECTIONS: Final = {
    "all": "Everybody",
    "with_outstanding": "Who owes something",
    "overdue": "Who is late with an invoice",
    "with_unbilled": "Who has something that no invoice asks for yet",
    "with_credit": "Who has credit",
    "in_credit": "Whose credit is more than they owe",
    "with_balance": "Whose account is not even",
    "to_look_at": "What cannot be right",
}
_IS_SELECTED: Final = {
    "all": "",
    "with_outstanding": "outstanding > 0",
    "overdue": "overdue > 0",
    "with_unbilled": "deliveries_unbilled + sales_open > 0",
    "with_credit": "credit > 0",
    "in_credit": "net < 0",
    "with_balance": "net <> 0",
    "to_look_at": " OR ".join(_IS_ANOMALY.values()),
}
SORTS: Final = ("name", "number", "outstanding", "net", "overdue")
CHUNK: Final = 2000


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which customers, in which order, from where on, how many; amounts beyond `very_large_cents` are looked at."""

    selection: str = "all"
    sort: str = "name"
    round_id: UUID | None = None
    without_round: bool = False
    after: tuple[Any, UUID] | None = None
    limit: int | None = None
    very_large_cents: int = VERY_LARGE_CENTS

    @property
    def key(self) -> str:
        """What is ordered by, without its direction."""
        return self.sort.removeprefix("-")


def outstanding_rows(scope: Scope, wanted: Wanted | None = None) -> list[dict[str, Any]]:
    """Answer one row for each wanted customer: who, every figure of both ways in cents, and its `anomalies`.

    *Money*: cents of the business's currency; `outstanding` is what is owed by documents, `net` that less `credit`, and
    `transactions` the same by the other way. Keys end in `_cents`. Two queries at most, whatever the number of customers.
    """
    wanted = wanted or Wanted()
    return list(_rows(_narrowed(scope, wanted), wanted))


def iterate_outstanding(scope: Scope, wanted: Wanted) -> Iterator[dict[str, Any]]:
    """The same, row by row from a cursor of the database: a file of 100,000 customers needs no memory."""
    return _rows(scope, wanted, stream=True)


def outstanding_totals(scope: Scope, wanted: Wanted | None = None) -> dict[str, int]:
    """Answer what the wanted customers add up to, all pages together: `customers`, and every amount."""
    wanted = replace(wanted or Wanted(), after=None, limit=None)
    sums = ", ".join(f"CAST(COALESCE(SUM({name}), 0) AS bigint)" for name in AMOUNTS)
    sql, parameters = _statement(scope, wanted, columns=f"COUNT(*), {sums}", is_ordered=False)
    with connections[scope.using].cursor() as cursor:
        cursor.execute(sql, parameters)
        count, *amounts = cursor.fetchone()
    return {
        "customers": count,
        **{f"{name.lower()}_cents": int(cents) for name, cents in zip(AMOUNTS, amounts, strict=True)},
    }


def outstanding_of_customer(customer: Customer, scope: Scope) -> dict[str, Any]:
    """Answer one customer's row."""
    [row] = outstanding_rows(replace(scope, customers=(customer.pk,)))
    return row


def _narrowed(scope: Scope, wanted: Wanted) -> Scope:
    """A page of everybody by name or number needs the figures of that page alone: find its customers first."""
    if (
        scope.customers is not None
        or wanted.selection != "all"
        or wanted.key not in {"name", "number"}
        or not wanted.limit
    ):
        return scope
    sql, parameters = _page_of_customers(scope, wanted)
    with connections[scope.using].cursor() as cursor:
        cursor.execute(sql, parameters)
        return replace(scope, customers=tuple(UUID(str(key)) for (key,) in cursor.fetchall()))


def _page_of_customers(scope: Scope, wanted: Wanted) -> tuple[str, list[Any]]:
    conditions, parameters = _conditions(scope, wanted)
    text = f"SELECT customers.id FROM customers WHERE {conditions}{_order(wanted)}"  # noqa: S608
    return text, parameters


def _rows(scope: Scope, wanted: Wanted, *, stream: bool = False) -> Iterator[dict[str, Any]]:
    if scope.customers == ():
        return
    who = "customers.id, customers.number, customers.name, phone, customers.is_active, customers.round_id, rounds.name"
    sql, parameters = _statement(scope, wanted, columns=f"{who}, {', '.join(AMOUNTS)}")
    connection = connections[scope.using]
    with connection.chunked_cursor() if stream else connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        while chunk := cursor.fetchmany(CHUNK):
            yield from (_row(values, wanted) for values in chunk)


def _row(values: Sequence[Any], wanted: Wanted) -> dict[str, Any]:
    row = dict(zip(WHO, values[: len(WHO)], strict=True))
    row |= {"customer_id": UUID(str(row["customer_id"])), "is_active": bool(row["is_active"])}
    row["round_id"] = UUID(str(row["round_id"])) if row["round_id"] else None
    amounts = {name: int(cents) for name, cents in zip(AMOUNTS, values[len(WHO) :], strict=True)}
    row |= {f"{name.lower()}_cents": cents for name, cents in amounts.items()}
    return {**row, "anomalies": anomalies(row, very_large_cents=wanted.very_large_cents)}


def anomalies(row: dict[str, Any], *, very_large_cents: int = VERY_LARGE_CENTS) -> list[str]:
    """Name what cannot be right with a customer's figures, or should be looked at; nothing is corrected."""
    parts = ("outstanding", "opening_left", "sales_open", "invoices", "credit")
    found = {
        NEGATIVE: any(row[f"{name}_cents"] < 0 for name in parts),
        VERY_LARGE: max(row["outstanding_cents"], row["credit_cents"]) > very_large_cents,
        WAYS_DIFFER: row["net_cents"] != row["transactions_cents"],
    }
    return [name for name, is_found in found.items() if is_found]


def _statement(scope: Scope, wanted: Wanted, *, columns: str, is_ordered: bool = True) -> tuple[str, list[Any]]:
    """The whole as one statement: the figures, summed by customer, chosen and ordered."""
    parts, parameters = [], []
    for query in figures(scope):
        text, values = query.query.get_compiler(using=scope.using).as_sql()
        parts.append(text)
        parameters += values
    sums = ", ".join(
        f"CAST(SUM(CASE figure WHEN '{name}' THEN cents ELSE 0 END) AS bigint) AS {name}" for name in FIGURES
    )
    computed = ", ".join(f"{sum_} AS {name}" for name, sum_ in COMPUTED.items())
    conditions, values = _conditions(scope, wanted)
    text = (  # every name in it is one of ours, every value a parameter
        f"WITH figures (customer_id, figure, cents) AS ({' UNION ALL '.join(parts)}), "  # noqa: S608
        f"sums AS (SELECT customer_id, {sums} FROM figures GROUP BY customer_id), "
        f"accounts AS (SELECT sums.*, {computed} FROM sums) "
        f"SELECT {columns} FROM accounts JOIN customers ON customers.id = accounts.customer_id "
        f"LEFT JOIN rounds ON rounds.id = customers.round_id WHERE {conditions}"
    )
    return text + (_order(wanted) if is_ordered else ""), [*parameters, *values]


def _conditions(scope: Scope, wanted: Wanted) -> tuple[str, list[Any]]:
    """Which customers, as text and its parameters; every name in the text is one of ours."""
    prepare = _key_for(scope)
    conditions, parameters = ["customers.tenant_id = %s"], [prepare(scope.tenant.pk)]
    if selected := _IS_SELECTED[wanted.selection]:
        conditions.append(f"({selected.format(large=int(wanted.very_large_cents))})")
    if wanted.round_id is not None:
        conditions.append("customers.round_id = %s")
        parameters.append(prepare(wanted.round_id))
    if wanted.without_round:
        conditions.append("customers.round_id IS NULL")
    if wanted.after is not None:
        value, key = wanted.after
        conditions.append(f"({_column(wanted)}, customers.id) {'<' if wanted.sort.startswith('-') else '>'} (%s, %s)")
        parameters += [value, prepare(key)]
    return " AND ".join(conditions), parameters


def _order(wanted: Wanted) -> str:
    direction = "DESC" if wanted.sort.startswith("-") else "ASC"
    limit = "" if wanted.limit is None else f" LIMIT {int(wanted.limit)}"
    return f" ORDER BY {_column(wanted)} {direction}, customers.id {direction}{limit}"


def _column(wanted: Wanted) -> str:
    return f"customers.{wanted.key}" if wanted.key in {"name", "number"} else wanted.key


def _key_for(scope: Scope) -> Any:
    column = Round._meta.pk
    return lambda key: column.get_db_prep_value(key, connections[scope.using])
