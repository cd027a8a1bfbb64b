"""Products: what is delivered, and what it costs from which day on."""

from django.db import models
from django.db.models import Q

from accounts.history import History
from accounts.models import TenantOwned


class Product(TenantOwned):
    """What can be ordered, and in which unit is it counted?

    Its price stands in `ProductPrice`, by day. A product that is not active is neither ordered anew nor generated.
    Written by `subscriptions.services`.
    """

    code = models.CharField(max_length=40)
    name = models.CharField(max_length=100)
    unit = models.CharField(max_length=20, help_text="What a quantity of one is, for example litre or 500 g.")
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    history = History()

    class Meta:
        db_table = "products"
        ordering = ["code"]
        constraints = [models.UniqueConstraint(fields=["tenant", "code"], name="product_code_is_unique_per_tenant")]

    def __str__(self) -> str:
        return f"{self.name} ({self.code})"


class ProductPrice(TenantOwned):
    """What does the product cost from this day on, until the next price?

    *Money*: `unit_price_cents` of the tenant's currency, tax included; `tax_rate_bps` is the tax in it, in hundredths of a
    percent. Orders, deliveries and invoice lines keep the price of their day: a later price changes none of them.
    Written by `subscriptions.services`.
    """

    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="prices")
    valid_from = models.DateField()
    unit_price_cents = models.BigIntegerField()
    tax_rate_bps = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)

    history = History()

    class Meta:
        db_table = "product_prices"
        ordering = ["product_id", "-valid_from"]
        constraints = [
            models.UniqueConstraint(fields=["product", "valid_from"], name="product_has_one_price_from_a_day"),
            models.CheckConstraint(condition=Q(unit_price_cents__gte=0), name="product_price_is_not_negative"),
            models.CheckConstraint(condition=Q(tax_rate_bps__lte=10_000), name="product_tax_is_at_most_all"),
        ]

    def __str__(self) -> str:
        return f"{self.unit_price_cents} from {self.valid_from}"
