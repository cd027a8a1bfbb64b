"""Pages of products, with what they cost from which day on."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from unfold.decorators import action, display

from accounts.admin import Card, Figure, Link, State
from accounts.admin.people import active_state
from billing.admin.money import MoneyAdmin, money
from subscriptions.admin.reading import ReadInline
from subscriptions.models import Product, ProductPrice
from subscriptions.selectors.prices import price_on


class Prices(ReadInline):
    """What it costs, newest first."""

    model = ProductPrice
    verbose_name_plural = "Prices"
    fields = readonly_fields = ["valid_from", "price_money", "tax_in_words"]
    ordering = ["-valid_from"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("tenant")

    @display(description="Price, tax included")
    def price_money(self, row: ProductPrice) -> str:
        return money(row.unit_price_cents, row.tenant.currency)

    @display(description="Tax in it")
    def tax_in_words(self, row: ProductPrice) -> str:
        return percent(row.tax_rate_bps)


@admin.register(Product)
class ProductAdmin(MoneyAdmin):
    """Products: what can be ordered, in which unit, and what it costs by day; prices are set by services."""

    list_display = ["code", "name", "unit", "state"]
    list_filter = ["is_active"]
    search_fields = ["code__exact", "id__exact"]
    search_help_text = "A whole product code or id."
    empty_says = "Add the first product, with its price, with the button above; the API takes them too."
    inlines = [Prices]
    actions_list = ("add_product",)

    @action(description="Add a product…", permissions=["price"], url_path="add-product")
    def add_product(self, request: HttpRequest) -> HttpResponse:
        """Lead to the page that adds one."""
        return HttpResponseRedirect(reverse("admin:new-product"))

    def has_price_permission(self, request: HttpRequest) -> bool:
        """Whether the person may add products and set prices."""
        return request.user.has_perm("subscriptions.price_products")

    def card(self, request: HttpRequest, row: Product) -> Card:
        today = row.tenant.day_of(timezone.now())
        price = price_on(row, today)
        of_product = f"?product__id__exact={row.pk}"
        standing = reverse("admin:subscriptions_standingorder_changelist") + of_product
        orders = reverse("admin:subscriptions_dailyorder_changelist") + of_product
        cents = price.unit_price_cents if price else None
        note = f"tax of {percent(price.tax_rate_bps)} included" if price else "no price today: it is not generated"
        return Card(
            what=f"{row.name}, counted in {row.unit}.",
            state=active_state(row.is_active),
            figures=[Figure("Costs today", money(cents, row.tenant.currency), note=note)],
            links=[Link("", "Standing orders", standing), Link("", "Orders", orders)],
        )

    @display(description="State")
    def state(self, row: Product) -> State:
        return active_state(row.is_active)


def percent(bps: int) -> str:
    """Hundredths of a percent as people write them.

    >>> percent(500), percent(1250), percent(0)
    ('5 %', '12.5 %', '0 %')
    """
    return f"{bps / 100:g} %"
