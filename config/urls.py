"""Where everything answers. Paths of the API have no trailing slash; what is unknown under /api answers in its error shape."""

from importlib.util import find_spec

from django.contrib import admin
from django.urls import include, path, re_path
from drf_spectacular.views import SpectacularJSONAPIView

from config import health
from config.api.docs import docs
from config.api.errors import unknown_address

handler404 = "config.api.errors.unknown_address"
handler500 = "config.api.errors.server_error"

APPS_WITH_AN_API = ["accounts", "operations", "routes", "billing", "subscriptions", "cashback"]

urlpatterns = [
    path("admin/", admin.site.urls),
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("api/schema", SpectacularJSONAPIView.as_view(), name="schema"),
    path("api/docs", docs, name="docs"),
    *(
        path("api/", include(f"{app}.api.urls"))
        for app in APPS_WITH_AN_API
        if find_spec(f"{app}.api") and find_spec(f"{app}.api.urls")
    ),
    re_path(r"^api(/.*)?$", unknown_address),
]
