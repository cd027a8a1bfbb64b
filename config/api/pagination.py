"""Pages by keyset: a cursor names the last row seen, so that no row is lost or shown twice while others are added."""

from rest_framework.pagination import CursorPagination


class KeysetPagination(CursorPagination):
    """Placeholder of the keyset paginator."""
