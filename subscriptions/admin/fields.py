"""What forms of the round ask for: quantities, and products that are sold now."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from unfold.widgets import UnfoldAdminTextInputWidget

from accounts.models import Tenant
from subscriptions.admin.day_list import bare
from subscriptions.models import Product


class QuantityField(forms.DecimalField):
    """A quantity with at most three decimals."""

    def __init__(self, **options: Any) -> None:
        widget = UnfoldAdminTextInputWidget(attrs={"inputmode": "decimal", "autocomplete": "off"})
        super().__init__(max_digits=12, decimal_places=3, widget=widget, **{"min_value": 0, **options})

    def prepare_value(self, value: Any) -> Any:
        return bare(value) if hasattr(value, "normalize") else value


def products_on_sale(tenant: Tenant) -> QuerySet[Product]:
    """The products that a business sells now, by name."""
    return Product.objects.of_tenant(tenant).filter(is_active=True).order_by("name")
