"""How the admin writes money: in units of currency, grouped, aligned right, the currency small beside it."""

from collections.abc import Iterable
from contextlib import suppress
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import DecimalValidator
from django.db.models import Field, Model
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from unfold.widgets import UnfoldAdminTextInputWidget

from accounts.admin import AuditAdmin
from accounts.admin.story import Storyteller
from accounts.models import Tenant
from billing.money import as_units, digits_after_unit
from billing.money import grouped as written

EXAMPLE: Final = 12_345
MOST_DIGITS: Final = 17


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

    def __init__(self, *about: Any, **more: Any) -> None:
        super().__init__(*about, **more)
        self.currencies: dict[Any, str] = {}

    def value_in_words(self, column: Field, value: Any, image: Any) -> str:
        if column.name.endswith("_cents") and isinstance(value, int):
            currency = getattr(image, "currency", "") or self.currency_of_books(image)
            return f"{grouped(value, currency)} {currency}".strip()
        return super().value_in_words(column, value, image)

    def currency_of_books(self, image: Any) -> str:
        """The currency of the business, for rows that carry none of their own; asked once for a page."""
        tenant_id = getattr(image, "tenant_id", None)
        if tenant_id not in self.currencies:
            found = Tenant.objects.filter(pk=tenant_id).values_list("currency", flat=True).first()
            self.currencies[tenant_id] = found or ""
        return self.currencies[tenant_id]


class AmountField(forms.DecimalField):
    """An amount typed in units of its currency (123.45 BDT, 12345 JPY), stored in the currency's minor units.

    A form that knows the currency only when it is made says so by `in_currency`.
    """

    def __init__(self, *, currency: str = "", **options: Any) -> None:
        known = {name: options[name] for name in ("label", "help_text", "required", "initial") if name in options}
        super().__init__(min_value=0, widget=UnfoldAdminTextInputWidget, **known)
        self.currency = currency

    def in_currency(self, currency: str, more: str = "") -> None:
        """Take amounts of this currency, and say so below the field, with what `more` there is to say."""
        self.currency = currency
        example = f"such as {as_units(EXAMPLE, currency)}"
        self.help_text = f"In {currency or 'units of currency'}, {example}{more}."

    def prepare_value(self, value: Any) -> Any:
        return as_units(value, self.currency) if isinstance(value, int) else value

    def run_validators(self, value: Any) -> None:
        super().run_validators(value)
        if value not in self.empty_values:
            DecimalValidator(MOST_DIGITS, digits_after_unit(self.currency))(value)

    def clean(self, value: Any) -> int | None:
        units = super().clean(value)
        return None if units is None else int(units.scaleb(digits_after_unit(self.currency)))

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return not self.disabled and self.clean(data) != initial
        except ValidationError:
            return True


class MoneyAdmin(AuditAdmin):
    """Pages of rows with amounts."""

    def formfield_for_dbfield(self, db_field: Field, request: HttpRequest, **options: Any) -> Any:
        if not db_field.name.endswith("_cents"):
            return super().formfield_for_dbfield(db_field, request, **options)
        label = capfirst(str(db_field.verbose_name).removesuffix(" cents"))
        return db_field.formfield(form_class=AmountField, label=label)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """Amounts are typed in the currency of the row, or of the business that it is added to."""
        form: Any = super().get_form(request, obj, change=change, **kwargs)
        for typed in form.base_fields.values():
            if isinstance(typed, AmountField):
                typed.in_currency(currency_of(obj) if obj else _currency_of_books(request))
        return form

    def storyteller(self) -> MoneyTeller:
        return MoneyTeller(self.model, self.story_skips)


def _currency_of_books(request: HttpRequest) -> str:
    """The currency of the person's business; a superuser chooses the business in the form itself."""
    tenant = getattr(request.user, "tenant", None)
    if tenant is None and (chosen := request.POST.get("tenant")):
        with suppress(ValidationError):
            tenant = Tenant.objects.filter(pk=chosen).first()
    return tenant.currency if tenant else ""
