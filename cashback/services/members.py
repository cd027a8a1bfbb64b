"""Members: the active people of a business, who have points of their own."""

from accounts.errors import NotAllowed
from accounts.models import Tenant, User


class NotAMember(NotAllowed):
    """Only an active person of a business has points: to send, and to be paid out."""

    code = "not_a_member"


def member_of(actor: User | None) -> Tenant:
    """The business of an active person. *Raises* NotAMember."""
    if actor is None or actor.tenant is None or not actor.is_active:
        raise NotAMember("Only an active person of a business has points of their own. Log in as one.")
    return actor.tenant
