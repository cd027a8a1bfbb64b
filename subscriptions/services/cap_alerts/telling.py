"""Telling customers how much of their cap is used: one message for each alert, in one transaction with the mark that it was sent.

A mail server that refuses leaves the alert untold, and the next look at the subscription tries again. A customer without a log-in
of their own is told by nobody; the alert is marked all the same, and the office sees it.
"""

import logging
from collections.abc import Sequence
from datetime import datetime
from smtplib import SMTPException
from uuid import UUID

from django.core.mail import get_connection, send_mail
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction

from accounts.locks import locked
from billing.money import as_units
from subscriptions.models import DataCapAlert
from subscriptions.rules.data_units import data_in_words
from subscriptions.selectors.plan_subscriptions import current_period
from subscriptions.services.cap_alerts.answer import CapsWatched

log = logging.getLogger("roundsman.usage_monitoring")


def tell_customers(alert_ids: Sequence[UUID], *, now: datetime, run_id: UUID) -> CapsWatched:
    """Tell what these alerts say, each once; answers how many were told and how many could not be."""
    counts = CapsWatched()
    if not alert_ids:
        return counts
    mail = get_connection()
    for alert_id in alert_ids:
        try:
            counts.told += tell(alert_id, now=now, mail=mail)
        except (SMTPException, OSError, ValueError) as error:  # ValueError: no mail can be addressed like this
            counts.not_told += 1
            facts = {"alert_id": str(alert_id), "why": type(error).__name__, "run_id": str(run_id)}
            log.warning("usage_monitoring.notification_failed", extra=facts)
    return counts


@transaction.atomic
def tell(alert_id: UUID, *, now: datetime, mail: BaseEmailBackend) -> bool:
    """Mark the alert and send its message; answers whether there was anybody to send it to.

    *Raises* SMTPException, OSError, ValueError.
    """
    untold = DataCapAlert.objects.filter(pk=alert_id, notified_at__isnull=True)
    related = ("subscription__plan", "subscription__customer__user", "tenant")
    alert = locked(untold).select_related(*related).first()
    if alert is None:
        return False
    alert.notified_at = now
    alert.save(update_fields=["notified_at"])
    person = alert.subscription.customer.user
    if person is None or not person.is_active:
        return False
    send_mail(subject_of(alert), message_of(alert), None, [person.email], connection=mail)
    return True


def subject_of(alert: DataCapAlert) -> str:
    """What it is about, in a line."""
    return f"{alert.threshold_percent} % of your data is used ({alert.subscription.plan.name})"


def message_of(alert: DataCapAlert) -> str:
    """How much is used, of how much, until when, and what more costs."""
    subscription, plan = alert.subscription, alert.subscription.plan
    period = current_period(subscription, alert.period_start)
    used, cap = data_in_words(alert.usage_bytes), data_in_words(alert.cap_bytes)
    days = f"{period.start:%-d %B} to {period.end:%-d %B %Y}"
    price = f"{as_units(plan.overage_price_cents, plan.currency)} {plan.currency} for each {plan.overage_unit}"
    more = f"Data beyond it costs {price}." if plan.overage_price_cents else "Data beyond it costs nothing more."
    return (
        f"Dear {subscription.customer.name},\n\n"
        f"you have used {used} of the {cap} that {plan.name} gives from {days}. {more}\n\n"
        f"{alert.tenant.name}\n"
    )
