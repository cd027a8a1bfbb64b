"""The one base class of every admin page: theme, tenant, history and large tables are settled here, once.

Read-only unless a class says `is_editable` and the person's role allows it: money and history are never edited as rows.
The theme (django-unfold) and the history tab (django-simple-history) are named nowhere else, so either can be replaced here.
"""

from collections.abc import Iterable
from functools import reduce
from operator import or_
from typing import Any

from django.contrib.admin import ShowFacets
from django.contrib.admin.utils import unquote
from django.core.exceptions import FieldDoesNotExist, PermissionDenied, ValidationError
from django.db import connection
from django.db.models import Field, Q, QuerySet
from django.forms import ModelForm
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from simple_history.admin import SimpleHistoryAdmin
from unfold.admin import ModelAdmin
from unfold.views import ChangeList

from accounts import audit
from accounts.admin.acting import buttons_of
from accounts.admin.card import Card, StoryLine
from accounts.admin.forms import ReasonedForm
from accounts.admin.paginator import CappedPaginator
from accounts.admin.scope import in_scope
from accounts.admin.story import Storyteller
from accounts.locks import locked
from accounts.models import Tenant

SAFE_METHODS = {"GET", "HEAD"}


class CappedList(ChangeList):
    """A list whose total is what its paginator knows: there is no other count, so no "n of m"."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.full_result_count = self.result_count


class AuditAdmin(SimpleHistoryAdmin, ModelAdmin):
    """Shows rows of one's own tenant with their story. `SimpleHistoryAdmin` comes first: its pages are ours to close."""

    is_editable = False
    tenant_path: str | None = None
    story_skips: set[str] = set()
    empty_says = "Nothing here yet."

    form = ReasonedForm
    paginator = CappedPaginator
    show_full_result_count = False
    show_facets = ShowFacets.NEVER  # a number beside every filter is a full count each
    list_per_page = 50
    list_max_show_all = 0
    sortable_by: tuple[str, ...] = ()
    actions = None
    list_filter_submit = False
    compressed_fields = False
    warn_unsaved_form = True
    change_list_template = "audit/list.html"
    change_form_template = "audit/object.html"
    object_history_template = "audit/history.html"
    object_history_list_template = "audit/history_lines.html"
    object_history_form_template = "audit/image.html"

    # What an object's page says --------------------------------------------------------------------------

    def card(self, request: HttpRequest, row: Any) -> Card | None:
        """The top of the page; a subclass says what the object is and which figures matter."""
        return None

    def happenings(self, request: HttpRequest, row: Any) -> Iterable[StoryLine]:
        """What happened besides the row's own history; a subclass adds allocations, returns, lines of an audit log."""
        return []

    def storyteller(self) -> Storyteller:
        """Who puts this model's history into words."""
        return Storyteller(self.model, self.story_skips)

    def story(self, request: HttpRequest, row: Any) -> list[StoryLine]:
        """Everything that happened to a row, newest first."""
        own = self.storyteller().lines(row.pk) if self.keeps_history else []
        return sorted([*self.happenings(request, row), *own], key=lambda line: line.at, reverse=True)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        row = kwargs.get("obj")
        if row is not None:
            context |= {
                "card": self.card(request, row),
                "story": self.story(request, row) or (None if self.is_written_once else []),
                "buttons": buttons_of(row, request.user),
            }
        return super().render_change_form(request, context, *args, **kwargs)

    # Whose rows ------------------------------------------------------------------------------------------

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return in_scope(super().get_queryset(request), request.user, self.tenant_path)

    def get_field_queryset(self, db: str | None, db_field: Field, request: HttpRequest) -> QuerySet | None:
        """Choices of a foreign key: rows that the person may see, nothing where the other table has no page."""
        other = self.admin_site._registry.get(db_field.remote_field.model)
        return other.get_queryset(request) if other else db_field.remote_field.model._base_manager.none()

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        """Newest first along an index: the tenant's own, or the primary key where all tenants are listed together."""
        across_tenants = request.user.is_superuser and "tenant__id__exact" not in request.GET
        return ("-pk",) if across_tenants and self.lists_newest_first else super().get_ordering(request)

    @property
    def lists_newest_first(self) -> bool:
        """Whether the model's own order is by time."""
        return bool(self.opts.ordering) and self.opts.ordering[0].startswith("-")

    def get_list_filter(self, request: HttpRequest) -> list[Any]:
        return [*(["tenant"] if self.names_tenant(request) else []), *super().get_list_filter(request)]

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        """The columns; a superuser also sees whose row it is."""
        shown = list(super().get_list_display(request))
        return [*shown, "tenant"] if self.names_tenant(request) and "tenant" not in shown else shown

    def get_list_select_related(self, request: HttpRequest) -> Any:
        related = list(super().get_list_select_related(request) or [])
        return [*related, "tenant"] if self.names_tenant(request) else related or False

    def names_tenant(self, request: HttpRequest) -> bool:
        """Whether lists say whose a row is."""
        return self.has_tenant and request.user.is_superuser

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return CappedList

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """A row; one that is about to be saved is read under its lock, so that it writes back nothing outdated."""
        row = super().get_object(request, object_id, from_field)
        is_saving = self.is_editable and request.method not in SAFE_METHODS and connection.in_atomic_block
        if row is not None and is_saving:
            row.refresh_from_db(from_queryset=locked(self.model._base_manager.all()))
        return row

    # Finding a row ---------------------------------------------------------------------------------------

    def get_search_results(self, request: HttpRequest, queryset: QuerySet, search_term: str) -> tuple[QuerySet, bool]:
        """Rows with exactly this number or id; each way of searching uses its own index, then the answers are joined."""
        term = search_term.strip()
        if not term:
            return queryset, False
        branches = [self.found_by(lookup, term) for lookup in self.get_search_fields(request)]
        found = [branch for branch in branches if branch is not None]
        if not found:
            return queryset.none(), False
        return queryset.filter(reduce(or_, (Q(pk__in=branch) for branch in found))), False

    def found_by(self, lookup: str, term: str) -> QuerySet | None:
        """Keys of rows that match one lookup; None where the term cannot be a value of that column."""
        rows = self.model._base_manager.filter(**({"tenant__in": Tenant.objects.all()} if self.has_tenant else {}))
        try:
            return rows.filter(**{lookup: term}).values("pk")
        except (ValueError, ValidationError):
            return None

    @property
    def has_tenant(self) -> bool:
        """Whether the model has a tenant column."""
        try:
            return self.opts.get_field("tenant").concrete
        except FieldDoesNotExist:
            return False

    # Who may do what -------------------------------------------------------------------------------------

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.is_editable and super().has_add_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.is_editable and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        if self.is_editable:
            return super().get_fieldsets(request, obj)
        columns = [field.name for field in self.opts.concrete_fields if field.name != "password"]
        return [("All fields, as stored", {"fields": columns, "classes": ["collapse"]})]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        if self.is_editable:
            return list(super().get_readonly_fields(request, obj))
        return [field.name for field in self.opts.concrete_fields if field.name != "password"]

    def get_exclude(self, request: HttpRequest, obj: Any = None) -> list[str]:
        hidden = [] if request.user.is_superuser or not self.has_tenant else ["tenant"]
        return [*(super().get_exclude(request, obj) or []), *hidden]

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> type[ModelForm]:
        form = super().get_form(request, obj, change=change, **kwargs)
        form.own_tenant = None if request.user.is_superuser else request.user.tenant
        return form

    def save_model(self, request: HttpRequest, obj: Any, form: ModelForm, change: bool) -> None:
        obj._change_reason = form.cleaned_data.get("change_reason") or None
        with audit.acting(actor=request.user):
            super().save_model(request, obj, form, change)

    @property
    def is_written_once(self) -> bool:
        """Whether rows never change, so that a row without a story never gets one."""
        return bool(getattr(self.model, "is_append_only", False) or getattr(self.model, "is_frozen", False))

    # History ---------------------------------------------------------------------------------------------

    @property
    def keeps_history(self) -> bool:
        """Whether the model has history."""
        return hasattr(self.opts, "simple_history_manager_attribute")

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        self.refuse_to_write(request)
        self.refuse_strangers(request, object_id)
        return super().history_view(request, unquote(object_id), extra_context)

    def history_form_view(
        self, request: HttpRequest, object_id: str, version_id: str, extra_context: Any = None
    ) -> HttpResponse:
        """Show one image. simple-history's own view would write it back for anybody who may look, by POST."""
        self.refuse_to_write(request)
        self.refuse_strangers(request, object_id)
        if not version_id.isdigit():
            raise Http404
        return super().history_form_view(request, unquote(object_id), version_id, extra_context)

    def refuse_to_write(self, request: HttpRequest) -> None:
        """Refuse everything but looking."""
        if request.method not in SAFE_METHODS:
            raise PermissionDenied("History is read-only. Correct the object itself; the correction becomes history.")

    def refuse_strangers(self, request: HttpRequest, object_id: str) -> None:
        """Answer 404 for a model without history and for a row outside the person's tenant."""
        if not self.keeps_history or self.get_object(request, unquote(object_id)) is None:
            raise Http404

    def set_history_delta_changes(self, request: HttpRequest, historical_records: Any, **kwargs: Any) -> None:
        """Give every image its changes against the one before it, also the last of the page."""
        images = list(historical_records)
        teller = self.storyteller()
        for position, image in enumerate(images):
            older = images[position + 1] if position + 1 < len(images) else image.prev_record
            image.changes = teller.changes(image, older) if older is not None else []

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse | TemplateResponse:
        extra = {"show_history": self.keeps_history, **(extra_context or {})}
        return super().changeform_view(request, object_id, form_url, extra)
