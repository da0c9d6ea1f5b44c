"""Everything that a user sees has a text and an icon, and there are no others.

What flows show, and what is told of errors, is watched where those are tested.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache
import re
from typing import Any

from homeassistant.components.sensor import SensorDeviceClass
from homeassistant.helpers.entity import EntityDescription
import pytest

from custom_components.open_ev.clients.ovms.metrics import vehicle_metrics
from custom_components.open_ev.clients.ovms.vehicle import Vehicle
from custom_components.open_ev.clients.ovms.vehicle_types import VEHICLE_TYPES
from custom_components.open_ev.descriptions import EventRow, Row, Rows, SelectRow, SensorRow
from custom_components.open_ev.descriptions.charge_point import charge_point_tables
from custom_components.open_ev.descriptions.charger import charger_tables
from custom_components.open_ev.descriptions.vehicle import vehicle_rows
from custom_components.open_ev.issues import (
    broker as broker_issues,
    charger as charger_issues,
    operator as operator_issues,
    server as server_issues,
    vehicle as vehicle_issues,
)
from custom_components.open_ev.repairs import MENDS
from tests.actions import ACTIONS
from tests.metadata.files import ACTION_FORMS, ENGLISH, ICONS, Tree, placeholders

# The fields of `Rows`, and the platform whose rows each holds.
PLATFORMS = {
    "sensors": "sensor",
    "binary_sensors": "binary_sensor",
    "locks": "lock",
    "switches": "switch",
    "climates": "climate",
    "numbers": "number",
    "selects": "select",
    "buttons": "button",
    "trackers": "device_tracker",
    "events": "event",
    "times": "time",
}
# A row may find words of its own for these.
STATES_OF_PLATFORMS = {
    "binary_sensor": {"on", "off"},
    "device_tracker": {"home", "not_home"},
    "lock": {"locked", "locking", "unlocked", "unlocking"},
    "switch": {"on", "off"},
}
ATTRIBUTES_OF_EVENTS = {
    "alert": {"subtype", "text"},
    "notification": {"subtype", "text"},
    "vehicle_event": {"event"},
    "session": {"energy", "time"},
    "fault": {"state"},
    "button": set(),
    "reservation": {"reservation_id"},
}
CONFIG_ENTRY_FIELD = "config_entry_id"

# The entities


async def every_row() -> Mapping[str, Mapping[str, list[Row[Any]]]]:
    """The rows of all types of vehicle with all their own metrics, of chargers and of charge points, by platform and translation key."""
    found: dict[str, dict[str, list[Row[Any]]]] = defaultdict(lambda: defaultdict(list))
    tables: list[Rows[Any]] = [charger_tables(), charge_point_tables()]
    for code in (None, "", *VEHICLE_TYPES):
        vehicle = Vehicle(type_code=code, extra_metrics=vehicle_metrics(code) if code else ())
        tables.append(vehicle_rows(vehicle, expose_location=True))
    for rows in tables:
        for field, platform in PLATFORMS.items():
            for row in getattr(rows, field, ()):
                found[platform][row.translation_key or row.key].append(row)
    return found


@cache
def rows_by_platform() -> Mapping[str, Mapping[str, list[Row[Any]]]]:
    """The same, found once."""
    return asyncio.run(every_row())


def states_of(row: EntityDescription) -> set[str]:
    """The states that a row lists, which all need a text."""
    match row:
        case SensorRow() if row.device_class is SensorDeviceClass.ENUM:
            return set(row.options or ())
        case SelectRow():
            return set(row.options or ())
    return set()


def attributes_of(row: EntityDescription) -> set[str]:
    """The attributes that a row adds to those of its platform."""
    match row:
        case SensorRow() if row.attributes_fn is not None:
            return {"values"}
        case EventRow():
            return {"event_type", *ATTRIBUTES_OF_EVENTS[row.key]}
    return set()


def test_every_kind_of_row_is_looked_at() -> None:
    """A table that is added wants to be translated."""
    assert set(Rows.__dataclass_fields__) <= PLATFORMS.keys()


def test_every_entity_has_a_text_and_no_text_is_left() -> None:
    """An entity without a name takes that of its device."""
    needed = {platform: set(rows) for platform, rows in rows_by_platform().items()}
    assert {platform: set(texts) for platform, texts in ENGLISH["entity"].items()} == needed


def each_row() -> Iterator[tuple[str, str, Row[Any]]]:
    """Each row with its platform and translation key."""
    for platform, rows in rows_by_platform().items():
        for key, same in rows.items():
            for row in same:
                yield platform, key, row


def test_every_name_is_filled_in() -> None:
    """A placeholder that nobody fills is shown as it is, and one that is not named is lost."""
    for platform, key, row in each_row():
        assert placeholders(ENGLISH["entity"][platform][key]["name"]) == set(row.translation_placeholders or {})


def test_every_state_has_a_text_and_no_text_is_left() -> None:
    """States are slugs."""
    for platform, key, row in each_row():
        texts: Tree = ENGLISH["entity"][platform][key]
        states = set(texts.get("state", {}))
        own = states_of(row)
        assert states == own if own else states <= STATES_OF_PLATFORMS.get(platform, set()), (platform, key)
        assert all(re.fullmatch(r"[a-z0-9_]+", state) for state in states_of(row))


def test_every_attribute_has_a_text_and_no_text_is_left() -> None:
    """With every type of event."""
    for platform, rows in rows_by_platform().items():
        for key, same in rows.items():
            texts: Tree = ENGLISH["entity"][platform][key].get("state_attributes", {})
            assert set(texts) == {attribute for row in same for attribute in attributes_of(row)}, (platform, key)
            for row in same:
                if isinstance(row, EventRow):
                    assert set(texts["event_type"]["state"]) == set(row.event_types or ()), key


def test_icons_are_for_what_exists() -> None:
    """Each with the states that it has."""
    for platform, icons in ICONS["entity"].items():
        for key, icon in icons.items():
            assert key in rows_by_platform()[platform], (platform, key)
            assert icon.keys() <= {"default", "state", "range", "state_attributes"}
            states = {state for row in rows_by_platform()[platform][key] for state in states_of(row)}
            states |= STATES_OF_PLATFORMS.get(platform, set())
            assert icon.get("state", {}).keys() <= states, (platform, key)


def test_every_entity_has_an_icon() -> None:
    """Of its own, or of its device class, which is better: it changes with the state."""
    for platform, key, row in each_row():
        assert row.device_class is not None or key in ICONS["entity"].get(platform, {}), (platform, key)


def test_icons_tell_something() -> None:
    """Those of the sort that exists, and in a state another one than otherwise."""
    for platform, icons in ICONS["entity"].items():
        for key, icon in icons.items():
            for name in (icon["default"], *icon.get("state", {}).values()):
                assert re.fullmatch(r"mdi:[a-z0-9-]+", name), (platform, key)
            assert icon["default"] not in icon.get("state", {}).values(), (platform, key)


# The actions


def test_every_action_has_texts_an_icon_and_a_form() -> None:
    """And there are no others."""
    assert set(ACTION_FORMS) == set(ACTIONS)
    assert set(ENGLISH["services"]) == set(ACTIONS)
    assert set(ICONS["services"]) == set(ACTIONS)


@pytest.mark.parametrize("name", sorted(ACTIONS))
def test_every_field_of_an_action_has_texts_and_a_selector(name: str) -> None:
    """In the form as in the schema."""
    fields = {str(field): field for field in ACTIONS[name].fields}
    form: Tree = ACTION_FORMS[name]["fields"]
    texts: Tree = ENGLISH["services"][name]
    assert texts.keys() == {"name", "description", "fields"}
    assert form.keys() == texts["fields"].keys() == fields.keys() | {CONFIG_ENTRY_FIELD}
    for field, shown in form.items():
        assert texts["fields"][field].keys() == {"name", "description"}
        assert "selector" in shown
        required = field in fields and type(fields[field]).__name__ == "Required"
        assert shown.get("required", False) is required, field


def selectors(form: object) -> Iterator[tuple[str, str, set[str]]]:
    """The translation keys of the selectors in the form of the actions, with what has texts there, and its names."""
    if isinstance(form, Mapping):
        if "translation_key" in form:
            what = "options" if "options" in form else "fields"
            yield form["translation_key"], what, set(form[what])
        for inner in form.values():
            yield from selectors(inner)


def test_every_option_of_an_action_has_a_text() -> None:
    """Those of flows are watched where flows are tested."""
    found = list(selectors(ACTION_FORMS))
    assert found
    for key, what, names in found:
        assert ENGLISH["selector"][key].keys() == {what}
        assert set(ENGLISH["selector"][key][what]) == names


# The issues

# With what can come in between.
ISSUES_TO_MEND = {
    broker_issues.STORED_COMMANDS: {"cannot_connect", "some_left"},
    charger_issues.MOVED: set(),
    charger_issues.RAPI_BLOCKED: set(),
    **{key: {"cannot_connect", "not_mended"} for key in MENDS},
}
ISSUES_TO_EXPLAIN = {
    broker_issues.OPEN_BROKER,
    vehicle_issues.FIRMWARE_TOO_OLD,
    broker_issues.MODULE_MAYBE_REFUSED,
    vehicle_issues.MODULE_SILENT,
    server_issues.MODULE_SILENT_AT_SERVER,
    server_issues.PARANOID,
    charger_issues.ANOTHER_CHARGER,
    operator_issues.CHARGE_POINTS_GONE,
}


def test_every_issue_has_texts_and_no_text_is_left() -> None:
    """One that can be mended here says how; the others explain."""
    assert set(ENGLISH["issues"]) == ISSUES_TO_MEND.keys() | ISSUES_TO_EXPLAIN
    for key, texts in ENGLISH["issues"].items():
        assert placeholders(texts["title"]) == {"name"}
        if key in ISSUES_TO_EXPLAIN:
            assert texts.keys() == {"title", "description"}
        else:
            assert texts.keys() == {"title", "fix_flow"}
            flow = texts["fix_flow"]
            assert flow.keys() == ({"step", "abort"} if ISSUES_TO_MEND[key] else {"step"})
            assert flow["step"].keys() == {"confirm"}
            assert flow["step"]["confirm"].keys() == {"title", "description"}
            assert set(flow.get("abort", {})) == ISSUES_TO_MEND[key]
