"""Users: people who log in by e-mail, each with one tenant and one role."""

from typing import Any, Self

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models, transaction
from django.db.models.functions import Lower

from accounts.history import History
from accounts.ids import new_id
from accounts.models.tenant import Tenant
from accounts.models.tenant_owned import TenantQuerySet
from accounts.roles import OFFICE, Role


class UserQuerySet(TenantQuerySet):
    """People, chained like a sentence."""

    def visible_to_role(self, user: Any) -> Self:
        """The office sees everybody in its tenant; others see themselves."""
        return self if user.role in OFFICE else self.filter(pk=user.pk)


class UserManager(BaseUserManager["User"].from_queryset(UserQuerySet)):  # type: ignore[misc]
    """Finds and makes users by e-mail, always in lower case."""

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email=(username or "").strip().lower())

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Make a user; without a password nobody can log in as them."""
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str, **fields: Any) -> "User":
        """Make a superuser, who stands above tenants (`createsuperuser` calls this)."""
        return self.create_user(email, password, is_staff=True, is_superuser=True, role=Role.ADMIN, **fields)


class User(AbstractBaseUser, PermissionsMixin):
    """Who is this person, for which business do they act, in which role?

    Written by `accounts.services`. A superuser has no tenant and stands above all of them.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=200)
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    role = models.CharField(max_length=10, choices=Role)
    is_staff = models.BooleanField(default=False, help_text="May open the admin.")
    is_active = models.BooleanField(default=True, help_text="Unticked: cannot log in, and all tokens are revoked.")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = UserManager()
    history = History(excluded_fields=["password", "last_login"])

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        db_table = "users"
        constraints = [
            models.CheckConstraint(condition=models.Q(email=Lower("email")), name="user_email_is_lower_case"),
            models.CheckConstraint(
                condition=models.Q(is_superuser=True) | models.Q(tenant__isnull=False),
                name="user_has_a_tenant_unless_superuser",
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.email

    def save(self, **options: Any) -> None:
        """Save, and revoke every token when the password or `is_active` differs from the stored one.

        Here and not in a service, because a password also changes by the admin's form and by `changepassword`. A log-in's
        `last_login` is no change of rights and leaves no history.
        """
        if set(options.get("update_fields") or ()) == {"last_login"}:
            self._save_log_in(**options)
            return
        from knox.models import AuthToken  # it needs this very model to be ready

        with transaction.atomic(using=options.get("using")):
            loses_tokens = not self._state.adding and self._differs_from_stored()
            super().save(**options)
            if loses_tokens:
                AuthToken.objects.filter(user=self).delete()

    def _save_log_in(self, **options: Any) -> None:
        self.skip_history_when_saving = True
        try:
            super().save(**options)
        finally:
            del self.skip_history_when_saving

    def _differs_from_stored(self) -> bool:
        stored = User.objects.using(self._state.db).filter(pk=self.pk).values_list("password", "is_active").first()
        return stored != (self.password, self.is_active)

    @property
    def is_representative(self) -> bool:
        """Whether they answer for their own routes alone; a superuser stands above every role."""
        return self.role == Role.SALES_REP and not self.is_superuser

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name.split(" ")[0]
