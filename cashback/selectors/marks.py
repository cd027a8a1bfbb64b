"""Which version of a row somebody saw: a number that only grows, with each change of the row and of who earns on it.

    payment 7: its newest image is 17; of the rules of its loan the newest image is 4       mark 21
    its loan gets another rule, image 5                                                     mark 22

Both numbers only grow, so their sum is the same only while neither of them changed. A page or an answer hands the mark out with
what it shows, and gets it back with the decision on it.
"""

from typing import Any

from django.db.models import Max, Model, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from cashback.models import LoanCashbackConfig, LoanPayment, TrackerCashbackConfig, TrackerEntry

RULES: dict[type[Model], tuple[type[Model], str]] = {
    LoanPayment: (LoanCashbackConfig, "loan_id"),
    TrackerEntry: (TrackerCashbackConfig, "tracker_id"),
}


def with_mark(rows: QuerySet[Any]) -> QuerySet[Any]:
    """These rows, each with its mark as `seen`: read by the same query, so that the mark is of what was read."""
    rules, of = RULES[rows.model]
    return rows.annotate(seen=_newest(rows.model, "id", "pk") + _newest(rules, of, of))


def mark_of(model: type[Model], key: Any) -> int:
    """The mark of one row as it stands now; 0 where there is none."""
    return with_mark(model._default_manager.filter(pk=key)).values_list("seen", flat=True).first() or 0


def _newest(model: type[Model], name: str, outer: str) -> Coalesce:
    """The number of the newest image of this model that belongs to the outer row; 0 where there is none."""
    images = model.history.model._default_manager.order_by().filter(**{name: OuterRef(outer)})  # type: ignore[attr-defined]
    return Coalesce(Subquery(images.values(name).annotate(newest=Max("history_id")).values("newest")), Value(0))
