"""The API doors of this floor's backfills, under the addresses that their runbooks name."""

from operations.api.backfills import BackfillDoor


class BackfillPaymentRouteId(BackfillDoor):
    """`payments.route_id` from the sale's route."""

    backfill = "payment_route_id"
