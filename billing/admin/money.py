"""How the admin writes money: in units of currency, grouped, aligned right, the currency small beside it."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.db.models import Field, Model
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from unfold.widgets import UnfoldAdminTextInputWidget

from accounts.admin import AuditAdmin
from accounts.admin.story import Storyteller
from billing.money import as_units
from billing.money import grouped as written


def grouped(cents: int, currency: str = "") -> str:
    """Write minor units in units of their currency, with thousands apart.

    >>> grouped(1234567), grouped(-5), grouped(0), grouped(1500, "JPY")
    ('12,345.67', '−0.05', '0.00', '1,500')
    """
    return written(cents, currency).replace("-", "−")


def subtraction(parts: Iterable[int], left: int, currency: str) -> str:
    """A sum that can be checked by hand.

    >>> subtraction((500, 150), 350, "BDT")
    '5.00 − 1.50 = 3.50 BDT'
    """
    return f"{' − '.join(grouped(part, currency) for part in parts)} = {grouped(left, currency)} {currency}"


def money(cents: int | None, currency: str) -> SafeString | str:
    """An amount as the admin shows it everywhere."""
    if cents is None:
        return "–"
    quiet = "" if cents else " rm-zero"
    return format_html('<span class="rm-money{}">{}<small>{}</small></span>', quiet, grouped(cents, currency), currency)


def currency_of(row: Model) -> str:
    """The currency of a document, or of the books it belongs to."""
    own = getattr(row, "currency", None)
    return own or row.tenant.currency


class MoneyTeller(Storyteller):
    """Tells history with money in units of currency."""

    def value_in_words(self, column: Field, value: Any, image: Any) -> str:
        if column.name.endswith("_cents") and isinstance(value, int):
            currency = getattr(image, "currency", "")
            return f"{grouped(value, currency)} {currency}".strip()
        return super().value_in_words(column, value, image)


class AmountField(forms.DecimalField):
    """An amount typed in units of currency (123.45), stored in cents."""

    def __init__(self, **options: Any) -> None:
        known = {name: options[name] for name in ("label", "help_text", "required", "initial") if name in options}
        super().__init__(min_value=0, decimal_places=2, max_digits=17, widget=UnfoldAdminTextInputWidget, **known)

    def prepare_value(self, value: Any) -> Any:
        return as_units(value) if isinstance(value, int) else value

    def clean(self, value: Any) -> int | None:
        units = super().clean(value)
        return None if units is None else int(units * 100)

    def has_changed(self, initial: Any, data: Any) -> bool:
        return super().has_changed(self.prepare_value(initial), data)


class MoneyAdmin(AuditAdmin):
    """Pages of rows with amounts."""

    def formfield_for_dbfield(self, db_field: Field, request: HttpRequest, **options: Any) -> Any:
        if not db_field.name.endswith("_cents"):
            return super().formfield_for_dbfield(db_field, request, **options)
        label = capfirst(str(db_field.verbose_name).removesuffix(" cents"))
        return db_field.formfield(
            form_class=AmountField, label=label, help_text="In units of currency, such as 123.45."
        )

    def storyteller(self) -> MoneyTeller:
        return MoneyTeller(self.model, self.story_skips)
