"""How the admin writes money: in units of currency, grouped, aligned right, the currency small beside it."""

from typing import Any

from django.db.models import Field, Model
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.admin import AuditAdmin
from accounts.admin.story import Storyteller


def grouped(cents: int) -> str:
    """Write cents in units with thousands apart.

    >>> grouped(1234567), grouped(-5), grouped(0)
    ('12,345.67', '−0.05', '0.00')
    """
    sign = "−" if cents < 0 else ""
    return f"{sign}{abs(cents) // 100:,}.{abs(cents) % 100:02d}"


def money(cents: int | None, currency: str) -> SafeString | str:
    """An amount as the admin shows it everywhere."""
    if cents is None:
        return "–"
    quiet = "" if cents else " rm-zero"
    return format_html('<span class="rm-money{}">{}<small>{}</small></span>', quiet, grouped(cents), currency)


def currency_of(row: Model) -> str:
    """The currency of a document, or of the books it belongs to."""
    own = getattr(row, "currency", None)
    return own or row.tenant.currency


class MoneyTeller(Storyteller):
    """Tells history with money in units of currency."""

    def value_in_words(self, column: Field, value: Any, image: Any) -> str:
        if column.name.endswith("_cents") and isinstance(value, int):
            return f"{grouped(value)} {getattr(image, 'currency', '')}".strip()
        return super().value_in_words(column, value, image)


class MoneyAdmin(AuditAdmin):
    """Pages of rows with amounts."""

    def storyteller(self) -> MoneyTeller:
        return MoneyTeller(self.model, self.story_skips)
