"""The tables of a charger's entities, against what it can tell, what Home Assistant asks, and each generation of firmware."""

from collections.abc import AsyncGenerator, Iterable
import re
from typing import Any

import aiohttp
from homeassistant.components.number.const import (
    DEVICE_CLASS_UNITS as NUMBER_UNITS,
    UNIT_CONVERTERS as NUMBER_CONVERTERS,
)
from homeassistant.components.sensor import SensorDeviceClass, SensorStateClass
from homeassistant.const import Platform
import pytest

from custom_components.open_ev.clients.openevse.charger import Charger
from custom_components.open_ev.clients.openevse.gateway import Gateway
from custom_components.open_ev.clients.openevse.readings import FIELDS
from custom_components.open_ev.clients.openevse.store import NAMES
from custom_components.open_ev.descriptions import BinarySensorRow, NumberRow, Row, Rows, SensorRow
from custom_components.open_ev.descriptions.charger import charger_rows, charger_tables
from custom_components.open_ev.descriptions.charger.binary_sensors import BINARY_SENSORS
from custom_components.open_ev.descriptions.charger.sensors import SENSORS
from simulators.openevse import Generation, OpenEvse

from .tables import TEXTS, check_classes, check_icon, check_name, check_value, platform_of

type Shown = SensorRow[Charger] | BinarySensorRow[Charger]

SHOWN: tuple[Shown, ...] = (*SENSORS, *BINARY_SENSORS)
TABLES = charger_tables()
NUMBERS = (*TABLES.numbers, *charger_tables(by_rapi=True).numbers)

# What no entity shows by itself: parts of one that does, a value that a control shows, and what is secret.
PARTS = {"limit_type", "limit_value", "claim_current"}
CONTROLLED = {
    "active",
    "divert_mode",
    "lcd_colour",
    "mode",
    "timer_start",
    "timer_stop",
    *(f"limit_{kind}" for kind in ("energy", "time", "soc", "range")),
}
SECRET = {"rfid_tag"}

CONTROLLERS = {Generation.V2_7: "5.0.1", Generation.V2_9: "5.0.1", Generation.V3_3: "7.1.3"}


def named(rows: Iterable[Shown]) -> list[Any]:
    """Parameters that show a row's key."""
    return [pytest.param(row, id=f"{platform_of(row)}-{row.key}") for row in rows]


def each_row(rows: Rows[Charger]) -> dict[tuple[str, str], Row[Charger]]:
    """Every row by its platform and key."""
    tables: dict[str, tuple[Row[Charger], ...]] = {
        Platform.SENSOR: rows.sensors,
        Platform.BINARY_SENSOR: rows.binary_sensors,
        Platform.LOCK: rows.locks,
        Platform.SWITCH: rows.switches,
        Platform.NUMBER: rows.numbers,
        Platform.SELECT: rows.selects,
        Platform.TIME: rows.times,
        Platform.BUTTON: rows.buttons,
        Platform.EVENT: rows.events,
    }
    return {(platform, row.key): row for platform, table in tables.items() for row in table}


def names(rows: Rows[Charger]) -> set[str]:
    """The entities as `platform.key`."""
    return {f"{platform}.{key}" for platform, key in rows.entities()}


def enabled(charger: Charger) -> set[str]:
    """The entities that a charger starts with, as `platform.key`."""
    return {
        f"{platform}.{key}"
        for (platform, key), row in each_row(charger_rows(charger)).items()
        if (row.entity_registry_enabled_default if row.enabled_fn is None else row.enabled_fn(charger))
    }


@pytest.fixture
async def session(socket_enabled: None) -> AsyncGenerator[aiohttp.ClientSession]:
    """A web client."""
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
async def unread(session: aiohttp.ClientSession) -> AsyncGenerator[Charger]:
    """A charger that nothing is known of."""
    charger = Charger(Gateway(session, "http://127.0.0.1:9"))
    yield charger
    await charger.close()


async def connected(session: aiohttp.ClientSession, evse: OpenEvse) -> Charger:
    """The charger behind a simulated one, read."""
    charger = Charger(Gateway(session, evse.url))
    await charger.connect()
    return charger


def test_every_reading_is_shown_or_has_a_reason_not_to_be() -> None:
    """Nobody has to ask where a reading is."""
    listened = {name for row in each_row(TABLES).values() for name in row.listens}
    assert listened <= NAMES
    shown = {row.listens[0] for row in SHOWN if row.listens}
    assert shown >= {field.name for field in FIELDS} - PARTS - CONTROLLED - SECRET
    assert not listened & SECRET
    assert listened >= CONTROLLED


def test_keys_are_unique() -> None:
    """A key is half of a unique id."""
    assert len(each_row(TABLES)) == sum(
        len(table) for table in (getattr(TABLES, field) for field in Rows.__dataclass_fields__)
    )


@pytest.mark.parametrize("row", named(SENSORS))
def test_units_and_classes_agree_with_home_assistant(row: SensorRow[Charger]) -> None:
    """Home Assistant only logs a wrong combination, and shows it wrongly."""
    check_classes(row)


@pytest.mark.parametrize("row", NUMBERS, ids=lambda row: row.key)
def test_numbers_agree_with_home_assistant(row: NumberRow[Charger]) -> None:
    """With a range that can be used, and a unit that can be converted."""
    if row.device_class is not None:
        assert row.native_unit_of_measurement in NUMBER_UNITS[row.device_class]
    if row.device_class in NUMBER_CONVERTERS:
        assert row.native_unit_of_measurement in NUMBER_CONVERTERS[row.device_class].VALID_UNITS
    assert row.native_step
    if row.key != "charge_current":
        assert row.native_min_value == 0, "nought is no limit"
        assert row.native_max_value
        steps = row.native_max_value / row.native_step
        assert steps == pytest.approx(round(steps))


def test_the_energy_dashboard_takes_what_was_drawn() -> None:
    """Its statistics are sums, which need energy that counts up."""
    by_key = {row.key: row for row in SENSORS}
    for key in ("total_energy", "session_energy", "energy_day", "energy_week", "energy_month", "energy_year"):
        assert by_key[key].device_class is SensorDeviceClass.ENERGY
        assert by_key[key].state_class is SensorStateClass.TOTAL_INCREASING
    for key in ("charge_power", "solar_power", "grid_power", "home_battery_power"):
        assert by_key[key].device_class is SensorDeviceClass.POWER
        assert by_key[key].state_class is SensorStateClass.MEASUREMENT


@pytest.mark.parametrize("row", named(SHOWN))
def test_every_row_has_a_name_and_texts_for_its_options(row: Shown) -> None:
    """In words that a driver would use."""
    check_name(row)


@pytest.mark.parametrize("row", named(SHOWN))
def test_a_row_whose_class_has_no_icon_has_its_own(row: Shown) -> None:
    """An eye or a circle says nothing."""
    check_icon(row)


def test_no_two_entities_of_a_platform_have_the_same_name() -> None:
    """On the page of one charger."""
    rows = each_row(TABLES)
    for platform in {platform for platform, _ in rows}:
        called = [TEXTS[platform][key]["name"] for of, key in rows if of == platform]
        assert len(called) == len(set(called))


@pytest.mark.parametrize("row", named(SHOWN))
async def test_without_a_reading_there_is_no_value(row: Shown, unread: Charger) -> None:
    """Nothing is made up; that there is no connection is known."""
    assert row.value_fn(unread) is (False if row.key == "connected" else None)


async def test_controls_show_nothing_that_was_not_read(unread: Charger) -> None:
    """A switch that is neither on nor off says so."""
    for row in TABLES.switches:
        assert row.on_fn(unread) is None
    for number in NUMBERS:
        assert number.value_fn(unread) is None
    for select in TABLES.selects:
        assert select.value_fn(unread) is None
    for moment in TABLES.times:
        assert moment.value_fn(unread) is None
    for lock in TABLES.locks:
        assert lock.locked_fn(unread) is None


# What a charger has, by generation: each has what the one before had, and this.

FIRST = {
    "binary_sensor.charging",
    "binary_sensor.connected",
    "binary_sensor.controller_connected",
    "binary_sensor.emoncms_connected",
    "binary_sensor.fault",
    "binary_sensor.limit_set",
    "binary_sensor.mqtt_connected",
    "binary_sensor.vehicle_connected",
    "button.clear_timer",
    "button.press_button",
    "button.reset_energy",
    "button.restart_controller",
    "button.restart_gateway",
    "button.set_clock",
    "event.fault",
    "event.session",
    "number.charge_current",
    "number.session_energy_limit",
    "number.session_time_limit",
    "select.display_colour",
    "select.mode",
    "select.service_level",
    "sensor.advertised_current",
    "sensor.charge_current",
    "sensor.clock",
    "sensor.controlled_by",
    "sensor.controller_firmware",
    "sensor.current_rating_maximum",
    "sensor.current_rating_minimum",
    "sensor.divert_current",
    "sensor.divert_data_age",
    "sensor.gateway_firmware",
    "sensor.gateway_free_memory",
    "sensor.gfci_faults",
    "sensor.grid_power",
    "sensor.ip_address",
    "sensor.network_mode",
    "sensor.no_ground_faults",
    "sensor.rapi_commands_answered",
    "sensor.rapi_commands_sent",
    "sensor.session_energy",
    "sensor.session_time",
    "sensor.solar_power",
    "sensor.state",
    "sensor.stuck_relay_faults",
    "sensor.temperature",
    "sensor.temperature_clock",
    "sensor.total_energy",
    "sensor.why",
    "sensor.wifi_signal",
    "switch.charging_enabled",
    "switch.check_diode",
    "switch.check_gfci",
    "switch.check_ground",
    "switch.check_relay",
    "switch.check_temperature",
    "switch.check_vent",
    "switch.divert",
    "time.timer_start",
    "time.timer_stop",
}
LIMITS = {"binary_sensor.limit_set", "number.session_energy_limit", "number.session_time_limit"}
SOCKET = {"lock.socket", "button.lock_socket_automatically"}
COMES: dict[Generation, set[str]] = {
    Generation.V2_7: FIRST,
    Generation.V2_9: {"sensor.charge_power", "sensor.voltage"},
    # Controllers tell from 6.2 on what was configured.
    Generation.V3_3: {"sensor.current_configured_maximum", "sensor.maximum_current"},
    # And of a socket's lock and their heartbeat from 8 on.
    Generation.V4_1_0: {
        "binary_sensor.heartbeat_missed",
        "binary_sensor.manual_override",
        "binary_sensor.ocpp_connected",
        "event.button",
        *SOCKET,
    },
    Generation.V4_1_7: {
        "binary_sensor.divert_active",
        "sensor.shaper_current",
        "sensor.shaper_power",
        "sensor.shaper_power_limit",
        "sensor.temperature_highest",
        "sensor.vehicle_range",
        "sensor.vehicle_state_of_charge",
        "sensor.vehicle_time_to_full",
        "switch.shaper",
    },
    Generation.V4_2: {
        *LIMITS,
        "number.session_range_limit",
        "number.session_state_of_charge_limit",
        "sensor.energy_day",
        "sensor.energy_month",
        "sensor.energy_week",
        "sensor.energy_year",
        "sensor.relay_operations",
    },
    Generation.V5_0: {"binary_sensor.socket", "sensor.gateway_restarted", "sensor.vehicle_data_source"},
    Generation.V5_1: set(),
    Generation.HEAD: {"select.display_colour"},
}
GOES: dict[Generation, set[str]] = {
    # Gateways that own the controller do not let it have limits, and have none of their own yet.
    Generation.V4_1_0: LIMITS,
    # What only RAPI can do, these do not hand on.
    Generation.V5_0: {*SOCKET, "select.display_colour"},
}


def expected(generation: Generation) -> set[str]:
    """What a charger of a generation has."""
    has: set[str] = set()
    for each in Generation:
        has = (has | COMES[each]) - GOES.get(each, set())
        if each is generation:
            return has
    raise AssertionError(generation)


@pytest.mark.parametrize("generation", Generation)
async def test_each_generation_has_what_it_can_do_and_tells(
    generation: Generation, session: aiohttp.ClientSession
) -> None:
    """And nothing that could never have a value."""
    async with OpenEvse(generation, CONTROLLERS.get(generation, "8.2.3")) as evse:
        charger = await connected(session, evse)
        assert names(charger_rows(charger)) == expected(generation)
        await charger.close()


async def test_a_build_that_hands_commands_on_has_what_only_they_can_do(session: aiohttp.ClientSession) -> None:
    """It says so when it is asked; versions do not tell."""
    async with OpenEvse(Generation.V5_1, blocked=False) as evse:
        charger = await connected(session, evse)
        assert names(charger_rows(charger)) == (
            expected(Generation.V5_1) - {"binary_sensor.socket"} | SOCKET | {"select.display_colour"}
        )
        await charger.close()


START_WITH = {
    "sensor.advertised_current",
    "sensor.charge_current",
    "sensor.session_energy",
    "sensor.session_time",
    "sensor.state",
    "sensor.temperature",
    "sensor.total_energy",
    "sensor.why",
    "binary_sensor.charging",
    "binary_sensor.connected",
    "binary_sensor.fault",
    "binary_sensor.vehicle_connected",
    "switch.charging_enabled",
    "number.charge_current",
    "select.mode",
    "time.timer_start",
    "time.timer_stop",
    "event.fault",
    "event.session",
}
START_WITH_IF_THERE = {
    "sensor.charge_power",
    "sensor.voltage",
    "number.session_energy_limit",
    "number.session_time_limit",
    "event.button",
}


@pytest.mark.parametrize("generation", Generation)
async def test_what_a_charger_starts_with(generation: Generation, session: aiohttp.ClientSession) -> None:
    """About as much as fits on one page; what it does not do, and what is for the curious, is off."""
    async with OpenEvse(generation, CONTROLLERS.get(generation, "8.2.3")) as evse:
        charger = await connected(session, evse)
        assert enabled(charger) == START_WITH | (START_WITH_IF_THERE & expected(generation))
        assert 19 <= len(enabled(charger)) <= 27
        await charger.close()


async def test_a_charger_that_follows_the_sun_shows_it(session: aiohttp.ClientSession) -> None:
    """Whoever feeds it with the sun's power wants to see that it arrives."""
    async with OpenEvse(Generation.V5_1) as evse:
        evse.say(solar=2400, divertmode=2, shaper=1, battery_level=61, battery_range=240)
        charger = await connected(session, evse)
        assert enabled(charger) >= {
            "binary_sensor.divert_active",
            "sensor.divert_current",
            "sensor.grid_power",
            "sensor.shaper_power",
            "sensor.solar_power",
            "sensor.vehicle_range",
            "sensor.vehicle_state_of_charge",
            "switch.divert",
            "switch.shaper",
        }
        await charger.close()


async def test_what_was_reported_before_stays(session: aiohttp.ClientSession) -> None:
    """A sensor that cannot be read when Home Assistant starts keeps its name, its place and its history."""
    async with OpenEvse(Generation.V5_1) as evse:
        charger = await connected(session, evse)
        before = charger_rows(charger).entities()
        evse.say(temp=False, temp1=False)
        without = await connected(session, evse)
        assert names(charger_rows(without)) == names(charger_rows(charger)) - {
            "sensor.temperature",
            "sensor.temperature_clock",
        }
        assert charger_rows(without, had=before).entities() == before
        assert charger_rows(without, had={("sensor", "temperature_gateway")}).entities() - charger_rows(
            without
        ).entities() == {("sensor", "temperature_gateway")}
        await charger.close()
        await without.close()


# What it shows

SITUATIONS = ("idle", "charging", "full", "sleeping", "fault", "unknown state", "nonsense")


def bring_to(evse: OpenEvse, situation: str) -> None:
    """Bring a charger into a situation."""
    match situation:
        case "charging":
            evse.plug_in()
        case "full":
            evse.plug_in()
            evse.tick(60)
            evse.car_full()
        case "sleeping":
            evse.plug_in()
            evse.press_button()
        case "fault":
            evse.plug_in()
            evse.fault(6)
        case "unknown state":
            evse.say(state=12)
        case "nonsense":
            evse.say(amp="many", srssi=0, temp1="NaN", session_energy=None, mode="LoRa", vehicle="yes", divertmode=9)
    evse.tick(5)


@pytest.mark.parametrize("situation", SITUATIONS)
@pytest.mark.parametrize("generation", Generation)
async def test_home_assistant_takes_whatever_is_shown(
    generation: Generation, situation: str, session: aiohttp.ClientSession
) -> None:
    """One row that raised would keep the rows after it from hearing of the same answer."""
    async with OpenEvse(generation, CONTROLLERS.get(generation, "8.2.3")) as evse:
        bring_to(evse, situation)
        charger = await connected(session, evse)
        for row in SHOWN:
            check_value(row, charger)
            value = row.value_fn(charger)
            if isinstance(row, SensorRow) and row.options and not row.open_options:
                assert value is None or value in row.options, row.key
            if isinstance(value, str):
                assert re.fullmatch(r"[a-z0-9_.:-]+", value.lower()), row.key
        rows = charger_rows(charger)
        for number in rows.numbers:
            least, most = number.min_fn(charger), number.max_fn(charger)
            value = number.value_fn(charger)
            assert least is None or most is None or least < most
            assert value is None or least is None or most is None or least <= value <= most
        for select in rows.selects:
            chosen = select.value_fn(charger)
            assert chosen is None or chosen in (select.options or ())
        await charger.close()
