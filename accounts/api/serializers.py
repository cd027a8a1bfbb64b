"""What the log-in takes and answers."""

from rest_framework import serializers

from accounts.models import Tenant, User


class TenantSerializer(serializers.ModelSerializer):
    """The business that a person acts for."""

    class Meta:
        model = Tenant
        fields = ["id", "slug", "name", "currency", "timezone"]
        read_only_fields = fields


class UserSerializer(serializers.ModelSerializer):
    """A person, as they are shown to themselves. `tenant` is null for superusers."""

    tenant = TenantSerializer(read_only=True, allow_null=True)

    class Meta:
        model = User
        fields = ["id", "name", "email", "role", "tenant"]
        read_only_fields = fields


class LogInSerializer(serializers.Serializer):
    """An e-mail and a password."""

    email = serializers.CharField(max_length=254)
    password = serializers.CharField(max_length=4096, trim_whitespace=False)


class LoggedInSerializer(serializers.Serializer):
    """A new token. It is shown this once; the database keeps only its hash."""

    token = serializers.CharField()
    expires_at = serializers.DateTimeField()
    user = UserSerializer()
