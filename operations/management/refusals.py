"""Turns what a service refuses into a command's exit 2, in the service's own words."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import Error

from accounts.errors import DomainError
from operations.management.targets import Refused


@contextmanager
def refusing() -> Iterator[None]:
    """Leave with exit 2 and the reason when the block is refused, or when the database fails."""
    try:
        yield
    except DomainError as error:
        raise Refused(error.message) from error
    except Error as error:
        raise Refused(f"The database failed: {' '.join(str(error).split())}. Nothing was changed.") from error
