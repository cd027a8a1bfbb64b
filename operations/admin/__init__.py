"""The admin's pages of upkeep, and the home page."""

from django.contrib import admin

from operations.admin import backfills, health, maintenance, records, workbench

__all__ = ["backfills", "health", "maintenance", "records", "workbench"]

admin.site.index_template = "operations/home.html"  # filled by config.dashboard
