"""Tables of the ground floor."""

from accounts.models.counter import Counter
from accounts.models.idempotency import IdempotentRequest
from accounts.models.refused_write import RefusedWrite
from accounts.models.tenant import Tenant
from accounts.models.tenant_owned import TenantOwned, TenantQuerySet
from accounts.models.user import Role, User

__all__ = [
    "Counter",
    "IdempotentRequest",
    "RefusedWrite",
    "Role",
    "Tenant",
    "TenantOwned",
    "TenantQuerySet",
    "User",
]
