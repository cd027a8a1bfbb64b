"""Addresses of the dairy round, under /api/."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
