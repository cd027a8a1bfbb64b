"""Addresses of backfills, their runs and findings, under /api/."""

from django.urls import path

from operations.api import backfills, findings, runs

urlpatterns = [
    path("admin/backfills", backfills.Backfills.as_view(), name="backfills"),
    path("admin/backfills/<str:name>", backfills.AnyBackfill.as_view(), name="backfill"),
    path("admin/backfill-runs", runs.Runs.as_view(), name="backfill-runs"),
    path("admin/backfill-runs/<uuid:pk>", runs.OneRun.as_view(), name="backfill-run"),
    path("admin/backfill-runs/<uuid:pk>/findings", findings.FindingsOfRun.as_view(), name="backfill-run-findings"),
    path("admin/backfill-runs/<uuid:pk>/pause", runs.RunPause.as_view(), name="backfill-run-pause"),
    path("admin/backfill-runs/<uuid:pk>/resume", runs.RunResume.as_view(), name="backfill-run-resume"),
    path("admin/backfill-runs/<uuid:pk>/cancel", runs.RunCancel.as_view(), name="backfill-run-cancel"),
    path("admin/backfill-runs/<uuid:pk>/undo", runs.RunUndo.as_view(), name="backfill-run-undo"),
    path("admin/backfill-findings", findings.Findings.as_view(), name="backfill-findings"),
    path("admin/backfill-findings/<int:pk>/decide", findings.FindingDecision.as_view(), name="backfill-finding-decide"),
]
