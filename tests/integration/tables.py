"""What Home Assistant asks of the rows of any device."""

from collections.abc import Mapping
from datetime import datetime
import json
import math
from pathlib import Path
from typing import Any, Final

from homeassistant.components import binary_sensor, sensor
from homeassistant.components.sensor import SensorDeviceClass
from homeassistant.components.sensor.const import (
    DEVICE_CLASS_STATE_CLASSES,
    DEVICE_CLASS_UNITS,
    NON_NUMERIC_DEVICE_CLASSES,
    STATE_CLASS_UNITS,
    UNIT_CONVERTERS,
)
from homeassistant.const import MAX_LENGTH_STATE_STATE, EntityCategory

from custom_components.open_ev.descriptions import BinarySensorRow, SensorRow

INTEGRATION: Final = Path("custom_components/open_ev")
TEXTS: Final[Mapping[str, Any]] = json.loads((INTEGRATION / "translations/en.json").read_text(encoding="utf-8"))[
    "entity"
]
ICONS: Final[Mapping[str, Any]] = json.loads((INTEGRATION / "icons.json").read_text(encoding="utf-8"))["entity"]


def platform_of(row: SensorRow[Any] | BinarySensorRow[Any]) -> str:
    """The platform that a row belongs to."""
    return "sensor" if isinstance(row, SensorRow) else "binary_sensor"


def check_classes(row: SensorRow[Any]) -> None:
    """Check a row as Home Assistant does when it writes a state, and more strictly."""
    device_class = row.device_class
    assert row.entity_category is not EntityCategory.CONFIG
    assert (row.options is not None) is (device_class is SensorDeviceClass.ENUM)
    if device_class is None:
        assert row.suggested_unit_of_measurement is None
    else:
        if device_class in DEVICE_CLASS_UNITS:
            assert row.native_unit_of_measurement in DEVICE_CLASS_UNITS[device_class]
        assert row.state_class is None or row.state_class in DEVICE_CLASS_STATE_CLASSES[device_class]
    if row.state_class in STATE_CLASS_UNITS:
        assert row.native_unit_of_measurement in STATE_CLASS_UNITS[row.state_class]
    if row.suggested_unit_of_measurement is not None:
        valid = UNIT_CONVERTERS[device_class].VALID_UNITS
        assert {row.native_unit_of_measurement, row.suggested_unit_of_measurement} <= valid
    if device_class in NON_NUMERIC_DEVICE_CLASSES:
        assert row.state_class is None
        assert row.native_unit_of_measurement is None
        assert row.suggested_display_precision is None


def check_value(row: SensorRow[Any] | BinarySensorRow[Any], device: object) -> None:
    """Check that Home Assistant would take what the row shows now."""
    value = row.value_fn(device)
    if isinstance(row, BinarySensorRow):
        assert value in (True, False, None)
        return
    if row.attributes_fn is not None:
        assert set(row.attributes_fn(device)) == {"values"}
    numeric = row.state_class is not None or row.native_unit_of_measurement is not None
    match value:
        case None:
            pass
        case datetime():
            assert row.device_class in {SensorDeviceClass.TIMESTAMP, SensorDeviceClass.UPTIME}
            assert value.tzinfo is not None
        case str():
            assert not numeric
            assert 0 < len(value) <= MAX_LENGTH_STATE_STATE
        case _:
            assert math.isfinite(value)
            assert row.options is None


def check_name(row: SensorRow[Any] | BinarySensorRow[Any]) -> None:
    """Check that a row is called by words that a driver would use, and that its states have texts."""
    texts = TEXTS[platform_of(row)][row.key]
    assert texts["name"]
    assert "_" not in texts["name"]
    assert texts["name"][0].isupper() or texts["name"][0].isdigit()
    if isinstance(row, SensorRow):
        assert set(texts.get("state", {})) == set(row.options or ())
        assert ("state_attributes" in texts) is (row.attributes_fn is not None)
    else:
        assert set(texts.get("state", {})) in (set(), {"on", "off"})


def check_icon(row: SensorRow[Any] | BinarySensorRow[Any]) -> None:
    """Check that a row whose class has no icon has its own: an eye or a circle says nothing."""
    component = sensor if isinstance(row, SensorRow) else binary_sensor
    icons = json.loads(Path(str(component.__file__)).with_name("icons.json").read_text(encoding="utf-8"))
    has_own = row.key in ICONS[platform_of(row)]
    assert has_own or row.device_class in set(icons["entity_component"]) - {"_", "enum"}
    if has_own and isinstance(row, SensorRow) and row.options:
        assert set(ICONS["sensor"][row.key].get("state", {})) <= set(row.options)
