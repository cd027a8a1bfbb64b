"""Choosing a customer by typing: the number, or how the name begins; what fits is offered meanwhile.

The field keeps what was typed ("C-0007 Rahman"): its first word is the number, which names one customer of the business.
"""

from typing import Any

from django import forms
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse

from accounts.admin import StaffPage, staff_page
from accounts.models import Tenant
from billing.admin.period import business
from billing.models import Customer

MOST_OFFERS = 12
LIST = "customers-offered"


@staff_page("customers/offers/", name="customer-offers")
class CustomerOffers(StaffPage):
    """A dozen customers at most whose number or name begins with what is typed."""

    permission_required = "billing.view_customer"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        typed, tenant = request.GET.get("q", "").strip(), business(request)
        found = offered(tenant, typed) if tenant and typed else []
        return JsonResponse({"offers": [{"value": named(row), "words": row.name} for row in found]})


def offered(tenant: Tenant, typed: str) -> list[Customer]:
    """Active customers that fit; capitals at the beginning of a name do not matter."""
    word = typed.split()[0]
    begins = Q(number__startswith=word) | Q(name__startswith=typed) | Q(name__startswith=typed.capitalize())
    rows = Customer.objects.of_tenant(tenant).filter(begins, is_active=True)
    return list(rows.order_by("name", "pk")[:MOST_OFFERS])


def named(customer: Customer) -> str:
    """How a customer stands in the field."""
    return f"{customer.number} {customer.name}"


class CustomerField(forms.CharField):
    """One customer of a business, by number."""

    def __init__(self, tenant: Tenant, **options: Any) -> None:
        self.tenant = tenant
        offers = f"{reverse('admin:customer-offers')}?tenant={tenant.slug}"
        attrs = {
            "list": LIST,
            "autocomplete": "off",
            "data-offers": offers,
            "placeholder": "number, or how the name begins",
        }
        super().__init__(max_length=200, widget=forms.TextInput(attrs=attrs), **options)

    def clean(self, value: Any) -> Customer | None:
        typed = super().clean(value)
        if not typed:
            return None
        rows = Customer.objects.of_tenant(self.tenant)
        found = list(rows.filter(number=typed.split()[0])[:1] or rows.filter(name=typed)[:2])
        if len(found) != 1:
            raise forms.ValidationError(
                f"“{typed}” names {'several customers' if found else 'no customer'} of {self.tenant}. "
                "Type the number, or choose one of those offered."
            )
        return found[0]
