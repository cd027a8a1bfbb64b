"""What a person does on the page of an action, in one line each."""

import html
import re
from typing import Any

from django.db.models import Model
from django.test import Client
from django.urls import reverse

from accounts.admin import page_of


def address(row: Model, name: str) -> str:
    """Where an action on a row is confirmed and done."""
    return reverse(f"admin:do_{row._meta.model_name}_{name}", args=[row.pk])


def do(client: Client, row: Model, name: str, **typed: Any) -> Any:
    """Fill in the form and confirm; the answer is the row's page, or the form again with what is in the way."""
    return client.post(address(row, name), typed, follow=True)


def offered(client: Client, row: Model) -> list[str]:
    """The names of the buttons on a row's page."""
    return [button.name for button in client.get(page_of(row)).context["buttons"]]


def text_of(answer: Any) -> str:
    """A page as words."""
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())))
