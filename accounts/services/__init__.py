"""What is done with tenants, users, tokens and counters."""

from accounts.services.numbers import next_number
from accounts.services.tokens import issue_token, revoke_all_tokens, revoke_token, sweep_expired_tokens
from accounts.services.users import change_password, create_tenant, create_user, deactivate_user

__all__ = [
    "change_password",
    "create_tenant",
    "create_user",
    "deactivate_user",
    "issue_token",
    "next_number",
    "revoke_all_tokens",
    "revoke_token",
    "sweep_expired_tokens",
]
