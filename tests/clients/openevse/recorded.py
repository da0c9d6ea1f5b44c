"""What real chargers said."""

import json
from pathlib import Path

from custom_components.open_ev.clients.openevse.readings import Value, read
from custom_components.open_ev.clients.openevse.report import Json, JsonObject, Report

_FOLDER = Path(__file__).parents[2] / "fixtures" / "openevse" / "recorded"


def load(name: str) -> Json:
    """Load a recorded answer."""
    found: Json = json.loads((_FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return found


def load_object(name: str) -> JsonObject:
    """Load a recorded answer that is an object."""
    found = load(name)
    assert isinstance(found, dict)
    return found


def recorded(status: str, config: str | None = None) -> Report:
    """A report of a recorded status and configuration."""
    return Report(status=load_object(status), config={} if config is None else load_object(config))


def read_from(status: JsonObject, config: JsonObject | None = None) -> dict[str, Value]:
    """Read what is made of these."""
    return read(Report(status=status, config=config or {}))
