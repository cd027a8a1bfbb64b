"""Short answers that many others contain."""

from rest_framework import serializers


class PersonAnswer(serializers.Serializer):
    """A person, by id and name."""

    id = serializers.UUIDField()
    name = serializers.CharField()
