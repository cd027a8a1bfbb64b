"""Which version of a row somebody saw: a number that grows with each change of the row, of its rules and of who earns by them.

    payment 7: its newest image is 17; of the rules of its loan the newest image is 4;
    Asha, who has a rule there, has 2 images                                                mark 23
    the loan gets another rule, image 5                                                     mark 24
    Asha leaves and earns no more, her third image                                          mark 25

All three numbers only grow, so their sum is the same only while none of them changed. Images of people are counted: changes of
two people may end in another order than they began, so the newest image could hide one. Those of a row, and of its rules, are
written one after the other, under a lock. A page or an answer hands the mark out with what it shows, and gets it back with the
decision on it.
"""

from typing import Any

from django.db.models import F, Func, IntegerField, Max, Model, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from accounts.models import User
from cashback.models import LoanCashbackConfig, LoanPayment, TrackerCashbackConfig, TrackerEntry

RULES: dict[type[Model], tuple[type[Model], str]] = {
    LoanPayment: (LoanCashbackConfig, "loan_id"),
    TrackerEntry: (TrackerCashbackConfig, "tracker_id"),
}


def with_mark(rows: QuerySet[Any]) -> QuerySet[Any]:
    """These rows, each with its mark as `seen`: read by the same query, so that the mark is of what was read."""
    rules, of = RULES[rows.model]
    return rows.annotate(seen=_newest(rows.model, "id", "pk") + _newest(rules, of, of) + _of_people(rules, of))


def mark_of(model: type[Model], key: Any) -> int:
    """The mark of one row as it stands now; 0 where there is none."""
    return with_mark(model._default_manager.filter(pk=key)).values_list("seen", flat=True).first() or 0


def _newest(model: type[Model], name: str, outer: str) -> Coalesce:
    """The number of the newest image of this model that belongs to the outer row; 0 where there is none."""
    images = _images(model).filter(**{name: OuterRef(outer)})
    return Coalesce(Subquery(images.values(name).annotate(newest=Max("history_id")).values("newest")), Value(0))


def _of_people(rules: type[Model], of: str) -> Subquery:
    """How many images there are of the people who have a rule there, or had one: who leaves earns nothing any more."""
    people = rules._default_manager.filter(**{of: OuterRef(OuterRef(of))}).values("user")
    number = Func(F("history_id"), function="COUNT", output_field=IntegerField())  # of all of them: Count would group
    return Subquery(_images(User).filter(id__in=people).annotate(number=number).values("number"))


def _images(model: type[Model]) -> QuerySet[Any]:
    return model.history.model._default_manager.order_by()  # type: ignore[attr-defined]
