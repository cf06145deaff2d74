"""The serializer that every native call builds on."""

from collections.abc import Mapping
from typing import Any

from rest_framework.serializers import Serializer, ValidationError


class StrictSerializer(Serializer[Any]):
    """A serializer that refuses fields which it does not have, or which callers may not set."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            faults = {
                name: "It cannot be set." if name in self.fields else "There is no such field."
                for name in data
                if name not in self.fields or self.fields[name].read_only
            }
            if faults:
                raise ValidationError(faults)
        return super().to_internal_value(data)
