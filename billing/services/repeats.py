"""Sent twice, done once: a row whose client-made id came before is answered with the first, unless it says something else now.

What the client said is the row's first image in history: since then the office may have moved the sale to another route, and
the phone that repeats its request knows nothing of that.
"""

from typing import Any

from django.db.models import Model


def as_first_sent(row: Model) -> Any:
    """The row as it was recorded; one of the old system has no such image and is taken as it is."""
    return row.history.order_by("history_id").first() or row  # type: ignore[attr-defined] # every model of money has History
