"""The counter over HTTP: a sale and its payment in one request."""

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.door import Door
from accounts.api.fields import Key, Moment, StrictSerializer, Text
from accounts.api.idempotency import idempotent
from accounts.roles import STAFF
from billing import services
from billing.api.fields import Channel
from billing.api.payments import PaymentAnswer
from billing.api.sales import SaleAnswer, SaleLineForm
from billing.models import Payment
from billing.services.counter_sales import CHANNELS

AT_THE_COUNTER = [choice for choice in Payment.Channel.choices if choice[0] in CHANNELS]


class CounterSaleForm(StrictSerializer):
    """What was bought, and how it was paid."""

    id = Key(required=False, help_text="Made by the till: a repeat answers the first sale and payment.")
    lines = SaleLineForm(many=True, allow_empty=False, max_length=200)
    channel = Channel(AT_THE_COUNTER, help_text="MOBILE_MONEY is also a QR code.")
    sold_at = Moment(required=False, help_text="Default: now.")
    reference = Text(max_length=100, allow_blank=True, required=False)


class CounterSaleAnswer(serializers.Serializer):
    """The sale and the money for it."""

    sale = SaleAnswer()
    payment = PaymentAnswer()


class CounterSales(Door):
    """What is sold to whoever walks in."""

    writers = STAFF

    @extend_schema(request=CounterSaleForm, responses={201: CounterSaleAnswer})
    @idempotent
    def post(self, request: Request) -> Response:
        """Sell over the counter and take the money at once, both or neither, to the business's one walk-in customer."""
        form = self.body(CounterSaleForm)
        sale, payment = services.sell_at_counter(actor=request.user, tenant=self.tenant(), now=timezone.now(), **form)
        answer = CounterSaleAnswer({"sale": sale, "payment": payment})
        return Response(answer.data, status=status.HTTP_201_CREATED)
