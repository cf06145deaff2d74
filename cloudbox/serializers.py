"""The serializer that every native call builds on."""

from collections.abc import Mapping
from typing import Any

from rest_framework.serializers import CharField, ChoiceField, ListField, Serializer, ValidationError


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
        if isinstance(field, ListField) and isinstance(value, list):
            return "Each must be a text." if any(_is_number_for_text(field.child, item) for item in value) else None
        if isinstance(field, ChoiceField) and _is_no_choice(field, value):
            return f"Choose one of: {', '.join(map(str, field.choices))}."
        return "It must be a text." if _is_number_for_text(field, value) else None


def _is_number_for_text(field: Any, value: Any) -> bool:
    """Say whether the framework would take a number and make a text of it."""
    return isinstance(field, CharField) and isinstance(value, int | float)


def _is_no_choice(field: ChoiceField, value: Any) -> bool:
    """Say whether it is a text that is none of the choices. The framework would not say which there are."""
    return isinstance(value, str) and value != "" and value not in field.choices
