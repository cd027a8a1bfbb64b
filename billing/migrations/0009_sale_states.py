"""Gives the sales of the former convention the state of ADR 0013: one on credit was BILLED from the start, invoice or not.

Set by set, each row with a history image, and a baseline before it where there was none. The way back gives the states of the
former rule, with images too: nothing but the state is written, so neither way can lose anything.
"""

from django.db import migrations
from django.utils import timezone

BASELINE = "baseline: the row as it was before its first recorded change"
FORWARDS = "a sale is billed only while an unpaid invoice asks in its place (ADR 0013)"
BACKWARDS = "back to the former rule: a sale on credit is billed from the start"
IS_SETTLED = "s.allocated_cents = s.total_cents - s.returned_cents"
STATE_NOW = (
    "CASE WHEN EXISTS (SELECT 1 FROM invoices i WHERE i.id = s.invoice_id AND i.status = 'PAID') THEN 'COMPLETED' "  # noqa: S608 - all of it stands here
    f"WHEN s.invoice_id IS NOT NULL THEN 'BILLED' WHEN {IS_SETTLED} THEN 'COMPLETED' ELSE 'PENDING' END"
)
STATE_BEFORE = (
    f"CASE WHEN s.invoice_id IS NOT NULL THEN 'BILLED' WHEN {IS_SETTLED} THEN 'COMPLETED' "
    "WHEN s.sale_type = 'CREDIT' THEN 'BILLED' ELSE 'PENDING' END"
)


def give_state(state, reason):
    """Answer the step that gives every sale whose state differs the one that this expression says."""

    def step(apps, schema_editor):
        columns = [field.column for field in apps.get_model("billing", "Sale")._meta.concrete_fields]
        wrong = f"s.status <> 'CANCELLED' AND s.status <> ({state})"
        unknown = f"{wrong} AND NOT EXISTS (SELECT 1 FROM historical_sales h WHERE h.id = s.id)"  # noqa: S608 - the same
        now = schema_editor.connection.ops.adapt_datetimefield_value(timezone.now())
        with schema_editor.connection.cursor() as cursor:
            cursor.execute(_images(columns, "s.status", unknown), [now, "+", BASELINE])
            cursor.execute(_images(columns, f"({state})", wrong), [now, "~", reason])
            cursor.execute(f"UPDATE sales AS s SET status = ({state}) WHERE {wrong}")  # noqa: S608 - all of it stands above

    return step


def _images(columns, status, rows):
    selected = ", ".join(status if column == "status" else f"s.{column}" for column in columns)
    stamped = "history_date, history_type, history_change_reason, actor_kind, request_id"
    return (
        f"INSERT INTO historical_sales ({', '.join(columns)}, {stamped}) "  # noqa: S608 - the model's columns
        f"SELECT {selected}, %s, %s, %s, 'system', '' FROM sales AS s WHERE {rows}"
    )


class Migration(migrations.Migration):
    dependencies = [("billing", "0008_refunds_after_settlement")]

    operations = [migrations.RunPython(give_state(STATE_NOW, FORWARDS), give_state(STATE_BEFORE, BACKWARDS))]
