"""The tables of a charger's entities, against what it can tell, what Home Assistant asks, and each generation of firmware."""

from collections.abc import AsyncGenerator, Iterable
import re
from typing import Any

from homeassistant.components.number.const import (
    DEVICE_CLASS_UNITS as NUMBER_UNITS,
    UNIT_CONVERTERS as NUMBER_CONVERTERS,
)
from homeassistant.components.sensor import SensorDeviceClass, SensorStateClass
import pytest

from custom_components.open_ev.clients.openevse.charger import Charger
from custom_components.open_ev.clients.openevse.known import NAMES
from custom_components.open_ev.clients.openevse.readings import FIELDS
from custom_components.open_ev.descriptions import BinarySensorRow, NumberRow, Rows, SensorRow
from custom_components.open_ev.descriptions.charger import charger_rows, charger_tables
from custom_components.open_ev.descriptions.charger.binary_sensors import BINARY_SENSORS
from custom_components.open_ev.descriptions.charger.sensors import SENSORS
from simulators.openevse import Generation, OpenEvse

from .driveway import CONTROLLERS
from .read_charger import each_row, read, unread
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


def named(rows: Iterable[Shown]) -> list[Any]:
    """Parameters that show a row's key."""
    return [pytest.param(row, id=f"{platform_of(row)}-{row.key}") for row in rows]


@pytest.fixture
async def nothing() -> AsyncGenerator[Charger]:
    """A charger that nothing is known of."""
    async with unread() as charger:
        yield charger


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
async def test_without_a_reading_there_is_no_value(row: Shown, nothing: Charger) -> None:
    """Nothing is made up; that there is no connection is known."""
    assert row.value_fn(nothing) is (False if row.key == "connected" else None)


async def test_controls_show_nothing_that_was_not_read(nothing: Charger) -> None:
    """A switch that is neither on nor off says so."""
    for row in TABLES.switches:
        assert row.on_fn(nothing) is None
    for number in NUMBERS:
        assert number.value_fn(nothing) is None
    for select in TABLES.selects:
        assert select.value_fn(nothing) is None
    for moment in TABLES.times:
        assert moment.value_fn(nothing) is None
    for lock in TABLES.locks:
        assert lock.locked_fn(nothing) is None


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
async def test_home_assistant_takes_whatever_is_shown(generation: Generation, situation: str) -> None:
    """One row that raised would keep the rows after it from hearing of the same answer."""
    async with OpenEvse(generation, CONTROLLERS.get(generation, "8.2.3")) as evse:
        bring_to(evse, situation)
        async with read(evse) as charger:
            for row in SHOWN:
                check_shown(row, charger)
            rows = charger_rows(charger)
            for number in rows.numbers:
                check_range(number, charger)
            for select in rows.selects:
                chosen = select.value_fn(charger)
                assert chosen is None or chosen in (select.options or ())


def check_shown(row: Shown, charger: Charger) -> None:
    """Check that a value is one that Home Assistant takes, and has a text for if it is one of several."""
    check_value(row, charger)
    value = row.value_fn(charger)
    if isinstance(row, SensorRow) and row.options and not row.open_options:
        assert value is None or value in row.options, row.key
    if isinstance(value, str):
        assert re.fullmatch(r"[a-z0-9_.:-]+", value.lower()), row.key


def check_range(row: NumberRow[Charger], charger: Charger) -> None:
    """Check that a number is within its range, which is one."""
    least, most, value = row.min_fn(charger), row.max_fn(charger), row.value_fn(charger)
    if least is not None and most is not None:
        assert least < most
        assert value is None or least <= value <= most
