"""The rules of the quality scale that can be seen in the tables of entities, each checked by a test of its name."""

from collections.abc import Mapping
from functools import cache
import importlib
import json
from pathlib import Path
from typing import Any, Final

from homeassistant.components.binary_sensor import BinarySensorDeviceClass
from homeassistant.components.button import ButtonDeviceClass
from homeassistant.components.event import EventDeviceClass
from homeassistant.components.number import NumberDeviceClass
from homeassistant.components.number.const import DEVICE_CLASS_UNITS as NUMBER_UNITS
from homeassistant.components.sensor import SensorDeviceClass
from homeassistant.components.sensor.const import DEVICE_CLASS_UNITS
from homeassistant.components.switch import SwitchDeviceClass
from homeassistant.const import EntityCategory

from custom_components.open_ev.descriptions import EventRow, NumberRow, Row, SelectRow, SensorRow
from tests.integration.tables import check_classes

from .files import ENGLISH, ICONS, Tree, placeholders, platform_files
from .rows import every_row, key_of, made, platform_of, rows_of, written

CLASSES: Final = {
    "binary_sensor": BinarySensorDeviceClass,
    "button": ButtonDeviceClass,
    "event": EventDeviceClass,
    "number": NumberDeviceClass,
    "sensor": SensorDeviceClass,
    "switch": SwitchDeviceClass,
}
# What is measured in these is told by the unit: there is one class for each.
TELLING: Final = (
    SensorDeviceClass.APPARENT_POWER,
    SensorDeviceClass.CURRENT,
    SensorDeviceClass.DATA_SIZE,
    SensorDeviceClass.DISTANCE,
    SensorDeviceClass.DURATION,
    SensorDeviceClass.ENERGY_DISTANCE,
    SensorDeviceClass.FREQUENCY,
    SensorDeviceClass.POWER,
    SensorDeviceClass.PRESSURE,
    SensorDeviceClass.SIGNAL_STRENGTH,
    SensorDeviceClass.SPEED,
    SensorDeviceClass.TEMPERATURE,
    SensorDeviceClass.VOLTAGE,
)


def texts_of(row: Row[Any]) -> Tree:
    """The texts of a row."""
    texts: Tree = ENGLISH["entity"][platform_of(row)][key_of(row)]
    return texts


@cache
def icons_of_classes(platform: str) -> Mapping[str, Any]:
    """The icons that Home Assistant has for the device classes of a platform."""
    component = Path(str(importlib.import_module(f"homeassistant.components.{platform}").__file__))
    icons: Mapping[str, Any] = json.loads(component.with_name("icons.json").read_text(encoding="utf-8"))[
        "entity_component"
    ]
    return icons


def test_tables_are_found() -> None:
    """Of every platform that has a file."""
    assert len(tuple(written())) > 200
    assert {platform_of(row) for row in every_row()} == platform_files()


def test_entity_unique_id() -> None:
    """A key is the half of it that tells the entities of a device apart."""
    for rows in made():
        keys = [(platform_of(row), row.key) for row in rows_of(rows)]
        assert len(keys) == len(set(keys))
    assert all(row.key for row in every_row())


def test_entity_category() -> None:
    """What only shows is no setting, and what says which device it is belongs to the diagnosis."""
    for row in every_row():
        if platform_of(row) in {"binary_sensor", "device_tracker", "event", "sensor"}:
            assert row.entity_category is not EntityCategory.CONFIG, row.key
        if row.device_class is ButtonDeviceClass.IDENTIFY:
            assert row.entity_category is EntityCategory.DIAGNOSTIC, row.key


def test_entity_device_class() -> None:
    """One of the platform's own, with a unit that it can have, wherever there is one for what is measured."""
    for row in every_row():
        if row.device_class is not None:
            assert isinstance(row.device_class, CLASSES[platform_of(row)]), row.key
        match row:
            case SensorRow():
                check_classes(row)
                units = {row.native_unit_of_measurement}
                classed = any(units <= DEVICE_CLASS_UNITS[each] for each in TELLING)
                assert row.device_class is not None or not classed or units == {None}, row.key
            case NumberRow(device_class=NumberDeviceClass() as of):
                assert row.native_unit_of_measurement in NUMBER_UNITS[of], row.key


def test_entity_translations() -> None:
    """A name, which is filled in, and a text for each state that is listed."""
    for row in every_row():
        texts = texts_of(row)
        assert placeholders(texts["name"]) == set(row.translation_placeholders or {}), row.key
        match row:
            case SensorRow(options=list() as options) | SelectRow(options=list() as options):
                assert set(options) == set(texts["state"]), row.key
            case EventRow(event_types=list() as types):
                assert set(types) == set(texts["state_attributes"]["event_type"]["state"]), row.key


def test_no_entity_names_itself() -> None:
    """Names and icons in the code would be in one language, and the same in every state."""
    for row in every_row():
        assert not isinstance(row.name, str)
        assert row.icon is None


def test_icon_translations() -> None:
    """An icon of its own, or that of its device class."""
    for row in every_row():
        platform = platform_of(row)
        own = key_of(row) in ICONS["entity"].get(platform, {})
        # That of a choice of texts is an eye, whatever they are about.
        telling = row.device_class != SensorDeviceClass.ENUM and str(row.device_class) in icons_of_classes(platform)
        assert own or telling, (platform, row.key)


def test_no_icon_is_left_over() -> None:
    """One whose entity is gone is carried along for ever."""
    there = {(platform_of(row), key_of(row)) for row in every_row()}
    assert {(platform, key) for platform, icons in ICONS["entity"].items() for key in icons} <= there
