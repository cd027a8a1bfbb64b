"""Pages by keyset: put together they are the whole list, whatever is added meanwhile and however many rows share a time."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import ImproperlyConfigured
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.permissions import AllowAny
from rest_framework.test import APIRequestFactory

from accounts.models import RefusedWrite, Tenant, User
from config.api.pagination import ordering_fields

pytestmark = [pytest.mark.ground, pytest.mark.django_db]
START = datetime(2026, 3, 1, 9, tzinfo=UTC)


class RowSerializer(serializers.ModelSerializer):
    class Meta:
        model = RefusedWrite
        fields = ["id"]


class NewestFirst(ListAPIView):
    queryset = RefusedWrite.objects.all()
    serializer_class = RowSerializer
    authentication_classes = []
    permission_classes = [AllowAny]
    filter_backends = []


class OldestFirst(NewestFirst):
    ordering = ("created_at", "id")


def get(url: str, view=NewestFirst):
    response = view.as_view()(APIRequestFactory().get(url))
    response.render()
    return response


def ids_of(response) -> list[str]:
    return [row["id"] for row in response.data["results"]]


def add(minute: int) -> None:
    row = RefusedWrite.objects.create(service="test", code="test", message="test")
    RefusedWrite.objects.filter(pk=row.pk).update(created_at=START + timedelta(minutes=minute))


def whole_list(view) -> list[str]:
    ordering = getattr(view, "ordering", None) or ("-created_at", "-id")
    return [str(pk) for pk in RefusedWrite.objects.order_by(*ordering).values_list("pk", flat=True)]


@given(
    minutes=st.lists(st.integers(0, 3), max_size=14),
    added=st.lists(st.integers(0, 3), max_size=4),
    size=st.integers(1, 5),
    view=st.sampled_from([NewestFirst, OldestFirst]),
)
@hypothesis_settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_pages_put_together_are_the_list_there_and_back_with_ties_and_inserts(minutes, added, size, view):
    RefusedWrite.objects.all().delete()
    for minute in minutes:
        add(minute)
    before = whole_list(view)

    page, seen, to_add = get(f"/rows?page_size={size}", view), [], list(added)
    while True:
        seen += ids_of(page)
        if page.data["next"] is None:
            break
        if to_add:
            add(to_add.pop())
        page = get(page.data["next"], view)
    assert [row for row in seen if row in before] == before
    assert len(seen) == len(set(seen))

    whole, backwards = whole_list(view), ids_of(page)
    while page.data["previous"] is not None:
        page = get(page.data["previous"], view)
        backwards = ids_of(page) + backwards
    if seen:
        assert backwards == whole[: whole.index(seen[-1]) + 1]


def test_two_thousand_rows_of_one_instant_are_paged_to_the_end():
    RefusedWrite.objects.bulk_create(RefusedWrite(service="s", code="c", message="m") for _ in range(2000))
    RefusedWrite.objects.update(created_at=START)
    page, pages = get("/rows?page_size=200"), 1
    while page.data["next"]:
        page, pages = get(page.data["next"]), pages + 1
    assert pages == 10


def test_a_page_costs_one_query_and_no_count(django_assert_num_queries):
    for minute in range(5):
        add(minute)
    with django_assert_num_queries(1):
        get("/rows?page_size=2")


def test_the_first_and_the_last_page_say_so():
    for minute in range(3):
        add(minute)
    first = get("/rows?page_size=2")
    last = get(first.data["next"])
    assert first.data["previous"] is None
    assert last.data["next"] is None
    back = get(last.data["previous"])
    assert ids_of(back) == ids_of(first)
    assert back.data["previous"] is None
    assert ids_of(get(back.data["next"])) == ids_of(last)


@pytest.mark.parametrize("cursor", ["x", "WyJuIl0:abc:def", "%00", "é", "a" * 5000])
def test_a_cursor_that_was_not_given_out_answers_400(cursor):
    response = get(f"/rows?cursor={cursor}")
    assert response.status_code == 400
    assert response.data["error"]["code"] == "bad_cursor"


def test_a_cursor_does_not_open_another_list():
    for minute in range(3):
        add(minute)
    link = get("/rows?page_size=2&code=a").data["next"]
    assert get(link).status_code == 200
    assert get(link.replace("code=a", "code=b")).status_code == 400
    assert get(link.replace("/rows", "/others")).status_code == 400
    assert get(link, OldestFirst).status_code == 400


@pytest.mark.parametrize("size", ["0", "-1", "201", "many", "1.5", "", "9" * 40, "²"])
def test_a_page_size_out_of_range_answers_400_and_says_what_is_accepted(size):
    response = get(f"/rows?page_size={size}")
    assert response.status_code == 400
    assert "from 1 to 200" in response.data["error"]["message"]


@pytest.mark.parametrize(
    ("model", "ordering"),
    [(RefusedWrite, ("-created_at", "id")), (RefusedWrite, ("-created_at",)), (User, ("tenant", "id"))],
    ids=["two directions", "no unique end", "a nullable column"],
)
def test_an_ordering_that_would_lose_rows_is_refused_by_name(model, ordering):
    with pytest.raises(ImproperlyConfigured, match=model.__name__):
        ordering_fields(model, ordering)


def test_any_unique_column_may_end_an_ordering():
    assert [field.name for field in ordering_fields(Tenant, ("name", "slug"))] == ["name", "slug"]
