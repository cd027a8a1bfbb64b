"""Addresses of the ground floor, under /api/."""

from django.urls import path

from accounts.api import log_in

urlpatterns = [
    path("auth/login", log_in.LogIn.as_view(), name="log-in"),
    path("auth/logout", log_in.LogOut.as_view(), name="log-out"),
    path("auth/logout-all", log_in.LogOutEverywhere.as_view(), name="log-out-everywhere"),
    path("auth/me", log_in.WhoAmI.as_view(), name="who-am-i"),
]
