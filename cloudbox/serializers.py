"""The serializer that every native call builds on."""

from collections.abc import Mapping
from typing import Any

from rest_framework.serializers import CharField, Serializer, ValidationError


class StrictSerializer(Serializer[Any]):
    """A serializer that refuses fields which it does not have or callers may not set, and numbers for texts."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            faults = {name: fault for name, value in data.items() if (fault := self._fault(name, value))}
            if faults:
                raise ValidationError(faults)
        return super().to_internal_value(data)

    def _fault(self, name: str, value: Any) -> str | None:
        field = self.fields.get(name)
        if field is None:
            return "There is no such field."
        if field.read_only:
            return "It cannot be set."
        if isinstance(field, CharField) and isinstance(value, int | float):
            return "It must be a text."
        return None
