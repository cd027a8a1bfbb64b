"""What each role may do in the admin: one table, asked as Django permissions. Endpoints and services name their roles themselves.

Money and history are never edited as rows: nobody has *add*, *change* or *delete* on them through the admin; people act by
services. So a role's permissions are *view* on what it may see, and *change* on the few tables that are plain facts.
"""

from typing import Any

from django.contrib.auth.backends import ModelBackend

from accounts.models import User
from accounts.roles import ADMINS, OFFICE

MANAGED_BY_ADMIN = {"accounts.user", "routes.round", "billing.customer"}
CUSTOM = {
    "operations.execute_backfill": ADMINS,
    "operations.decide_finding": OFFICE,
    "billing.view_accountability": OFFICE,
    "operations.view_health": OFFICE,
    "billing.verify_payment": OFFICE,
    "billing.reverse_payment": OFFICE,
    "billing.refund_payment": OFFICE,
    "billing.correct_payment": OFFICE,
    "billing.allocate_payment": OFFICE,
    "billing.reverse_allocation": OFFICE,
    "billing.apply_credit": OFFICE,
    "billing.void_credit": OFFICE,
    "billing.grant_credit": OFFICE,
    "billing.correct_opening_balance": OFFICE,
    "billing.draft_invoice": OFFICE,
    "billing.settle_gateway_event": OFFICE,
    "billing.view_finance": OFFICE,
    "subscriptions.view_reports": OFFICE,
    "subscriptions.run_day": OFFICE,
    "subscriptions.plan_orders": OFFICE,
    "subscriptions.price_products": OFFICE,
    "subscriptions.invoice_period": OFFICE,
    "subscriptions.decide_usage": OFFICE,
    "subscriptions.manage_lines": ADMINS,
    "cashback.grant_points": ADMINS,
    "cashback.pay_out": ADMINS,
    "cashback.read_payout_details": ADMINS,
    "cashback.approve_entry": ADMINS,
    "cashback.set_policy": ADMINS,
    "cashback.assign": ADMINS,
    "cashback.configure": OFFICE,
    "cashback.open_loan": OFFICE,
    "cashback.pay_loan": OFFICE,
    "cashback.run_tracker": OFFICE,
    "billing.record_payment": OFFICE,
    "billing.move_invoice": OFFICE,
    "billing.correct_invoice": OFFICE,
    "billing.record_return": OFFICE,
    "billing.cancel_sale": OFFICE,
    "billing.move_route": OFFICE,
    "billing.reconcile_route": OFFICE,
    "billing.reassign_route": OFFICE,
}
HIDDEN_FROM_TENANTS = {"accounts.tenant", "knox.authtoken", "axes.accessattempt"}


class RoleBackend(ModelBackend):
    """Answers `user.has_perm(...)` from the role; superusers may everything, inactive people nothing."""

    def has_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        if not isinstance(user_obj, User) or not user_obj.is_active:
            return False
        return user_obj.is_superuser or role_allows(user_obj.role, perm)

    def has_module_perms(self, user_obj: Any, app_label: str) -> bool:
        return isinstance(user_obj, User) and user_obj.is_active and user_obj.role in OFFICE


def role_allows(role: str, perm: str) -> bool:
    """Answer whether a role has a permission such as `billing.view_payment`.

    Example: `role_allows("FINANCE", "billing.view_payment")` is True, `billing.change_payment` is False for everybody.
    """
    if perm in CUSTOM:
        return role in CUSTOM[perm]
    app_label, _, codename = perm.partition(".")
    verb, _, model = codename.partition("_")
    if f"{app_label}.{model}" in HIDDEN_FROM_TENANTS:
        return False
    if verb == "view":
        return role in OFFICE
    return verb in {"add", "change"} and role in ADMINS and f"{app_label}.{model}" in MANAGED_BY_ADMIN
