"""Addresses of rounds, under /api/. Those of routes are in `billing.api`: a step of a route means something for money."""

from django.urls import path

from routes.api.rounds import Rounds

urlpatterns = [path("rounds", Rounds.as_view(), name="rounds")]
