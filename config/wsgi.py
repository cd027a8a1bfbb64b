"""The WSGI entry point: `gunicorn config.wsgi`."""

import os

from django.core.wsgi import get_wsgi_application

from config.environment import stop_on_bad_settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

stop_on_bad_settings()
application = get_wsgi_application()
