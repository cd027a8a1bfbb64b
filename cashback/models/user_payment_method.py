"""Payment methods: where a person wants their points paid out to. What identifies an account is sealed at rest."""

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.history import History
from accounts.models import TenantOwned, TenantQuerySet

PAYOUT_FIELDS = (
    "account_name",
    "account_number",
    "ifsc_code",
    "bank_name",
    "upi_id",
    "gpay_id",
    "phone_number",
    "address",
)


class PayoutKind(models.TextChoices):
    """The ways in which points are paid out."""

    CASH = "cash", "Cash"
    GPAY = "gpay", "Google Pay"
    UPI = "upi", "UPI"
    ACCOUNT = "account", "Bank account"
    AMAZON_GIFT_CARD = "amazon_gift_card", "Amazon gift card"


def details_are_sealed() -> Q:
    """State that each detail is empty or a sealed text, never readable: what the sealing makes begins like this."""
    sealed = Q()
    for field in PAYOUT_FIELDS:
        sealed &= Q(**{field: ""}) | Q(**{f"{field}__startswith": "gAAAA"})
    return sealed


class PayoutDetails(models.Model):
    """The eight details by which somebody is paid, each empty or sealed (`cashback.services.payout_details`)."""

    account_name = models.TextField(blank=True, default="")
    account_number = models.TextField(blank=True, default="")
    ifsc_code = models.TextField(blank=True, default="")
    bank_name = models.TextField(blank=True, default="")
    upi_id = models.TextField(blank=True, default="")
    gpay_id = models.TextField(blank=True, default="")
    phone_number = models.TextField(blank=True, default="")
    address = models.TextField(blank=True, default="")

    class Meta:
        abstract = True


class UserPaymentMethodQuerySet(TenantQuerySet):
    """Payment methods, chained like a sentence."""

    def visible_to_role(self, user: Any) -> Self:
        """Everybody sees their own, the office too: what it pays out to stands on the redemption."""
        return self.filter(user=user)

    def live(self) -> Self:
        """Methods that their owner did not delete."""
        return self.filter(deleted_at__isnull=True)


class UserPaymentMethod(PayoutDetails, TenantOwned):
    """Where does this person want to be paid, and which way first?

    Which details a kind needs says `cashback.rules.payout_kinds`. A deleted method stays, since redemptions point at it.
    Written by `cashback.services`.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    payment_type = models.CharField(max_length=50, choices=PayoutKind)
    is_default = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField(auto_now=True)
    deleted_at = models.DateTimeField(null=True, blank=True)

    objects = UserPaymentMethodQuerySet.as_manager()
    history = History()

    class Meta:
        db_table = "user_payment_method"
        ordering = ["-is_default", "-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["user"],
                condition=Q(is_default=True, deleted_at__isnull=True),
                name="payment_method_has_one_default",
            ),
            models.CheckConstraint(condition=details_are_sealed(), name="payment_method_details_are_sealed"),
        ]

    def __str__(self) -> str:
        return self.get_payment_type_display()
