"""The Celery application: `celery -A config worker` takes the jobs that the API and the admin hand over."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("roundsman", task_cls="operations.quiet_tasks:QuietTask")  # by name: Django is not set up yet
app.config_from_object("django.conf:settings", namespace="CELERY")
app.steps["worker"].add("operations.worker_life:LifeStep")  # by name, too
app.autodiscover_tasks()
