"""The errors that services raise: facts about the business, each with a code; doors turn them into words.

A service module names its own errors beside the code that raises them, as subclasses of these four.
"""


class DomainError(Exception):
    """A request that the business refuses. `message` says what, where and the cure."""

    code = "refused"

    def __init__(self, message: str, *, fields: dict[str, list[str]] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.fields = fields


class RuleBroken(DomainError):
    """The request is well formed, but a rule of the business forbids it (HTTP 422)."""

    code = "rule_broken"


class Conflict(DomainError):
    """The object is not in a state in which this can be done (HTTP 409)."""

    code = "conflict"


class NotAllowed(DomainError):
    """This person may not do this (HTTP 403)."""

    code = "not_allowed"


class NotFound(DomainError):
    """No such object, or it is not yours (HTTP 404)."""

    code = "not_found"
