"""Addresses of the ground floor, under /api/."""

from django.urls import path

from accounts.api import views

urlpatterns = [
    path("auth/login", views.LogIn.as_view(), name="log-in"),
    path("auth/logout", views.LogOut.as_view(), name="log-out"),
    path("auth/logout-all", views.LogOutEverywhere.as_view(), name="log-out-everywhere"),
    path("auth/me", views.WhoAmI.as_view(), name="who-am-i"),
]
