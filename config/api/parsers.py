"""Reads JSON bodies, and refuses in words those that are too large or nested too deep to be meant."""

from collections.abc import Mapping
from typing import IO, Any

from django.conf import settings
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

from config.api.errors import BodyTooLarge


class StrictJSONParser(JSONParser):
    """JSON up to MAX_BODY_BYTES. Django enforces the limit on forms only, so it is enforced here for the API."""

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        context = parser_context or {}
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        request = context.get("request")
        length = int(request.META.get("CONTENT_LENGTH") or 0) if request else 0
        if length > limit:
            raise BodyTooLarge(f"The request body has {length} bytes; {limit} are accepted. Send it in smaller parts.")
        try:
            return super().parse(stream, media_type, parser_context)
        except RecursionError as error:
            raise ParseError("The JSON is nested too deep. Send it flatter.") from error
