"""Sent twice, done once: a row whose client-made id came before is answered with the first, unless it says something else now.

What the client said is the row's first image in history: since then the office may have moved the sale to another route, and
the phone that repeats its request knows nothing of that.
"""

from collections.abc import Iterable
from typing import Any, TypeVar

from django.db.models import Model

from accounts.errors import Conflict

Row = TypeVar("Row", bound=Model)


def as_first_sent(row: Model) -> Any:
    """The row as it was recorded; one of the old system has no such image and is taken as it is."""
    return row.history.order_by("history_id").first() or row  # type: ignore[attr-defined] # every model of money has History


def says_the_same(earlier: Model, row: Model, content: Iterable[str]) -> bool:
    """Whether a row that came again says what the earlier one said when it was sent."""
    first = as_first_sent(earlier)
    return all(getattr(first, name) == getattr(row, name) for name in content)


def must_be_a_repeat(earlier: Row, *, same: bool, refusal: type[Conflict]) -> Row:
    """Return the earlier row if what came again says the same. *Raises* `refusal`, in words."""
    if not same:
        what = str(earlier._meta.verbose_name)
        raise refusal(
            f"The id {earlier.pk} is that of another {what}, with other content. Give the new one an id of its own."
        )
    return earlier
