"""The tables of a vehicle's sensors and binary sensors, against the catalogue and against Home Assistant's own rules."""

from collections.abc import Iterable
from typing import Any

from homeassistant.components.sensor import SensorDeviceClass, SensorStateClass
import pytest

from custom_components.open_ev.clients.ovms.metrics import STANDARD_METRICS, Metric, Unit, vehicle_metrics
from custom_components.open_ev.clients.ovms.values import MAX_ELEMENTS, Kind
from custom_components.open_ev.clients.ovms.vehicle import Aspect, Vehicle
from custom_components.open_ev.clients.ovms.vehicle_types import VEHICLE_TYPES
from custom_components.open_ev.descriptions import BinarySensorRow, Rows, SensorRow
from custom_components.open_ev.descriptions.vehicle import vehicle_rows
from custom_components.open_ev.descriptions.vehicle.binary_sensors import BINARY_SENSORS
from custom_components.open_ev.descriptions.vehicle.metric_rows import MEASURES
from custom_components.open_ev.descriptions.vehicle.own_metrics import PLACE_METRICS, SECRET_METRICS, sensor_of
from custom_components.open_ev.descriptions.vehicle.sensors import LOCATION_SENSORS, SENSORS

from .tables import TEXTS, check_classes, check_icon, check_name, check_value, platform_of

type VehicleRow = SensorRow[Vehicle] | BinarySensorRow[Vehicle]

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


def enabled(rows: Rows[Vehicle], vehicle: Vehicle) -> set[str]:
    """The sensors that a vehicle starts with."""
    shown: tuple[VehicleRow, ...] = (*rows.sensors, *rows.binary_sensors)
    return {
        f"{platform_of(row)}.{row.key}"
        for row in shown
        if (row.entity_registry_enabled_default if row.enabled_fn is None else row.enabled_fn(vehicle))
    }


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
    assert {name for row in LOCATION_SENSORS for name in row.listens} == PLACES


@pytest.mark.parametrize("row", named(ALL_SENSORS))
def test_units_and_classes_agree_with_home_assistant(row: SensorRow[Vehicle]) -> None:
    """Home Assistant only logs a wrong combination, and shows it wrongly."""
    check_classes(row)
    metric = STANDARD_METRICS.get(row.listens[0])
    if metric is not None and metric.unit is not None and row.device_class is not SensorDeviceClass.UPTIME:
        assert row.native_unit_of_measurement, "the firmware gives a unit"


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
    """In words that a driver would use."""
    check_name(row)


@pytest.mark.parametrize("platform", ["sensor", "binary_sensor"])
def test_no_two_entities_have_the_same_name(platform: str) -> None:
    """On the page of one vehicle."""
    keys = {row.key for row in ALL_ROWS if platform_of(row) == platform}
    names = [TEXTS[platform][key]["name"] for key in keys]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("row", named(ALL_ROWS))
def test_a_row_whose_class_has_no_icon_has_its_own(row: VehicleRow) -> None:
    """An eye or a circle says nothing."""
    check_icon(row)


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
    "binary_sensor.charging",
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


@pytest.mark.parametrize("type_code", VEHICLE_TYPES)
async def test_own_metrics_of_a_type_of_vehicle(type_code: str) -> None:
    """Each that the user chose is one enabled entity, with its name, and takes all that the firmware may say."""
    own = vehicle_metrics(type_code)
    car = Vehicle(type_code=type_code, extra_metrics=own)
    rows = vehicle_rows(car, expose_location=True)
    shown: tuple[VehicleRow, ...] = (*rows.sensors, *rows.binary_sensors)
    made = [row for row in shown if row.translation_key == "vehicle_metric"]
    assert {row.key for row in made} == set(own) - SECRET_METRICS
    assert not {row.key for row in made} & {row.key for row in ALL_ROWS}
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


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind is not Kind.BOOL])
@pytest.mark.parametrize(
    "metric", ["v.c.timerstart", "m.time.utc", "v.b.soc", "v.b.c.voltage", "m.tasks", "m.egpio.input"]
)
async def test_every_kind_of_own_metric_has_a_sensor(kind: Kind, metric: str, vehicle: Vehicle) -> None:
    """Also the kinds that no type of vehicle has yet, with values of any other kind."""
    row = sensor_of(Metric(name=metric, kind=kind))
    check_classes(row)
    for text in TEXTS_OF_KIND[STANDARD_METRICS[metric].kind]:
        vehicle.update(metric, text)
        if kind is STANDARD_METRICS[metric].kind:
            check_value(row, vehicle)
        else:
            row.value_fn(vehicle)


async def test_none_of_the_own_metrics_is_there_unless_chosen() -> None:
    """A type may have a hundred."""
    rows = vehicle_rows(Vehicle(type_code="NL"), expose_location=True)
    assert {row.translation_key for row in (*rows.sensors, *rows.binary_sensors)} == {None}
