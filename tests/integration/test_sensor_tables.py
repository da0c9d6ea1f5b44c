"""The tables of a vehicle's sensors and binary sensors, against the catalogue and against Home Assistant's own rules."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
import json
import math
from pathlib import Path
from typing import Any

from homeassistant.components import binary_sensor, sensor
from homeassistant.components.sensor import SensorDeviceClass, SensorStateClass
from homeassistant.components.sensor.const import (
    DEVICE_CLASS_STATE_CLASSES,
    DEVICE_CLASS_UNITS,
    NON_NUMERIC_DEVICE_CLASSES,
    STATE_CLASS_UNITS,
    UNIT_CONVERTERS,
)
from homeassistant.const import MAX_LENGTH_STATE_STATE, EntityCategory
import pytest

from custom_components.open_ev.clients.ovms.metrics import STANDARD_METRICS, Unit, vehicle_metrics
from custom_components.open_ev.clients.ovms.values import MAX_ELEMENTS, Kind
from custom_components.open_ev.clients.ovms.vehicle import Aspect, Vehicle
from custom_components.open_ev.clients.ovms.vehicle_types import VEHICLE_TYPES
from custom_components.open_ev.descriptions import BinarySensorRow, Rows, SensorRow
from custom_components.open_ev.descriptions.vehicle import vehicle_rows
from custom_components.open_ev.descriptions.vehicle.binary_sensors import BINARY_SENSORS
from custom_components.open_ev.descriptions.vehicle.metric_rows import MEASURES
from custom_components.open_ev.descriptions.vehicle.own_metrics import PLACE_METRICS, SECRET_METRICS
from custom_components.open_ev.descriptions.vehicle.sensors import LOCATION_SENSORS, SENSORS

type VehicleRow = SensorRow[Vehicle] | BinarySensorRow[Vehicle]

INTEGRATION = Path("custom_components/open_ev")
TEXTS: dict[str, Any] = json.loads((INTEGRATION / "translations" / "en.json").read_text(encoding="utf-8"))["entity"]
ICONS: dict[str, Any] = json.loads((INTEGRATION / "icons.json").read_text(encoding="utf-8"))["entity"]

ALL_SENSORS = (*SENSORS, *LOCATION_SENSORS)
ALL_ROWS: tuple[VehicleRow, ...] = (*ALL_SENSORS, *BINARY_SENSORS)

# No sensor shows these.
SECRET = {"v.vin", "m.net.mdm.iccid", "v.p.valet.latitude", "v.p.valet.longitude"}
SHOWN_BY_THE_TRACKER = {"v.p.latitude", "v.p.longitude"}

# What would tell where the car is.
PLACES = {"v.p.altitude", "v.p.direction", "v.p.gpstime", "v.p.location", "v.p.valet.distance"}

# Texts of each kind, the worst the reader of values lets through among them.
TEXTS_OF_KIND = {
    Kind.BOOL: ("yes", "no", ""),
    Kind.INT: ("0", "-1", "-2", "1", "7", "100", "9223372036854775807", "-9223372036854775808", ""),
    Kind.FLOAT: ("0", "-0", "-1", "12.5", "1e-05", "1.79769e+308", "-1.79769e+308", ""),
    Kind.TEXT: ("", "x", "None", "Unknown", "unknown", "CHAdeMO", "ß" * 255),
    Kind.FLOATS: ("1.5", "0,0,0,0", "2.5,-2.5", "1,2,3,4,5", ",".join(["1.79769e+308"] * MAX_ELEMENTS), ""),
    Kind.INTS: ("0", "0,1,2,3", "-1", "2", ",".join(["9223372036854775807"] * MAX_ELEMENTS), ""),
    Kind.BITS: ("", "0", "0,1,9", ",".join(["999"] * MAX_ELEMENTS)),
    Kind.UTC: ("0", "-1", "1700000000", "2026-11-20 10:00:00 UTC", "2199-12-31 23:59:59 UTC", ""),
    Kind.LOCAL: ("0", "1700000000", "2026-11-20 10:00:00 CET", "2199-12-31 23:59:59 UTC", ""),
    Kind.TIME_OF_DAY: ("0", "86399", "05:30:00", "23:59:59", ""),
}


def named(rows: Iterable[VehicleRow]) -> list[Any]:
    """Parameters that show a row's key."""
    return [pytest.param(row, id=f"{platform_of(row)}-{row.key}") for row in rows]


def platform_of(row: VehicleRow) -> str:
    """The platform that a row belongs to."""
    return "sensor" if isinstance(row, SensorRow) else "binary_sensor"


def enabled(rows: Rows[Vehicle], vehicle: Vehicle) -> set[str]:
    """The sensors that a vehicle starts with."""
    shown: tuple[VehicleRow, ...] = (*rows.sensors, *rows.binary_sensors)
    return {
        f"{platform_of(row)}.{row.key}"
        for row in shown
        if (row.entity_registry_enabled_default if row.enabled_fn is None else row.enabled_fn(vehicle))
    }


def value_of(key: str, vehicle: Vehicle) -> object:
    """What a sensor shows."""
    (row,) = (row for row in ALL_SENSORS if row.key == key)
    return row.value_fn(vehicle)


def is_on(key: str, vehicle: Vehicle) -> bool | None:
    """What a binary sensor shows."""
    (row,) = (row for row in BINARY_SENSORS if row.key == key)
    return row.value_fn(vehicle)


@pytest.fixture
async def vehicle() -> Vehicle:
    """A car that nothing is known of."""
    return Vehicle()


def test_every_standard_metric_is_shown_once_or_has_a_reason_not_to_be() -> None:
    """Nobody has to ask where a metric is."""
    shown = [name for row in ALL_ROWS for name in row.listens[:1] if name in STANDARD_METRICS]
    assert set(shown) | SECRET | SHOWN_BY_THE_TRACKER == set(STANDARD_METRICS)
    assert not set(shown) & (SECRET | SHOWN_BY_THE_TRACKER)
    shown_more_than_once = {name for name in shown if shown.count(name) > 1}
    assert shown_more_than_once == {"v.t.alert", "v.t.health", "v.t.pressure", "v.t.temp"}


def test_every_yes_or_no_is_a_binary_sensor() -> None:
    """And nothing else is."""
    assert {name for row in BINARY_SENSORS for name in row.listens} == {
        *(name for name, metric in STANDARD_METRICS.items() if metric.kind is Kind.BOOL),
        "v.t.alert",
        Aspect.CONNECTION,
    }


@pytest.mark.parametrize("rows", [ALL_SENSORS, BINARY_SENSORS], ids=["sensor", "binary_sensor"])
def test_keys_are_unique_and_rows_listen_to_what_exists(rows: tuple[VehicleRow, ...]) -> None:
    """A key is half of a unique id."""
    keys = [row.key for row in rows]
    assert len(keys) == len(set(keys))
    assert {name for row in rows for name in row.listens} <= {*STANDARD_METRICS, *Aspect}
    assert all(row.listens for row in rows)


async def test_a_place_is_shown_only_if_the_user_wants_it() -> None:
    """Altitude, direction and the name of a place are places too."""
    soul = Vehicle(type_code="KS", extra_metrics=vehicle_metrics("KS"))
    for expose_location in (True, False):
        rows = vehicle_rows(soul, expose_location=expose_location)
        listened = {name for row in rows.sensors for name in row.listens}
        assert bool(listened & PLACES) is expose_location
        assert bool(listened & PLACE_METRICS) is expose_location
    assert PLACES == {name for row in LOCATION_SENSORS for name in row.listens}


@pytest.mark.parametrize("row", named(ALL_SENSORS))
def test_units_and_classes_agree_with_home_assistant(row: SensorRow[Vehicle]) -> None:
    """Home Assistant only logs a wrong combination, and shows it wrongly."""
    check_classes(row)
    metric = STANDARD_METRICS.get(row.listens[0])
    if metric is not None and metric.unit is not None and row.device_class is not SensorDeviceClass.UPTIME:
        assert row.native_unit_of_measurement, "the firmware gives a unit"


def check_classes(row: SensorRow[Vehicle]) -> None:
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


def test_the_energy_dashboard_takes_what_was_drawn_and_sent() -> None:
    """Its statistics are sums, which need energy that counts up."""
    by_metric = {row.listens[0]: row for row in SENSORS}
    for metric in (
        "v.c.kwh",
        "v.c.kwh.grid",
        "v.c.kwh.grid.total",
        "v.g.kwh",
        "v.g.kwh.grid",
        "v.g.kwh.grid.total",
        "v.b.energy.used",
        "v.b.energy.used.total",
        "v.b.energy.recd",
        "v.b.energy.recd.total",
    ):
        assert by_metric[metric].device_class is SensorDeviceClass.ENERGY
        assert by_metric[metric].state_class is SensorStateClass.TOTAL_INCREASING
    assert by_metric["v.b.capacity"].device_class is SensorDeviceClass.ENERGY_STORAGE
    assert by_metric["v.b.capacity"].state_class is SensorStateClass.MEASUREMENT
    assert by_metric["v.p.odometer"].state_class is SensorStateClass.TOTAL_INCREASING


def test_every_unit_of_the_catalogue_has_its_measure() -> None:
    """Also those that only vehicle-specific metrics have."""
    assert set(MEASURES) == set(Unit)


@pytest.mark.parametrize("row", named(ALL_ROWS))
def test_every_row_has_a_name_and_texts_for_its_options(row: VehicleRow) -> None:
    """In words that a driver would use: no underscores, no capitals but the first and those of names."""
    texts = TEXTS[platform_of(row)][row.key]
    assert texts["name"]
    assert "_" not in texts["name"]
    assert texts["name"][0].isupper() or texts["name"][0].isdigit()
    if isinstance(row, SensorRow):
        assert set(texts.get("state", {})) == set(row.options or ())
        assert ("state_attributes" in texts) is (row.attributes_fn is not None)
    else:
        assert set(texts.get("state", {})) in (set(), {"on", "off"})


@pytest.mark.parametrize("platform", ["sensor", "binary_sensor"])
def test_no_text_or_icon_is_left_without_its_row(platform: str) -> None:
    """And no two entities of a platform have the same name."""
    keys = {row.key for row in ALL_ROWS if platform_of(row) == platform} | {"vehicle_metric"}
    assert set(TEXTS[platform]) == keys
    assert set(ICONS[platform]) <= keys
    names = [texts["name"] for texts in TEXTS[platform].values()]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("row", named(ALL_ROWS))
def test_a_row_whose_class_has_no_icon_has_its_own(row: VehicleRow) -> None:
    """An eye or a circle says nothing."""
    component = sensor if isinstance(row, SensorRow) else binary_sensor
    icons = json.loads(Path(str(component.__file__)).with_name("icons.json").read_text(encoding="utf-8"))
    has_own = row.key in ICONS[platform_of(row)]
    assert has_own or row.device_class in set(icons["entity_component"]) - {"_", "enum"}
    if has_own and isinstance(row, SensorRow) and row.options:
        assert set(ICONS["sensor"][row.key].get("state", {})) <= set(row.options)


START_WITH = {
    "sensor.battery_12v_voltage",
    "sensor.battery_health",
    "sensor.battery_power",
    "sensor.battery_temperature",
    "sensor.cabin_temperature",
    "sensor.charge_current",
    "sensor.charge_energy",
    "sensor.charge_power",
    "sensor.charge_state",
    "sensor.charge_voltage",
    "sensor.last_heard",
    "sensor.odometer",
    "sensor.outside_temperature",
    "sensor.range_estimated",
    "sensor.range_ideal",
    "sensor.state_of_charge",
    "sensor.time_to_full",
    "sensor.tyre_pressure_front_left",
    "sensor.tyre_pressure_front_right",
    "sensor.tyre_pressure_rear_left",
    "sensor.tyre_pressure_rear_right",
    "binary_sensor.battery_12v_alert",
    "binary_sensor.charge_port",
    "binary_sensor.door_front_left",
    "binary_sensor.door_front_right",
    "binary_sensor.door_rear_left",
    "binary_sensor.door_rear_right",
    "binary_sensor.hood",
    "binary_sensor.ignition",
    "binary_sensor.module_connected",
    "binary_sensor.plugged_in",
    "binary_sensor.trunk",
    "binary_sensor.tyre_alert",
}


@pytest.mark.parametrize("type_code", [*VEHICLE_TYPES, "", "NEWER"])
async def test_what_a_vehicle_starts_with(type_code: str) -> None:
    """The same for all, and what a control would show where the type has no such control."""
    car = Vehicle(type_code=type_code)
    rows = vehicle_rows(car, expose_location=True)
    shows_itself = {
        "binary_sensor.doors": not any(row.key == "doors" for row in rows.locks),
        "binary_sensor.charging": not rows.switches,
        "binary_sensor.climate": not rows.climates,
        "sensor.charge_mode": not rows.selects,
    }
    assert enabled(rows, car) == START_WITH | {name for name, shows in shows_itself.items() if shows}
    assert ("doors" in {row.key for row in rows.binary_sensors}) is shows_itself["binary_sensor.doors"]


async def test_a_new_vehicle_has_about_forty_entities() -> None:
    """With its controls, whatever its type."""
    for type_code in VEHICLE_TYPES:
        car = Vehicle(type_code=type_code)
        rows = vehicle_rows(car, expose_location=True)
        others = (*rows.locks, *rows.climates, *rows.switches, *rows.numbers, *rows.selects, *rows.buttons)
        shown = [row for row in (*others, *rows.trackers, *rows.events) if row.entity_registry_enabled_default]
        assert 38 <= len(enabled(rows, car)) + len(shown) <= 48, type_code


@pytest.mark.parametrize("row", named(ALL_ROWS))
async def test_without_a_reading_there_is_no_value(row: VehicleRow, vehicle: Vehicle) -> None:
    """Nothing is made up."""
    assert row.value_fn(vehicle) is None


@pytest.mark.parametrize("row", named(ALL_ROWS))
async def test_no_text_of_a_metric_upsets_its_row(row: VehicleRow, vehicle: Vehicle) -> None:
    """One row that raised would keep the rows after it from hearing of the same burst."""
    for name in row.listens:
        if name in STANDARD_METRICS:
            for text in TEXTS_OF_KIND[STANDARD_METRICS[name].kind]:
                vehicle.update(name, text)
                vehicle.update(name, text)
                check_value(row, vehicle)


def check_value(row: VehicleRow, vehicle: Vehicle) -> None:
    """Check that Home Assistant would take what the row shows now."""
    value = row.value_fn(vehicle)
    if isinstance(row, BinarySensorRow):
        assert value in (True, False, None)
        return
    if row.attributes_fn is not None:
        assert set(row.attributes_fn(vehicle)) == {"values"}
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


@pytest.mark.parametrize("type_code", VEHICLE_TYPES)
async def test_own_metrics_of_a_type_of_vehicle(type_code: str) -> None:
    """Each that the user chose is one enabled entity, with its name, and takes all that the firmware may say."""
    own = vehicle_metrics(type_code)
    car = Vehicle(type_code=type_code, extra_metrics=own)
    rows = vehicle_rows(car, expose_location=True)
    made: list[VehicleRow] = [
        row for row in (*rows.sensors, *rows.binary_sensors) if row.translation_key == "vehicle_metric"
    ]
    assert {row.key for row in made} == set(own) - SECRET_METRICS
    assert len({row.key for row in (*rows.sensors, *rows.binary_sensors)}) >= len(made)
    for row in made:
        metric = own[row.key]
        assert row.entity_registry_enabled_default
        assert row.translation_placeholders == {"metric": metric.name}
        assert isinstance(row, BinarySensorRow) is (metric.kind is Kind.BOOL)
        assert row.value_fn(car) is None
        if isinstance(row, SensorRow):
            check_classes(row)
            if metric.unit is not None:
                assert row.native_unit_of_measurement
        for text in TEXTS_OF_KIND[metric.kind]:
            car.update(metric.name, text)
            check_value(row, car)


async def test_none_of_the_own_metrics_is_there_unless_chosen() -> None:
    """A type may have a hundred."""
    rows = vehicle_rows(Vehicle(type_code="NL"), expose_location=True)
    assert {row.translation_key for row in (*rows.sensors, *rows.binary_sensors)} == {None}


async def test_a_list_of_own_metrics() -> None:
    """With a unit it has a mean; without one nobody knows what it is, so it is shown as it is."""
    car = Vehicle(type_code="SQ", extra_metrics=["xsq.obl.amps", "xsq.tpms.missing", "xsq.bms.cap"])
    rows = {row.key: row for row in vehicle_rows(car, expose_location=True).sensors}
    car.update("xsq.obl.amps", "10,20,30")
    car.update("xsq.tpms.missing", "0,1,0,0")
    assert rows["xsq.obl.amps"].value_fn(car) == 20
    assert rows["xsq.obl.amps"].native_unit_of_measurement == "A"
    assert rows["xsq.tpms.missing"].value_fn(car) == "0, 1, 0, 0"
    assert rows["xsq.bms.cap"].value_fn(car) is None


# What rows make of a text


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("charging", "charging"),
        ("topoff", "topoff"),
        ("", "not_charging"),
        ("Charging", "charging"),
        ("error", "error"),
    ],
)
async def test_charge_state(vehicle: Vehicle, text: str, state: str) -> None:
    """Empty means not charging; a state of a newer firmware is shown as it is."""
    vehicle.update("v.c.state", text)
    assert value_of("charge_state", vehicle) == state


@pytest.mark.parametrize(
    ("text", "state"),
    [("type2", "type2"), ("CCS", "ccs"), ("CHAdeMO", "chademo"), ("Standard", "Standard"), ("", None)],
)
async def test_charge_type_in_the_spellings_of_vehicle_modules(vehicle: Vehicle, text: str, state: str | None) -> None:
    """Capitals make no other connector."""
    vehicle.update("v.c.type", text)
    assert value_of("charge_type", vehicle) == state


async def test_registration_is_translatable(vehicle: Vehicle) -> None:
    """The firmware's camel case is made a slug, and its `Unknown` is Home Assistant's."""
    vehicle.update("m.net.mdm.netreg", "RegisteredRoamingSMS")
    assert value_of("modem_registration", vehicle) == "registered_roaming_sms"
    vehicle.update("m.net.mdm.netreg", "Unknown")
    assert value_of("modem_registration", vehicle) is None


@pytest.mark.parametrize("metric", ["v.c.duration.full", "v.c.duration.range", "v.g.duration.soc"])
async def test_no_time_remains_that_is_not_applicable(vehicle: Vehicle, metric: str) -> None:
    """-1 is no time; 0 is."""
    (row,) = (row for row in SENSORS if row.listens == (metric,))
    shown = []
    for text in ("25", "-1", "0"):
        vehicle.update(metric, text)
        shown.append(row.value_fn(vehicle))
    assert shown == [25, None, 0]


async def test_battery_power_keeps_the_sign_of_the_firmware(vehicle: Vehicle) -> None:
    """Charging is negative."""
    vehicle.update("v.b.power", "-6.6")
    assert value_of("battery_power", vehicle) == -6.6


async def test_standing_still_there_is_no_consumption_per_distance(vehicle: Vehicle) -> None:
    """The units with the distance on top could not show a zero at all."""
    vehicle.update("v.b.consumption", "152.4")
    assert value_of("consumption", vehicle) == 152.4
    vehicle.update("v.b.consumption", "0")
    assert value_of("consumption", vehicle) is None


WHEELS = ("front_left", "front_right", "rear_left", "rear_right")


async def test_tyres_are_told_apart(vehicle: Vehicle) -> None:
    """Front left, front right, rear left, rear right."""
    vehicle.update("v.t.pressure", "210,220,230,240")
    vehicle.update("v.t.temp", "31,32,33,34")
    vehicle.update("v.t.health", "91,92,93,94")
    vehicle.update("v.t.alert", "0,1,2,3")
    assert [value_of(f"tyre_pressure_{wheel}", vehicle) for wheel in WHEELS] == [2.1, 2.2, 2.3, 2.4]
    assert [value_of(f"tyre_temperature_{wheel}", vehicle) for wheel in WHEELS] == [31, 32, 33, 34]
    assert [value_of(f"tyre_health_{wheel}", vehicle) for wheel in WHEELS] == [91, 92, 93, 94]
    assert [value_of(f"tyre_alert_{wheel}", vehicle) for wheel in WHEELS] == ["normal", "warning", "alert", None]


async def test_a_wheel_that_was_not_heard_has_no_value(vehicle: Vehicle) -> None:
    """It is missing at the end of a list, and zero before the end."""
    vehicle.update("v.t.pressure", "0,220")
    vehicle.update("v.t.alert", "1")
    assert [value_of(f"tyre_pressure_{wheel}", vehicle) for wheel in WHEELS] == [None, 2.2, None, None]
    assert [value_of(f"tyre_alert_{wheel}", vehicle) for wheel in WHEELS] == ["warning", None, None, None]


@pytest.mark.parametrize(
    ("text", "on"), [("0,0,0,0", False), ("0,0,0,1", True), ("2", True), ("0,0,0,3", True), ("-1,0", False), ("", None)]
)
async def test_tyre_alert(vehicle: Vehicle, text: str, on: bool | None) -> None:
    """One wheel is enough."""
    vehicle.update("v.t.alert", text)
    assert is_on("tyre_alert", vehicle) is on


async def test_cells_show_what_is_true_of_all_of_them(vehicle: Vehicle) -> None:
    """A mean of now, the extremes of extremes, and each cell in an attribute."""
    for metric, text in {
        "v.b.c.voltage": "4.1,4.0,3.9",
        "v.b.c.voltage.max": "4.13,4.2,4.12",
        "v.b.c.voltage.min": "3.8,3.5,3.9",
        "v.b.c.voltage.dev.max": "0.009,-0.02,0.01",
        "v.b.c.voltage.alert": "0,2,1",
        "v.b.c.temp.alert": "0,7",
    }.items():
        vehicle.update(metric, text)
    assert value_of("cell_voltages", vehicle) == pytest.approx(4.0)
    assert value_of("cell_voltages_highest", vehicle) == 4.2
    assert value_of("cell_voltages_lowest", vehicle) == 3.5
    assert value_of("cell_voltages_deviation", vehicle) == -0.02
    assert value_of("cell_voltages_alert", vehicle) == "alert"
    assert value_of("cell_temperatures_alert", vehicle) is None
    (row,) = (row for row in SENSORS if row.key == "cell_voltages")
    assert row.attributes_fn is not None
    assert row.attributes_fn(vehicle) == {"values": (4.1, 4.0, 3.9)}


@pytest.mark.parametrize(("text", "state"), [("0,1,9", "0, 1, 9"), ("", "-"), (",".join(["100"] * 99), None)])
async def test_bits(vehicle: Vehicle, text: str, state: str | None) -> None:
    """No bit is a state as well; one that no state can hold is none."""
    vehicle.update("m.egpio.input", text)
    assert value_of("module_inputs", vehicle) == state


@pytest.mark.parametrize(
    ("type_code", "number", "state"),
    [
        ("NL", "0", "neutral"),
        ("NL", "1", "forward"),
        ("NL", "-1", "reverse"),
        ("NL", "-2", "reverse"),
        ("VA", "-2", "park"),
    ],
)
async def test_gear(type_code: str, number: str, state: str) -> None:
    """Some types have a number for park."""
    car = Vehicle(type_code=type_code)
    car.update("v.e.gear", number)
    assert value_of("gear", car) == state


@pytest.mark.parametrize("text", ["05:30:00", "19800"])
async def test_a_timer_is_a_time_of_day_in_utc(vehicle: Vehicle, text: str) -> None:
    """Old firmware publishes the seconds since midnight."""
    vehicle.update("v.c.timerstart", text)
    assert value_of("charge_timer_start", vehicle) == "05:30"


@pytest.mark.parametrize(("text", "on"), [("no", True), ("yes", False)])
async def test_the_binary_lock_is_on_when_open(vehicle: Vehicle, text: str, on: bool) -> None:
    """As Home Assistant wants it; what cannot be read changes nothing."""
    vehicle.update("v.e.locked", text)
    vehicle.update("v.e.locked", "maybe")
    assert is_on("doors", vehicle) is on


async def test_an_unreadable_lock_is_not_open(vehicle: Vehicle) -> None:
    """Nor is it closed."""
    vehicle.update("v.e.locked", "maybe")
    assert is_on("doors", vehicle) is None


async def test_the_module_restarted_when_its_uptime_began() -> None:
    """A live uptime counts from now, a stored one from the stored clock."""
    now = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
    live, stored = Vehicle(now=lambda: now), Vehicle(now=lambda: now)
    live.update("m.monotonic", "3600")
    assert value_of("module_restarted", live) == now - timedelta(hours=1)
    stored.update("m.monotonic", "3600", stored=True)
    assert value_of("module_restarted", stored) is None
    stored.update("m.time.utc", "2026-11-19 12:00:00 UTC", stored=True)
    assert value_of("module_restarted", stored) == datetime(2026, 11, 19, 11, 0, tzinfo=UTC)


async def test_last_heard_needs_no_link() -> None:
    """It is true all the same, and it is the only one."""
    assert [row.key for row in ALL_ROWS if not row.needs_link] == ["last_heard"]
    now = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
    car = Vehicle(now=lambda: now)
    car.update("v.b.soc", "55", stored=True)
    assert value_of("last_heard", car) is None
    car.update("v.b.soc", "56")
    assert value_of("last_heard", car) == now


@pytest.mark.parametrize("online", [True, False, None])
async def test_the_modules_connection(vehicle: Vehicle, online: bool | None) -> None:
    """What nobody knows is not disconnected."""
    vehicle.report_online(online=online)
    assert is_on("module_connected", vehicle) is online
