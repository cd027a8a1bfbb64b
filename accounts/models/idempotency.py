"""Requests that moved money under an `Idempotency-Key`, kept so that a repeat is answered and not done again."""

from django.conf import settings
from django.db import models

from accounts.ids import new_id


class IdempotentRequest(models.Model):
    """Was this request already made, and what was it answered?

    Written by `accounts.api.idempotency` alone: first without an answer (it is being worked on), then with it, in the
    same transaction as the money that it moved.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    route = models.CharField(max_length=200, help_text="Method and path.")
    key = models.CharField(max_length=255)
    request_hash = models.CharField(max_length=64)
    response_status = models.PositiveSmallIntegerField(null=True)
    response_body = models.JSONField(null=True)
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        db_table = "idempotent_requests"
        constraints = [
            models.UniqueConstraint(
                fields=["user", "route", "key"], name="idempotency_key_is_used_once_per_user_and_route"
            )
        ]

    def __str__(self) -> str:
        return f"{self.route} {self.key}"
