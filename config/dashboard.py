"""The home page: five questions, each answered by a card that links to the list behind its number."""

from typing import Any

from django.http import HttpRequest


def home(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Add the cards to the context of the admin's index."""
    return context
