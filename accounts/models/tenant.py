"""Tenants: the businesses that share this installation and never see each other."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db import models

from accounts.history import History
from accounts.ids import new_id


class Tenant(models.Model):
    """Which business does a row belong to, in which currency and time zone does it keep its books?

    Written by `accounts.services` and by superusers in the admin.
    """

    class InvoiceNumbering(models.TextChoices):
        CALENDAR_YEAR = "CALENDAR_YEAR", "By calendar year, for example SAL-2026-0001"
        INDIAN_FINANCIAL_YEAR = "INDIAN_FY", "By Indian financial year, for example 20262700001"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    slug = models.SlugField(max_length=50, unique=True)
    name = models.CharField(max_length=200)
    currency = models.CharField(max_length=3, help_text="ISO 4217, for example BDT.")
    timezone = models.CharField(max_length=50, default="UTC", help_text="For example Asia/Dhaka.")
    requires_payment_verification = models.BooleanField(default=False)
    payment_limits = models.JSONField(default=dict, blank=True, help_text="Largest payment in cents, by channel.")
    invoice_numbering = models.CharField(
        max_length=13, choices=InvoiceNumbering, default=InvoiceNumbering.CALENDAR_YEAR, db_default="CALENDAR_YEAR"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    history = History()

    class Meta:
        db_table = "tenants"
        constraints = [
            models.CheckConstraint(condition=models.Q(currency__regex="^[A-Z]{3}$"), name="tenant_currency_is_iso_4217")
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> ZoneInfo:
        """The tenant's time zone."""
        return ZoneInfo(self.timezone)

    def day_of(self, moment: datetime) -> date:
        """The calendar day on which a moment falls where the business is."""
        return moment.astimezone(self.zone).date()
