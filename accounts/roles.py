"""Roles, and which of them stand together: said once, asked by endpoints, services, permissions and querysets alike."""

from django.db import models


class Role(models.TextChoices):
    """What a person is in their business; `accounts.permissions` says what each may do."""

    ADMIN = "ADMIN", "Administrator"
    FINANCE = "FINANCE", "Finance"
    SALES_REP = "SALES_REP", "Sales representative"
    CUSTOMER = "CUSTOMER", "Customer"


ADMINS = frozenset({Role.ADMIN})
OFFICE = ADMINS | {Role.FINANCE}
STAFF = OFFICE | {Role.SALES_REP}
EVERYBODY = STAFF | {Role.CUSTOMER}
