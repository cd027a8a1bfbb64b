"""POSTs that move money: sent twice, done once. The work here adds one row, so that doing it twice would show."""

import threading
from datetime import timedelta

import pytest
from django.db import connection, connections
from django.utils import timezone
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory, force_authenticate
from rest_framework.views import APIView

from accounts.api.idempotency import idempotent
from accounts.errors import RuleBroken
from accounts.models import IdempotentRequest, RefusedWrite, Tenant
from accounts.services import create_tenant, sweep_expired_tokens
from accounts.unit_of_work import unit_of_work
from tests.accounts.people import a_user

pytestmark = [pytest.mark.ground, pytest.mark.django_db]


class Body(serializers.Serializer):
    slug = serializers.SlugField()


@unit_of_work
def refuse_everything(*, actor) -> None:
    Tenant.objects.create(slug="half-done", name="Half done", currency="BDT")
    raise RuleBroken("This shop is closed today. Come back tomorrow.")


class Shops(APIView):
    """Makes a business; `on_the_way` is called between the work and its answer."""

    on_the_way = staticmethod(lambda: None)

    @idempotent
    def post(self, request, **kwargs):
        form = Body(data=request.data)
        form.is_valid(raise_exception=True)
        if form.validated_data["slug"] == "closed":
            refuse_everything(actor=request.user)
        shop = create_tenant(actor=request.user, slug=form.validated_data["slug"], name="Shop", currency="BDT")
        self.on_the_way()
        return Response({"id": shop.pk, "made_at": shop.created_at}, status=201)


def send(user, slug="north", key="key-1", path="/api/shops", view=Shops):
    headers = {"Idempotency-Key": key} if key is not None else {}
    request = APIRequestFactory().post(path, {"slug": slug}, format="json", headers=headers)
    force_authenticate(request, user=user)
    response = view.as_view()(request)
    response.render()
    return response


def shops() -> int:
    return Tenant.objects.filter(name="Shop").count()


def test_a_repeat_is_answered_as_the_first_and_not_done_again():
    user = a_user()
    first, repeat = send(user), send(user)
    assert (first.status_code, repeat.status_code) == (201, 201)
    assert repeat.content == first.content
    assert repeat["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first
    assert shops() == 1


def test_another_query_under_the_same_key_answers_422():
    user = a_user()
    send(user, path="/api/shops?wait=true")
    assert send(user, path="/api/shops?wait=false").status_code == 422
    assert shops() == 1


def test_another_body_under_the_same_key_answers_422():
    user = a_user()
    send(user, "north")
    answer = send(user, "south")
    assert answer.status_code == 422
    assert answer.data["error"]["code"] == "idempotency_key_reused"
    assert shops() == 1


@pytest.mark.parametrize("key", [None, "", "k" * 256, "two words", "schlüssel"])
def test_a_missing_or_malformed_key_answers_400_and_does_nothing(key):
    answer = send(a_user(), key=key)
    assert answer.status_code == 400
    assert answer.data["error"]["code"] == "idempotency_key_missing"
    assert shops() == 0


def test_a_key_belongs_to_one_person_and_one_address():
    user, other = a_user(), a_user()
    assert send(user, "one").status_code == 201
    assert send(other, "two").status_code == 201
    assert send(user, "three", path="/api/other-shops").status_code == 201
    assert shops() == 3


def test_a_validation_failure_is_not_kept_so_the_corrected_request_may_use_its_key():
    user = a_user()
    assert send(user, "no slug at all!").status_code == 400
    assert send(user, "north").status_code == 201
    assert shops() == 1


def test_a_refusal_is_not_kept_leaves_nothing_half_done_and_is_remembered_once_by_the_name_of_its_service():
    user = a_user()
    for _ in range(2):
        assert send(user, "closed").status_code == 422
    assert not Tenant.objects.filter(slug="half-done").exists()
    assert [row.service for row in RefusedWrite.objects.all()] == ["refuse_everything"] * 2
    assert send(user, "north").status_code == 201


class PowerCut(Exception):
    """The process dies here."""


class Crashing(Shops):
    @staticmethod
    def on_the_way():
        raise PowerCut


def test_a_crash_before_the_answer_leaves_neither_work_nor_answer_and_the_repeat_does_it():
    user = a_user()
    with pytest.raises(PowerCut):
        send(user, view=Crashing)
    assert shops() == 0
    assert IdempotentRequest.objects.get().response_status is None
    assert send(user).status_code == 201
    assert shops() == 1


def test_the_sweep_forgets_keys_after_a_week():
    user = a_user()
    send(user, "old", key="old")
    send(user, "new", key="new")
    IdempotentRequest.objects.filter(key="old").update(created_at=timezone.now() - timedelta(days=8))
    assert sweep_expired_tokens(now=timezone.now())["idempotent_requests"] == 1
    assert IdempotentRequest.objects.get().key == "new"


@pytest.mark.django_db(transaction=True)
def test_a_repeat_while_the_first_is_still_at_work_answers_409(postgres):
    user = a_user()
    working, may_finish, answers = threading.Event(), threading.Event(), []

    class Slow(Shops):
        @staticmethod
        def on_the_way():
            working.set()
            assert may_finish.wait(10)

    def first_request() -> None:
        answers.append(send(user, view=Slow))
        connections.close_all()

    thread = threading.Thread(target=first_request)
    thread.start()
    assert working.wait(10)
    early = send(user)
    may_finish.set()
    thread.join(10)
    late = send(user)

    assert early.status_code == 409
    assert early.data["error"]["code"] == "request_still_running"
    assert answers[0].status_code == 201
    assert late["Idempotency-Replayed"] == "true"
    assert shops() == 1


@pytest.mark.django_db(transaction=True)
def test_twenty_at_once_do_it_once():
    user = a_user()
    start, answers = threading.Barrier(20), []

    def request() -> None:
        start.wait()
        answers.append(send(user).status_code)
        connections.close_all()

    threads = [threading.Thread(target=request) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert set(answers) <= {201, 409}, answers
    assert answers.count(201) >= 1
    assert len(answers) == 20
    assert shops() == 1
    assert connection.vendor != "sqlite" or answers.count(201) == 20, "SQLite's writers wait and replay"
