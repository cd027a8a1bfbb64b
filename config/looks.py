"""The admin's looks: names, colours, side bar. `settings` takes them over as `UNFOLD`."""

from django.templatetags.static import static

from config.sidebar import FOUND_BY_SEARCH

UNFOLD = {
    "SITE_TITLE": "Roundsman",
    "SITE_HEADER": "Roundsman",
    "SITE_SUBHEADER": "Every cent, and who carried it",
    "SITE_SYMBOL": "route",
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "SITE_URL": None,
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("operations/favicon.svg")}
    ],
    "STYLES": [lambda request: static("audit/roundsman.css")],
    "DASHBOARD_CALLBACK": "config.dashboard.home",
    "SIDEBAR": {"navigation": "config.sidebar.sidebar", "show_search": True, "command_search": True},
    "COMMAND": {"search_models": FOUND_BY_SEARCH},
    "COLORS": {
        "primary": {
            "50": "oklch(97.9% .013 180)",
            "100": "oklch(94.5% .04 180)",
            "200": "oklch(89% .07 180)",
            "300": "oklch(80% .09 182)",
            "400": "oklch(70% .1 183)",
            "500": "oklch(60% .1 185)",
            "600": "oklch(52% .09 187)",
            "700": "oklch(45% .08 188)",
            "800": "oklch(39% .06 190)",
            "900": "oklch(34% .05 191)",
            "950": "oklch(24% .04 192)",
        }
    },
}
