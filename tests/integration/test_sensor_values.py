"""What a vehicle's sensors make of the texts that its module publishes."""

from datetime import UTC, datetime, timedelta

import pytest

from custom_components.open_ev.clients.ovms.vehicle import Vehicle
from custom_components.open_ev.descriptions.vehicle import vehicle_rows
from custom_components.open_ev.descriptions.vehicle.binary_sensors import BINARY_SENSORS
from custom_components.open_ev.descriptions.vehicle.sensors import LOCATION_SENSORS, SENSORS

ALL_SENSORS = (*SENSORS, *LOCATION_SENSORS)
WHEELS = ("front_left", "front_right", "rear_left", "rear_right")


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
    assert [row.key for row in (*ALL_SENSORS, *BINARY_SENSORS) if not row.needs_link] == ["last_heard"]
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
