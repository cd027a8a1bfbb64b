"""The HTTP status of a refusal: the same by API and in the admin. Services know nothing of it."""

from accounts.errors import Conflict, DomainError, NotAllowed, NotFound

STATUS_OF: dict[type[DomainError], int] = {NotFound: 404, NotAllowed: 403, Conflict: 409}
BROKEN_RULE = 422


def status_of(error: DomainError) -> int:
    """The status with which a refusal is answered.

    >>> from accounts.errors import RuleBroken
    >>> [status_of(error("no")) for error in (NotFound, NotAllowed, Conflict, RuleBroken)]
    [404, 403, 409, 422]
    """
    return next((status for kind, status in STATUS_OF.items() if isinstance(error, kind)), BROKEN_RULE)
