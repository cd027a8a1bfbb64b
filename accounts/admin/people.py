"""Pages of businesses, people, their tokens and their failed log-ins."""

from typing import Any
from zoneinfo import available_timezones

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from knox.models import AuthToken
from unfold.decorators import action, display
from unfold.forms import AdminPasswordChangeForm, UserCreationForm

from accounts import audit
from accounts.admin.base import AuditAdmin
from accounts.admin.card import Card, Figure, State
from accounts.admin.forms import ReasonedForm
from accounts.models import Tenant, User
from accounts.payment_limits import NotALimit, limits_of
from accounts.services import change_password
from accounts.words import counted

for model in (Group, AuthToken, AccessAttempt, AccessLog, AccessFailureLog):
    if admin.site.is_registered(model):
        admin.site.unregister(model)


def active_state(is_active: bool) -> State:
    """Whether somebody or something is in use, as a state."""
    return State("Active", "success") if is_active else State("Closed")


class TenantForm(ReasonedForm):
    """Makes and changes a business; refuses what every later payment and report would stumble over."""

    def clean_timezone(self) -> str:
        """Let pass only a time zone that there is."""
        zone = self.cleaned_data["timezone"]
        if zone not in available_timezones():
            raise ValidationError(f"There is no time zone {zone!r}. Write it like Asia/Dhaka.")
        return zone

    def clean_payment_limits(self) -> dict[str, Any]:
        """Let pass only limits in whole cents by channel."""
        limits = self.cleaned_data["payment_limits"] or {}
        if not isinstance(limits, dict):
            raise ValidationError('Write whole cents by channel, such as {"CASH": 500000}; {} is no limit.')
        for channel, setting in limits.items():
            try:
                limits_of(setting)
            except NotALimit as error:
                raise ValidationError(f"{channel}: {error}") from error
        return limits


@admin.register(Tenant)
class TenantAdmin(AuditAdmin):
    """Businesses: superusers make and change them."""

    is_editable = True
    form = TenantForm
    tenant_path = "pk"
    list_display = ["name", "slug", "currency", "timezone", "invoice_numbering", "requires_payment_verification"]
    search_fields = ["slug__exact", "name__exact"]
    search_help_text = "The exact short name or full name."
    ordering = ["name", "pk"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """The currency is set once: in another one all that was signed would count for nothing."""
        return ["currency"] if obj else []

    def card(self, request: HttpRequest, row: Tenant) -> Card:
        what = f"A business that keeps its books in {row.currency}, on {row.timezone} time."
        return Card(what=what, figures=[Figure("Invoices are numbered", row.get_invoice_numbering_display())])


class PersonForm(ReasonedForm):
    """Changes a person; the password has a page of its own."""


class PersonAddForm(ReasonedForm, UserCreationForm):
    """Makes a person who logs in by e-mail."""

    class Meta:
        model = User
        fields = ["email", "name", "tenant", "role", "is_staff"]
        field_classes: dict[str, Any] = {}

    def clean_email(self) -> str:
        """E-mails are stored in lower case."""
        return self.cleaned_data["email"].strip().lower()


class NewPasswordForm(AdminPasswordChangeForm):
    """Sets a password through the service; every token given under the old one is revoked."""

    def save(self, commit: bool = True) -> User:
        password = self.cleaned_data["password1"] if self.cleaned_data["set_usable_password"] else None
        change_password(actor=audit.current().actor, user=self.user, password=password)
        return self.user


@admin.register(User)
class UserAdmin(AuditAdmin, DjangoUserAdmin):
    """People: administrators manage those of their own business."""

    is_editable = True
    tenant_path = "tenant"
    form = PersonForm
    add_form = PersonAddForm
    change_password_form = NewPasswordForm
    add_form_template = None
    filter_horizontal = ()
    ordering = ["name", "pk"]
    list_display = ["name", "email", "role_in_words", "tenant", "is_staff", "state"]
    list_filter = ["role", "is_active", "is_staff"]
    list_select_related = ["tenant"]
    search_fields = ["email__exact", "name__startswith"]
    search_help_text = "A whole e-mail address, or how a name begins."
    readonly_fields = ["created_at", "last_login"]
    actions_detail = ["set_password", "revoke_tokens"]

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        people = super().get_queryset(request)
        return people if request.user.is_superuser else people.filter(is_superuser=False)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        tenant = ["tenant"] if request.user.is_superuser else []
        if obj is None:
            fields = ["email", "name", *tenant, "role", "is_staff", "usable_password", "password1", "password2"]
            return [(None, {"fields": fields})]
        fields = ["email", "name", *tenant, "role", "is_staff", "is_active", "change_reason"]
        return [
            (None, {"fields": fields}),
            ("Times", {"fields": ["created_at", "last_login"], "classes": ["collapse"]}),
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Whom a business knows stays with it: their routes and payments do."""
        return [*super().get_readonly_fields(request, obj), *(["tenant"] if obj and obj.tenant_id else [])]

    def get_exclude(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["password", *super().get_exclude(request, obj)]

    def card(self, request: HttpRequest, row: User) -> Card:
        tokens = AuthToken.objects.filter(user=row, expiry__gt=timezone.now()).count()
        return Card(
            what=f"{row.get_role_display()}{f' of {row.tenant}' if row.tenant_id else ', above all businesses'}.",
            state=active_state(row.is_active),
            figures=[Figure("Tokens in use", str(tokens), "one for each phone or program that is logged in")],
        )

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:  # noqa: A002
        with audit.acting(actor=request.user):
            return super().user_change_password(request, id, form_url)

    @display(description="Role")
    def role_in_words(self, row: User) -> str:
        return row.get_role_display()

    @display(description="State")
    def state(self, row: User) -> State:
        return active_state(row.is_active)

    def may_change(self, request: HttpRequest, object_id: str) -> User:
        """The person on this page, where the one who asks may change them."""
        person = self.get_object(request, object_id)
        if person is None or not self.has_change_permission(request, person):
            raise PermissionDenied
        return person

    @action(description="Set password", icon="key", url_path="set-password", permissions=["change"])
    def set_password(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return redirect("admin:auth_user_password_change", object_id)

    @action(
        description="Revoke all tokens",
        icon="phonelink_erase",
        url_path="revoke-tokens",
        permissions=["change"],
        dialog={
            "title": "Revoke all tokens?",
            "description": "Every phone and program of this person must log in again.",
            "form_submit_text": "Revoke",
        },
    )
    def revoke_tokens(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        person = self.may_change(request, object_id)
        count, _ = AuthToken.objects.filter(user=person).delete()
        messages.success(
            request, f"{counted(count, 'tokens')} of {person} revoked: every phone and program must log in again."
        )
        return HttpResponse(headers={"HX-Redirect": reverse("admin:accounts_user_change", args=[object_id])})


@admin.register(AuthToken)
class TokenAdmin(AuditAdmin):
    """Tokens in use: who is logged in from where since when. The secret itself is never stored, so never shown."""

    list_display = ["token_key", "user", "created", "expiry", "state"]
    list_select_related = ["user"]
    ordering = ["-created", "pk"]
    tenant_path = "user__tenant"
    search_fields = ["user__email__exact"]
    search_help_text = "The e-mail address of the person."
    empty_says = "Nobody is logged in to the API. A token appears when a phone or a program logs in."
    actions = ["revoke"]

    @display(description="State")
    def state(self, row: AuthToken) -> State:
        in_use = row.expiry is None or row.expiry > timezone.now()
        return State("In use", "success") if in_use else State("Expired")

    @admin.action(description="Revoke", permissions=["view"])
    def revoke(self, request: HttpRequest, tokens: QuerySet) -> None:
        count, _ = tokens.delete()
        messages.success(request, f"{counted(count, 'tokens')} revoked.")


@admin.register(AccessAttempt)
class LockedOutAdmin(AuditAdmin):
    """Failed log-ins, and who is locked out because of them."""

    list_display = ["username", "ip_address", "failures_since_start", "attempt_time"]
    ordering = ["-attempt_time", "pk"]
    empty_says = "No failed log-ins. A line appears with the first wrong password."
    actions = ["let_in"]

    @admin.action(description="Let in again", permissions=["view"])
    def let_in(self, request: HttpRequest, attempts: QuerySet) -> None:
        count, _ = attempts.delete()
        messages.success(request, f"{counted(count, 'lock-outs')} lifted.")
