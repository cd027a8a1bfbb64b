"""One verb on one row: a button on the row's page, then a page that says what it means, takes what it needs, and does it.

    @row_action(Payment, "reverse", permission="billing.reverse_payment")
    class ReversePayment(RowAction):
        label, done = "Reverse…", "The payment is reversed."
        means = "It counts no more, and what it paid for is owed again."
        form_class = ReasonForm

        @classmethod
        def is_offered(cls, row): return row.status == row.Status.SUCCEEDED

        def act(self, row, values): reverse_payment(actor=self.request.user, payment=row, now=self.now, **values)

What a service refuses (a closed route, four eyes, a missing reason) is said on that page, with what was typed still there.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Model, UUIDField
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone

from accounts.admin.card import Card
from accounts.admin.pages import StaffPage, staff_page
from accounts.admin.story import page_of
from accounts.errors import DomainError
from accounts.statuses import status_of


@dataclass(frozen=True, slots=True)
class Button:
    """A way to an action: what stands on it, where it leads, and what happens then."""

    name: str
    label: str
    href: str
    explains: str
    is_main: bool = False


class ReasonForm(forms.Form):
    """Why; kept in history."""

    reason = forms.CharField(
        label="Why",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Kept in the history with your name.",
        error_messages={"required": "Write a reason: who reads the books later must understand it."},
    )


class ActionPage(StaffPage):
    """A page that says what something means, takes what it needs, and does it once it is confirmed."""

    template_name = "audit/action.html"
    label = ""
    means = ""
    done = ""
    form_class: type[forms.Form] = forms.Form
    form: forms.Form | None = None
    refusal = ""

    def perform(self, values: dict[str, Any]) -> None:
        """Call the service. *Raises* DomainError."""
        raise NotImplementedError

    def make_form(self, data: Any = None) -> forms.Form:
        """The form, empty or with what was typed."""
        return self.form_class(data)

    def on_top(self) -> Card | None:
        """What it is about, if there is something to show."""
        return None

    def back(self) -> str:
        """Where somebody goes who does nothing."""
        return reverse("admin:index")

    def onward(self) -> str:
        """The page that is shown when it is done."""
        return self.back()

    @cached_property
    def now(self) -> datetime:
        """The moment of this request."""
        return timezone.now()

    def get_title(self) -> str:
        return self.label.rstrip("…")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {
            **super().get_context_data(**kwargs),
            "card": self.on_top(),
            "form": self.form or self.make_form(),
            "means": self.means,
            "button": self.get_title(),
            "refusal": self.refusal,
            "back": self.back(),
        }

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.form = self.make_form(request.POST)
        if not self.form.is_valid():
            return self.render_to_response(self.get_context_data(**kwargs), status=422)
        try:
            self.perform(self.form.cleaned_data)
        except DomainError as error:
            self.refusal = error.message
            return self.render_to_response(self.get_context_data(**kwargs), status=status_of(error))
        messages.success(request, self.done)
        return HttpResponseRedirect(self.onward())


class RowAction(ActionPage):
    """The page of one verb. A subclass says when it is offered, what it means, what it asks, and which service it calls."""

    model: type[Model]
    name: str
    is_main = False

    @classmethod
    def is_offered(cls, row: Any) -> bool:
        """Whether the row is in a state in which this can be done; the service has the last word."""
        return True

    @classmethod
    def is_for(cls, row: Any, user: Any) -> bool:
        """Whether this person may do it with this row, where the permission does not say so alone."""
        return True

    def act(self, row: Any, values: dict[str, Any]) -> None:
        """Call the service. *Raises* DomainError."""
        raise NotImplementedError

    def perform(self, values: dict[str, Any]) -> None:
        self.act(self.row, values)

    def card(self, row: Any) -> Card | None:
        """What the row is, with its figures: as on its own page."""
        return admin.site._registry[self.model].card(self.request, row)

    def on_top(self) -> Card | None:
        return self.card(self.row)

    @cached_property
    def row(self) -> Any:
        """The row of the address, if the person may see it. *Raises* Http404."""
        row = admin.site._registry[self.model].get_queryset(self.request).filter(pk=self.kwargs["pk"]).first()
        if row is None:
            raise Http404
        return row

    def get_trail(self) -> list[tuple[str, str]]:
        rows = reverse(f"admin:{self.model._meta.app_label}_{self.model._meta.model_name}_changelist")
        return [(str(self.model._meta.verbose_name_plural).capitalize(), rows), (str(self.row), page_of(self.row))]

    def back(self) -> str:
        return page_of(self.row)

    def onward(self) -> str:
        return self.leads_to(self.row)

    def leads_to(self, row: Any) -> str:
        """The page that is shown when it is done: the row's own, unless a subclass knows a better one."""
        return page_of(row)


_actions: dict[type[Model], list[type[RowAction]]] = {}


def row_action(model: type[Model], name: str, *, permission: str) -> Callable[[type[RowAction]], type[RowAction]]:
    """Register an action of a model's rows; its page is `admin:do_<model>_<name>`."""
    kind = model._meta.model_name
    key = "uuid" if isinstance(model._meta.pk, UUIDField) else "path"

    def register(action: type[RowAction]) -> type[RowAction]:
        action.model, action.name, action.permission_required = model, name, permission
        _actions.setdefault(model, []).append(action)
        staff_page(f"do/{kind}/<{key}:pk>/{name}/", name=f"do_{kind}_{name}")(action)
        return action

    return register


def buttons_of(row: Model, user: Any) -> list[Button]:
    """What this person can do with this row as it stands."""
    return [
        Button(action.name, action.label, address_of(action, row), action.means, action.is_main)
        for action in _actions.get(type(row), [])
        if action.is_offered(row) and user.has_perm(action.permission_required) and action.is_for(row, user)
    ]


def address_of(action: type[RowAction], row: Model) -> str:
    """Where an action on a row is confirmed and done."""
    return reverse(f"admin:do_{action.model._meta.model_name}_{action.name}", args=[row.pk])
