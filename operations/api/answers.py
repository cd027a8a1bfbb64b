"""What the doors of backfills take and answer."""

from typing import Any

from rest_framework import serializers

from accounts.api.answers import PersonAnswer
from accounts.api.fields import Flag, StrictSerializer, Text, WholeNumber
from operations.backfill import Backfill
from operations.backfill.progress import rate
from operations.models import BackfillFinding, BackfillRun


class RunForm(StrictSerializer):
    """How to run; everything may be left out."""

    reason = Text(max_length=2000, required=False, allow_blank=True, help_text="Why, or a ticket. Kept with the run.")
    limit = WholeNumber(min_value=1, max_value=10**9, required=False, help_text="Write at most this many rows.")
    batch_size = WholeNumber(min_value=1, max_value=100_000, required=False, help_text="Default: steered to 0.5 s.")


class RunQuery(StrictSerializer):
    """Only look, or write? Wait for the end, or come back for it?"""

    dry_run = Flag(default=True, help_text="true: only look (the preview and its findings are kept). false: write.")
    wait = Flag(default=True, help_text="false: 202 at once, a worker goes on (or looks).")


class WaitQuery(StrictSerializer):
    """Wait for the end, or come back for it?"""

    wait = Flag(default=True)


class BackfillAnswer(serializers.Serializer):
    """What a preview or a run found and did, with the keys that the backfill adds. The same as `--json` prints."""

    status = serializers.ChoiceField(["success", "error"])
    backfill = serializers.CharField()
    dry_run = serializers.BooleanField()
    message = serializers.CharField()
    left = serializers.DictField(child=serializers.IntegerField(), help_text="Candidates not written, by reason.")
    findings = serializers.DictField(child=serializers.IntegerField())
    samples = serializers.ListField(child=serializers.DictField())
    verification = serializers.ListField(child=serializers.DictField())
    errors = serializers.ListField(child=serializers.CharField())
    duration_seconds = serializers.FloatField()
    run_id = serializers.UUIDField(allow_null=True)


class ChoiceAnswer(serializers.Serializer):
    """What a person may decide."""

    name = serializers.CharField()
    label = serializers.CharField()
    argument = serializers.CharField(allow_blank=True, help_text="What must be given with it; empty: nothing.")


class FindingKindAnswer(serializers.Serializer):
    """A kind of finding, and what can be decided about it."""

    kind = serializers.CharField()
    label = serializers.CharField()
    choices = ChoiceAnswer(many=True)


class DefinitionAnswer(serializers.Serializer):
    """A backfill that exists: what it does, and to what."""

    name = serializers.CharField()
    title = serializers.CharField()
    description = serializers.CharField(allow_blank=True)
    source = serializers.CharField(allow_blank=True)
    table = serializers.CharField()
    writes = serializers.ListField(child=serializers.CharField())
    finding_kinds = FindingKindAnswer(many=True)


class DefinitionsAnswer(serializers.Serializer):
    """All backfills."""

    results = DefinitionAnswer(many=True)


class RunAnswer(serializers.ModelSerializer):
    """A preview or an execution: who asked for it, when, why, and where it is."""

    tenant = serializers.SlugRelatedField("slug", read_only=True, allow_null=True)
    requested_by = PersonAnswer(allow_null=True)
    undoes_id = serializers.UUIDField(allow_null=True)
    written = serializers.SerializerMethodField()
    rows_per_second = serializers.SerializerMethodField()
    duration_seconds = serializers.FloatField()

    class Meta:
        model = BackfillRun
        fields = [
            "id",
            "backfill",
            "tenant",
            "is_dry_run",
            "status",
            "undoes_id",
            "requested_by",
            "reason",
            "written",
            "rows_per_second",
            "stop_reason",
            "error",
            "code_version",
            "created_at",
            "started_at",
            "heartbeat_at",
            "finished_at",
            "duration_seconds",
        ]
        read_only_fields = fields

    def get_written(self, run: BackfillRun) -> int:
        return run.counts.get("written", 0)

    def get_rows_per_second(self, run: BackfillRun) -> float:
        return round(rate(run.progress), 1)


class RunDetailAnswer(RunAnswer):
    """A run with its whole answer."""

    parameters = serializers.DictField()
    answer = BackfillAnswer()

    class Meta(RunAnswer.Meta):
        fields = [*RunAnswer.Meta.fields, "parameters", "answer"]
        read_only_fields = fields


class FindingAnswer(serializers.ModelSerializer):
    """A row that a person should see, and what they decided."""

    run_id = serializers.UUIDField()
    decided_by = PersonAnswer(allow_null=True)
    detail = serializers.DictField(help_text="The evidence.")

    class Meta:
        model = BackfillFinding
        fields = [
            "id",
            "run_id",
            "backfill",
            "kind",
            "table",
            "row_id",
            "detail",
            "needs_decision",
            "decision",
            "decision_reason",
            "decided_by",
            "decided_at",
            "created_at",
        ]
        read_only_fields = fields


class FindingQuery(StrictSerializer):
    """Which findings."""

    kind = Text(max_length=60, required=False)
    needs_decision = Flag(required=False)
    decided = Flag(required=False)


class FindingsOfRunQuery(FindingQuery):
    """Which findings of one run, and as what."""

    format = serializers.ChoiceField(["json", "csv"], required=False, help_text="csv: all of them in one file.")


class FindingsOfAllRunsQuery(FindingQuery):
    """Which findings of all runs."""

    backfill = Text(max_length=80, required=False)
    row_id = Text(max_length=255, required=False)


class DecisionForm(StrictSerializer):
    """What a person decides, and why."""

    decision = Text(max_length=60)
    argument = Text(
        max_length=200, required=False, allow_blank=True, help_text="What the choice needs, such as a route's number."
    )
    reason = Text(max_length=2000)


def definition_answer(backfill: Backfill) -> dict[str, Any]:
    """Describe a backfill."""
    unclear = [(verdict, backfill.label_of(verdict), backfill.choices) for verdict in sorted(backfill.unclear_verdicts)]
    kinds = [*unclear, *((kind.kind, kind.label, kind.choices) for kind in backfill.finding_kinds())]
    return {
        "name": backfill.name,
        "title": backfill.title,
        "description": backfill.description,
        "source": backfill.source,
        "table": backfill.model._meta.db_table,
        "writes": list(backfill.writes),
        "finding_kinds": [
            {
                "kind": kind,
                "label": label,
                "choices": [
                    {"name": choice.name, "label": choice.label, "argument": choice.argument} for choice in choices
                ],
            }
            for kind, label, choices in kinds
        ],
    }
