"""Whose round it is on a day: its usual representative's, and everybody's who has a route on it that day."""

from typing import Any

from django.db.models import Exists, OuterRef, Q

from routes.models import Route


def round_is_theirs(user: Any, *, day: str) -> Q:
    """Return the condition that a row's round is this representative's on the row's day (`day` names its column)."""
    that_day = Route.objects.filter(assigned_to=user, round=OuterRef("round"), route_date=OuterRef(day))
    return Q(round__usual_rep=user) | Q(Exists(that_day))
