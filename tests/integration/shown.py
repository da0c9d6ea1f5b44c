"""Entities as a user meets them, written down in lines."""

from collections.abc import Mapping
from enum import StrEnum

from homeassistant.core import State
from homeassistant.helpers import entity_registry as er

from .garage import InHomeAssistant

# What a line already says in another way, or what is long and the same for every car.
_SAID = {
    "friendly_name",
    "unit_of_measurement",
    "device_class",
    "state_class",
    "options",
    "event_types",
    "code_format",
    "values",
}


def entities(device: InHomeAssistant, platform: str) -> Mapping[str, er.RegistryEntry]:
    """The entities of a platform by their keys."""
    registry = er.async_get(device.hass)
    return {
        entry.unique_id.removeprefix(f"{device.entry.unique_id}_"): entry
        for entry in er.async_entries_for_config_entry(registry, device.entry.entry_id)
        if entry.domain == platform
    }


def line(device: InHomeAssistant, entry: er.RegistryEntry, state: State) -> str:
    """All that can be seen of an entity, in a line."""
    said = {
        "name": state.name.removeprefix(f"{device.entry.title} "),
        "state": state.state,
        "unit": state.attributes.get("unit_of_measurement"),
        "class": state.attributes.get("device_class"),
        "counts": state.attributes.get("state_class"),
        "category": entry.entity_category,
        **{key: value for key, value in sorted(state.attributes.items()) if key not in _SAID},
    }
    return ", ".join(f"{key}: {_plain(value)}" for key, value in said.items() if value is not None)


def _plain(value: object) -> object:
    return value.value if isinstance(value, StrEnum) else value
