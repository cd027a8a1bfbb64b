"""What is refused of a payment before it is written: its channel, its limit, its collector and its sale."""

from datetime import datetime, timedelta

from django.conf import settings

from accounts.errors import RuleBroken
from accounts.models import Tenant, User
from accounts.payment_limits import NotALimit, limits_of
from billing.models import Payment, Sale
from billing.services.checks import check_currency
from billing.services.holding import Held
from billing.services.sales import check_not_cancelled
from routes.services import check_worker

CLOCK_TOLERANCE = timedelta(days=1)


class PaymentRefused(RuleBroken):
    """The payment contradicts its customer, its sale or the tenant's rules."""

    code = "payment_refused"


class SimulationNotAllowed(PaymentRefused):
    """Simulated payments are no money, and this installation takes none."""

    code = "simulation_not_allowed"


def check_new_payment(payment: Payment, held: Held, actor: User | None, now: datetime) -> None:
    """Let pass a payment that may be recorded. *Raises* PaymentRefused, WrongCurrency, SaleIsCancelled, PersonCannotDoThis."""
    tenant = held.customer.tenant
    check_currency(payment.currency, tenant.currency, of=f"the business {tenant.slug}")
    check_channel(payment)
    check_limit(tenant, channel=payment.channel, amount_cents=payment.amount_cents)
    if payment.received_at > now + CLOCK_TOLERANCE:
        raise PaymentRefused(
            f"received_at is {payment.received_at}, more than a day ahead of {now}. Correct the device's clock."
        )
    if payment.collected_by:
        _check_collector(payment.collected_by, payment, actor)
    if payment.sale_id:
        _check_sale(held.sales[payment.sale_id], payment)


def check_channel(payment: Payment) -> None:
    """Let pass a channel by which people may say that money came in. *Raises* PaymentRefused, SimulationNotAllowed."""
    if payment.channel not in Payment.Channel.values:
        raise PaymentRefused(
            f"There is no channel {payment.channel!r}. Choose one of: {', '.join(Payment.Channel.values)}."
        )
    if payment.channel == Payment.Channel.LEGACY:
        raise PaymentRefused("LEGACY marks what a backfill reconstructed of the old system. Choose how the money came.")
    if payment.channel == Payment.Channel.SIMULATED and not settings.SIMULATED_PAYMENTS:
        raise SimulationNotAllowed(
            "This installation takes no simulated payments. Record real money, or set SIMULATED_PAYMENTS on a test system."
        )
    by_gateway = payment.channel == Payment.Channel.GATEWAY
    if by_gateway != bool(payment.external_reference):
        raise PaymentRefused(
            "external_reference is the gateway's name for a payment by GATEWAY: give it for that channel, and for no other.",
            fields={"external_reference": ["Needed for GATEWAY, and only there."]},
        )


def check_limit(tenant: Tenant, *, channel: str, amount_cents: int) -> None:
    """Let pass an amount that the tenant allows at once by this channel. *Raises* PaymentRefused."""
    setting = tenant.payment_limits.get(channel)
    if setting is None:
        return
    try:
        least, most = limits_of(setting)
    except NotALimit as error:
        raise PaymentRefused(
            f"The limit of {tenant.slug} for {channel} is {setting!r}, which is no whole number of cents, nor a least and a "
            "most. Ask an administrator to correct it."
        ) from error
    if most is not None and amount_cents > most:
        raise PaymentRefused(
            f"{amount_cents} cents by {channel} is more than {tenant.slug} allows at once ({most}). "
            "Check the amount, or ask an administrator to raise the limit."
        )
    if amount_cents < least:
        raise PaymentRefused(
            f"{amount_cents} cents by {channel} is less than {tenant.slug} takes by it ({least}). "
            "Check the amount, choose another channel, or ask an administrator to lower the limit."
        )


def _check_collector(collector: User, payment: Payment, actor: User | None) -> None:
    check_worker(collector, payment.tenant_id)
    if actor is not None and actor.is_representative and collector.pk != actor.pk:
        raise PaymentRefused(
            f"{actor} is a representative and can record only what they collected themselves. "
            f"Ask {collector} or the office to record this payment."
        )


def _check_sale(sale: Sale, payment: Payment) -> None:
    if sale.customer_id != payment.customer_id:
        raise PaymentRefused(
            f"Sale {sale.number} is not a sale of this customer. Choose the sale's customer, or another sale."
        )
    check_not_cancelled(sale)
    check_currency(payment.currency, sale.currency, of=f"sale {sale.number}")
