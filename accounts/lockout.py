"""Guessing passwords: who is counted as the same guesser, and what a locked-out person reads.

django-axes counts wrong passwords per e-mail and address, for the API and the admin alike, and refuses even the right
password until LOGIN_COOLOFF_MINUTES after the last one that it counted.
"""

import math
from typing import Any

from axes.models import AccessAttempt
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from accounts.words import counted

TOO_MANY_REQUESTS = 429


def guessed_email(request: HttpRequest, credentials: dict[str, Any] | None) -> str:
    """The e-mail that is tried, as it is stored: another spelling is not another account."""
    tried = credentials or request.POST
    return str(tried.get("username") or tried.get("email") or "").strip().lower()


def client_address(request: HttpRequest) -> str:
    """The address that guesses are counted for: the one that the outermost of our own PROXY_COUNT proxies saw.

    Whatever stands further left in `X-Forwarded-For` was written by the client and is not believed.
    """
    direct = request.META.get("REMOTE_ADDR", "")
    if not settings.PROXY_COUNT:
        return direct
    forwarded = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",") if part.strip()]
    return forwarded[-settings.PROXY_COUNT] if len(forwarded) >= settings.PROXY_COUNT else direct


def seconds_locked(request: HttpRequest, email: str) -> int:
    """How long this guesser still has to wait."""
    attempts = AccessAttempt.objects.filter(username=email.strip().lower(), ip_address=client_address(request))
    last = attempts.order_by("-attempt_time").values_list("attempt_time", flat=True).first()
    unlocked_at = (last or timezone.now()) + settings.AXES_COOLOFF_TIME
    return max(1, math.ceil((unlocked_at - timezone.now()).total_seconds()))


def waiting_text(seconds: int) -> str:
    """What a locked-out person reads, wherever they tried.

    >>> waiting_text(61)
    'Too many wrong passwords for this e-mail from your address. Wait 2 minutes, then try again.'
    """
    minutes = math.ceil(seconds / 60)
    wait = counted(minutes, "minutes")
    return f"Too many wrong passwords for this e-mail from your address. Wait {wait}, then try again."


def answer_locked_out(
    request: HttpRequest, response: HttpResponse | None = None, credentials: dict[str, Any] | None = None
) -> HttpResponse:
    """Answer a locked-out log-in: the API has done so itself; the admin gets a page."""
    if response is not None and response.status_code == TOO_MANY_REQUESTS:
        return response
    seconds = seconds_locked(request, guessed_email(request, credentials))
    page = render(request, "accounts/locked_out.html", {"text": waiting_text(seconds)}, status=TOO_MANY_REQUESTS)
    page["Retry-After"] = str(seconds)
    return page
