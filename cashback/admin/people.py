"""Choosing a person by typing: the e-mail, or how the name begins; and the way to somebody's points.

The field keeps what was typed ("asha@example.com Asha"): its first word is the e-mail, which names one person.
"""

from typing import Any

from django import forms
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import reverse
from django.utils.html import format_html

from accounts.admin import StaffPage, page_of, staff_page
from accounts.models import Tenant, User
from billing.admin.choosing import LIST
from billing.admin.period import business
from cashback.models import CashbackAccount

MOST_OFFERS = 12


@staff_page("cashback/people/offers/", name="cashback-people-offers")
class PeopleOffers(StaffPage):
    """A dozen people at most whose e-mail or name begins with what is typed."""

    permission_required = "accounts.view_user"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        typed, tenant = request.GET.get("q", "").strip(), business(request)
        found = offered(tenant, typed) if tenant and typed else []
        return JsonResponse({"offers": [{"value": f"{row.email} {row.name}", "words": row.name} for row in found]})


def offered(tenant: Tenant, typed: str) -> list[User]:
    """Active people that fit; capitals at the beginning of a name do not matter."""
    begins = Q(email__startswith=typed.split()[0].lower())
    begins |= Q(name__startswith=typed) | Q(name__startswith=typed.capitalize())
    return list(User.objects.filter(begins, tenant=tenant, is_active=True).order_by("name", "pk")[:MOST_OFFERS])


class PersonField(forms.CharField):
    """One person of a business, by e-mail."""

    def __init__(self, tenant: Tenant, **options: Any) -> None:
        self.tenant = tenant
        offers = f"{reverse('admin:cashback-people-offers')}?tenant={tenant.slug}"
        hint = "e-mail, or how the name begins"
        attrs = {"list": LIST, "autocomplete": "off", "data-offers": offers, "placeholder": hint}
        super().__init__(max_length=500, widget=forms.TextInput(attrs=attrs), **options)

    def clean(self, value: Any) -> User | None:
        typed = super().clean(value)
        if not typed:
            return None
        people = User.objects.filter(tenant=self.tenant)
        found = list(people.filter(email=typed.split()[0].lower())[:1] or people.filter(name=typed)[:2])
        if len(found) != 1:
            raise forms.ValidationError(
                f"“{typed}” names {'several people' if found else 'nobody'} of {self.tenant}. "
                "Type the e-mail, or choose one of those offered."
            )
        return found[0]


@staff_page("cashback/person/<uuid:pk>/", name="cashback-person")
class PersonsPoints(StaffPage):
    """The page of somebody's points, found by who they are; their own page where they never had any."""

    permission_required = "cashback.view_cashbackaccount"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        account = CashbackAccount.objects.for_user(request.user).filter(user=kwargs["pk"]).first()
        person = User.objects.all().for_user(request.user).filter(pk=kwargs["pk"]).first()
        if account is None and person is None:
            raise Http404
        return HttpResponseRedirect(page_of(account or person))


def points_page(person: User) -> str:
    """The address of somebody's points."""
    return reverse("admin:cashback-person", args=[person.pk])


def person_link(person: User | None, text: str = "") -> str:
    """A person's name as a link to their points."""
    if person is None:
        return text or "–"
    return format_html('<a class="text-link" href="{}">{}</a>', points_page(person), person)
