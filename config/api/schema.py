"""The OpenAPI schema of every endpoint, with the error answers that all of them can give."""

from drf_spectacular.openapi import AutoSchema


class Schema(AutoSchema):
    """Adds the error answers to each operation."""
