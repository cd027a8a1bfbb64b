"""The base of every endpoint: who may come in, for which business, and how bodies, queries and pages are read.

    class Rounds(Door):
        readers, writers = STAFF, OFFICE

        def get(self, request):
            return self.page(self.rows(Round), RoundAnswer)

A person of the wrong role gets 403, a stranger 401, and an object of another business is not there: 404.
"""

from typing import Any, TypeVar

from django.db.models import Model, QuerySet
from rest_framework import generics, serializers
from rest_framework.permissions import SAFE_METHODS, BasePermission, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.errors import NotFound, RuleBroken
from accounts.models import Tenant, User

OF_EVERY_LIST = frozenset({"cursor", "page_size", "tenant"})

Row = TypeVar("Row", bound=Model)


class TenantMissing(RuleBroken):
    """A person above all tenants must say for which one they act."""

    code = "tenant_missing"


class UnknownTenant(NotFound):
    """No tenant has this slug, or it is not yours."""

    code = "unknown_tenant"


class HasRole(BasePermission):
    """Lets pass the roles that the endpoint names; superusers stand above them."""

    def has_permission(self, request: Request, view: "Door") -> bool:
        roles = view.readers if request.method in SAFE_METHODS else view.writers
        is_unknown_method = request.method.lower() not in view.http_method_names or not hasattr(
            view, request.method.lower()
        )
        return is_unknown_method or request.user.is_superuser or request.user.role in roles


class Door(generics.GenericAPIView):
    """An endpoint: guards, one call, words."""

    permission_classes = [IsAuthenticated, HasRole]
    filter_backends: list[Any] = []
    metadata_class = None
    readers: frozenset[str] = frozenset()
    writers: frozenset[str] = frozenset()
    takes_tenant = True  # read by config.api.schema

    def rows(self, model: type[Row]) -> QuerySet[Row]:
        """The rows of a table that the person may see; of one tenant when a superuser named it."""
        tenant = self.named_tenant()
        return model.objects.for_user(self.request.user).of_tenant(tenant)

    def row(self, rows: QuerySet[Row], pk: Any, *, name: str = "") -> Row:
        """One of these rows, or 404; `name` is the body's key that pointed at it."""
        found = rows.filter(pk=pk).first()
        if found is None:
            what = rows.model._meta.verbose_name
            fields = {name: [f"There is no such {what}."]} if name else None
            raise NotFound(f"There is no {what} {pk}, or it is not yours. Look it up in its list.", fields=fields)
        return found

    def find(self, model: type[Row], pk: Any, *, name: str = "") -> Row:
        """One row of a table that the person may see, or 404."""
        return self.row(self.rows(model), pk, name=name)

    def find_person(self, pk: Any, *, name: str) -> User:
        """A person of the same business, or 404."""
        tenant_id = self.request.user.tenant_id
        people = User.objects.all() if self.request.user.is_superuser else User.objects.filter(tenant_id=tenant_id)
        return self.row(people, pk, name=name)

    def named_tenant(self) -> Tenant | None:
        """The tenant that `?tenant=` names; a person of one tenant may name only their own."""
        slug = self.request.query_params.get("tenant")
        if slug is None:
            return None
        user = self.request.user
        tenants = Tenant.objects.all() if user.is_superuser else Tenant.objects.filter(pk=user.tenant_id)
        tenant = tenants.filter(slug=slug).first() if "\x00" not in slug else None
        if tenant is None:
            raise UnknownTenant(f"There is no tenant '{slug[:50]}', or it is not yours. Leave `tenant` out.")
        return tenant

    def tenant(self) -> Tenant:
        """The business for which the person acts: their own; a superuser names it."""
        tenant = self.named_tenant() or self.request.user.tenant
        if tenant is None:
            raise TenantMissing("You stand above all tenants. Say for which one: ?tenant=slug.")
        return tenant

    def body(self, form: type[serializers.Serializer]) -> dict[str, Any]:
        """The checked body; an empty one counts as no keys."""
        return self._checked(form, self.request.data)

    def query(self, form: type[serializers.Serializer]) -> dict[str, Any]:
        """The checked query parameters, without those that every list takes."""
        given = {name: value for name, value in self.request.query_params.items() if name not in OF_EVERY_LIST}
        return self._checked(form, given)

    def page(self, rows: QuerySet, answer: type[serializers.Serializer]) -> Response:
        """One page of rows by keyset."""
        page = self.paginate_queryset(rows)
        return self.get_paginated_response(answer(page, many=True).data)

    def _checked(self, form: type[serializers.Serializer], data: Any) -> dict[str, Any]:
        filled = form(data=data)
        filled.is_valid(raise_exception=True)
        return filled.validated_data
