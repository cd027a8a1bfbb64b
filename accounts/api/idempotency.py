"""POSTs that move money: sent twice, done once.

A client gives every such request an `Idempotency-Key` of its own making and repeats the request, key and all, until it
hears an answer. The first one that gets through does the work; a repeat is answered what the first was answered.

    class PaymentList(APIView):
        @idempotent
        def post(self, request):
            …

The key belongs to one person, method and path. A row that claims it is committed first and locked while the work is done; the
answer is written to that row in the work's own transaction, so a crash leaves neither money nor answer, and the repeat
starts anew. Only success is kept: a request that was refused moved nothing, and may be sent again once the cause is cured.
"""

import functools
import json
import re
from collections.abc import Callable
from typing import Any, cast

from django.db import OperationalError, transaction
from django.utils.crypto import salted_hmac
from rest_framework import exceptions, status
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import IdempotentRequest, User
from accounts.unit_of_work import unit_of_work

ACCEPTED_KEY = re.compile(r"[\x21-\x7e]{1,255}")
LOCK_NOT_AVAILABLE = "55P03"


class IdempotencyKeyMissing(exceptions.ParseError):
    """The request moves money and has no usable key (HTTP 400)."""

    default_code = "idempotency_key_missing"
    default_detail = (
        "This request moves money and needs the header `Idempotency-Key`: 1 to 255 visible ASCII characters, for "
        "example a UUID, the same for every repeat of one request."
    )


class RequestStillRunning(exceptions.APIException):
    """The first request with this key has not been answered yet (HTTP 409)."""

    status_code = status.HTTP_409_CONFLICT
    default_code = "request_still_running"
    default_detail = "The first request with this `Idempotency-Key` is still being worked on. Ask again in a moment."


class KeyUsedForAnotherRequest(exceptions.APIException):
    """The key came before with another body (HTTP 422)."""

    status_code = status.HTTP_422_UNPROCESSABLE_ENTITY
    default_code = "idempotency_key_reused"
    default_detail = "This `Idempotency-Key` came before with another body. Use a new key for a new request."


def idempotent(handler: Callable[..., Response]) -> Callable[..., Response]:
    """Make a view's POST handler idempotent by the request's `Idempotency-Key`, and atomic."""

    @functools.wraps(handler)
    def answer(view: Any, request: Request, *args: Any, **kwargs: Any) -> Response:
        def work() -> Response:
            return handler(view, request, *args, **kwargs)

        claim = _claim(request)
        return answer_once(actor=cast(User, request.user), claim=claim, request_hash=_hash_of(request), work=work)

    answer.is_idempotent = True  # type: ignore[attr-defined] # read by config.api.schema
    return answer


def idempotent_when_keyed(handler: Callable[..., Response]) -> Callable[..., Response]:
    """The same, where the key may be left out: a second time is refused anyhow, or the body has a key of its own.

    A second reversal is refused; a sale has its `id`, a return its `return_key`.
    """
    keyed = idempotent(handler)

    @functools.wraps(handler)
    def answer(view: Any, request: Request, *args: Any, **kwargs: Any) -> Response:
        chosen = keyed if "Idempotency-Key" in request.headers else handler
        return chosen(view, request, *args, **kwargs)

    answer.takes_idempotency_key = True  # type: ignore[attr-defined] # read by config.api.schema
    return answer


@unit_of_work
def answer_once(*, actor: User, claim: dict[str, Any], request_hash: str, work: Callable[[], Response]) -> Response:
    """Do the work and keep its answer, or give the answer that is kept."""
    kept = _lock(claim)
    if kept.response_status is None:
        response = work()
        if status.is_success(response.status_code):
            kept.request_hash = request_hash
            kept.response_status = response.status_code
            kept.response_body = json.loads(JSONRenderer().render(response.data) or b"null")
            kept.save()
        return response
    if kept.request_hash != request_hash:
        raise KeyUsedForAnotherRequest()
    return Response(kept.response_body, status=kept.response_status, headers={"Idempotency-Replayed": "true"})


def _claim(request: Request) -> dict[str, Any]:
    """Commit the row that stands for this key, made now or by an earlier request."""
    key = request.headers.get("Idempotency-Key", "")
    if not ACCEPTED_KEY.fullmatch(key):
        raise IdempotencyKeyMissing()
    claim = {"user_id": request.user.pk, "route": f"{request.method} {request.path}"[:200], "key": key}
    IdempotentRequest.objects.bulk_create([IdempotentRequest(**claim, request_hash="")], ignore_conflicts=True)
    return claim


def _lock(claim: dict[str, Any]) -> IdempotentRequest:
    """Lock the key's row, or say that another request holds it. SQLite has one writer, who is waited for instead."""
    try:
        with transaction.atomic():
            return IdempotentRequest.objects.select_for_update(nowait=True).get(**claim)
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", None) == LOCK_NOT_AVAILABLE:
            raise RequestStillRunning() from error
        raise
    except IdempotentRequest.DoesNotExist as error:  # swept in this very moment: it was older than the retention
        raise RequestStillRunning() from error


def _hash_of(request: Request) -> str:
    """A keyed hash of what is asked for: the query and the body, whatever the order of its keys.

    A body may hold an account number: without the key, whoever has the database could try all numbers on a plain hash.
    """
    asked = json.dumps([sorted(request.query_params.lists()), request.data], sort_keys=True, default=str)
    return salted_hmac("accounts.idempotency", asked, algorithm="sha256").hexdigest()
