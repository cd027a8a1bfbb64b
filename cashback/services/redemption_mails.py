"""Mails about redemptions: to the administrators when one waits for them, to the person when it has ended.

They are sent after the commit, so nobody hears of what did not happen. A mail server that refuses changes nothing: the list of
pending redemptions says the same. A mail never holds details, references or notes, which stand behind the log-in, and logs hold
ids alone.
"""

import logging
from collections.abc import Callable, Iterable
from functools import partial
from smtplib import SMTPException
from typing import Any

from django.core.mail import EmailMessage, get_connection
from django.db import transaction

from accounts.models import User
from accounts.roles import ADMINS
from cashback.models import CashbackRedemption
from cashback.rules.points import in_points

log = logging.getLogger("roundsman.redemptions")

MOST_SECONDS = 10  # that a mail server keeps a request waiting


def tell_admins(redemption: CashbackRedemption) -> None:
    """Tell those who pay out that somebody asks for points, once it is committed."""
    payers = User.objects.filter(tenant_id=redemption.tenant_id, role__in=ADMINS, is_active=True)
    others = payers.exclude(pk=redemption.user_id).order_by("pk").values_list("email", flat=True)
    subject = f"A redemption waits: {_points(redemption)}"
    text = (
        f"{redemption.user} asks for {_points(redemption)} by {_kind(redemption)}. "
        "The details stand on the list of pending redemptions.\n\n"
        f"{redemption.tenant.name}\n"
    )
    _after_commit(redemption, subject, text, others)


def tell_person(redemption: CashbackRedemption) -> None:
    """Tell who asked for points that they were paid out or came back, once it is committed."""
    if redemption.status == CashbackRedemption.Status.COMPLETED:
        outcome, rest = "paid out", f"were paid out by {_kind(redemption)}. The reference stands"
    else:
        outcome, rest = "cancelled", "were not paid out and are yours again. The reason stands"
    text = f"Dear {redemption.user},\n\n{_points(redemption)} {rest} on your page of redemptions.\n\n"
    people = [redemption.user.email] if redemption.user.is_active else []
    _after_commit(
        redemption, f"Your redemption was {outcome}: {_points(redemption)}", f"{text}{redemption.tenant.name}\n", people
    )


def _after_commit(redemption: CashbackRedemption, subject: str, text: str, addresses: Iterable[str]) -> None:
    if messages := [EmailMessage(subject, text, to=[address]) for address in addresses]:
        transaction.on_commit(partial(_send, str(redemption.pk), messages))


def _send(redemption_id: str, messages: list[EmailMessage]) -> None:
    """Send each to one person: nobody reads the others' addresses, and one that is refused stops no other."""
    mail = get_connection(timeout=MOST_SECONDS)
    if not _went(redemption_id, mail.open):
        return  # a silent server is waited for once, not once for each person
    for message in messages:
        _went(redemption_id, partial(mail.send_messages, [message]))
    _went(redemption_id, mail.close)


def _went(redemption_id: str, step: Callable[[], Any]) -> bool:
    try:
        step()
    except (SMTPException, OSError, ValueError) as error:  # ValueError: no mail can be addressed like this
        log.warning("redemption_mail_failed", extra={"redemption_id": redemption_id, "why": type(error).__name__})
        return False
    return True


def _points(redemption: CashbackRedemption) -> str:
    return f"{in_points(redemption.points_cents)} points"


def _kind(redemption: CashbackRedemption) -> str:
    return redemption.get_redemption_type_display()
