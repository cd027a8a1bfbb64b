"""The one form for rows that staff may edit: inside their tenant, with a reason that history keeps."""

from typing import Any

from django import forms
from django.db.models import ForeignKey
from unfold.widgets import UnfoldAdminTextInputWidget


class ReasonedForm(forms.ModelForm):
    """Edits a plain fact of one tenant. Refuses links into another tenant, whoever tries."""

    change_reason = forms.CharField(
        label="Why",
        required=False,
        max_length=500,
        help_text="Kept in the history with your name.",
        widget=UnfoldAdminTextInputWidget,
    )
    own_tenant: Any = None  # set by the admin for people who belong to a tenant

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.own_tenant is not None and self.instance._state.adding and "tenant" not in self.fields:
            self.instance.tenant = self.own_tenant

    def _get_validation_exclusions(self) -> set[str]:
        return super()._get_validation_exclusions() - {"tenant"}

    def clean(self) -> dict[str, Any]:
        values = super().clean()
        tenant_id = getattr(values.get("tenant"), "pk", None) or getattr(self.instance, "tenant_id", None)
        for name in self.links():
            row = values.get(name)
            if row is not None and tenant_id is not None and getattr(row, "tenant_id", tenant_id) != tenant_id:
                self.add_error(name, f"{row} belongs to another business. Choose one of the same business.")
        return values

    def links(self) -> list[str]:
        """Names of the foreign keys on the form, besides the tenant itself."""
        columns = self.instance._meta.concrete_fields
        return [column.name for column in columns if isinstance(column, ForeignKey) and column.name != "tenant"]
