"""What is done with tenants, users and counters."""

from accounts.services.numbers import next_number
from accounts.services.users import change_password, create_tenant, create_user, deactivate_user

__all__ = ["change_password", "create_tenant", "create_user", "deactivate_user", "next_number"]
