"""No text and no icon is left of what is gone, and none is missing; that each is as it should be is tested beside this.

What flows show, and what is told of errors, is watched where those are tested.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache
import re
from typing import Any

from homeassistant.components.sensor import SensorDeviceClass
from homeassistant.helpers.entity import EntityDescription
import pytest

from custom_components.open_ev.descriptions import EventRow, Row, SelectRow, SensorRow
from custom_components.open_ev.issues import (
    broker as broker_issues,
    charger as charger_issues,
    operator as operator_issues,
    server as server_issues,
    vehicle as vehicle_issues,
)
from custom_components.open_ev.repairs import MENDS
from tests.actions import ACTIONS

from .files import ACTION_FORMS, ENGLISH, ICONS, Tree, placeholders
from .rows import every_row, key_of, platform_of

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


@cache
def rows_by_key() -> Mapping[tuple[str, str], list[Row[Any]]]:
    """Every row, by platform and by what its texts and icons are found by."""
    found: dict[tuple[str, str], list[Row[Any]]] = defaultdict(list)
    for row in every_row():
        found[platform_of(row), key_of(row)].append(row)
    return found


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


def test_every_entity_has_a_text_and_no_text_is_left() -> None:
    """An entity without a name takes that of its device."""
    texts = {(platform, key) for platform, entities in ENGLISH["entity"].items() for key in entities}
    assert texts == rows_by_key().keys()


def test_every_state_has_a_text_and_no_text_is_left() -> None:
    """States are slugs."""
    for (platform, key), rows in rows_by_key().items():
        texts = set(ENGLISH["entity"][platform][key].get("state", {}))
        for own in map(states_of, rows):
            assert texts == own if own else texts <= STATES_OF_PLATFORMS.get(platform, set()), (platform, key)
            assert all(re.fullmatch(r"[a-z0-9_]+", state) for state in own)


def test_every_attribute_has_a_text_and_no_text_is_left() -> None:
    """Beside those of the platform, which Home Assistant translates."""
    for (platform, key), rows in rows_by_key().items():
        texts: Tree = ENGLISH["entity"][platform][key].get("state_attributes", {})
        assert set(texts) == {attribute for row in rows for attribute in attributes_of(row)}, (platform, key)


def test_icons_are_for_states_that_there_are() -> None:
    """One that was renamed would lose its icon, and nobody would see why."""
    for platform, icons in ICONS["entity"].items():
        for key, icon in icons.items():
            states = {state for row in rows_by_key()[platform, key] for state in states_of(row)}
            states |= STATES_OF_PLATFORMS.get(platform, set())
            assert icon.get("state", {}).keys() <= states, (platform, key)


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


def objects(form: object) -> Iterator[tuple[str, set[str]]]:
    """The translation keys of what is entered as an object in the forms of the actions, and its fields."""
    if isinstance(form, Mapping):
        if "translation_key" in form and "fields" in form:
            yield form["translation_key"], set(form["fields"])
        for inner in form.values():
            yield from objects(inner)


def test_every_field_of_an_object_has_a_text() -> None:
    """As every choice has."""
    found = list(objects(ACTION_FORMS))
    assert found
    for key, names in found:
        assert ENGLISH["selector"][key].keys() == {"fields"}
        assert set(ENGLISH["selector"][key]["fields"]) == names


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
