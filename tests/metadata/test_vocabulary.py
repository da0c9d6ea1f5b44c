"""The entities of a car, a charger and a charge point side by side: one word for one thing, and no page too long."""

from collections import Counter
from collections.abc import Callable, Mapping
import re
from typing import Any

import pytest

from custom_components.open_ev.clients.ovms.vehicle import Vehicle
from custom_components.open_ev.clients.ovms.vehicle_types import VEHICLE_TYPES
from custom_components.open_ev.descriptions import Row
from custom_components.open_ev.descriptions.vehicle import vehicle_rows
from custom_components.open_ev.entries.server_vehicle import carries

from .files import ENGLISH, LANGUAGES
from .rows import key_of, made, platform_of, rows_of

# What is one thing to a driver, whichever device tells of it.
ONE_THING: Mapping[str, tuple[tuple[str, str], ...]] = {
    "Alert": (("event", "alert"), ("event", "fault")),
    "Charge current": (("sensor", "charge_current"),),
    "Charge current limit": (
        ("number", "charge_current"),
        ("sensor", "charge_current_limit"),
        ("sensor", "advertised_current"),
    ),
    "Charge power": (("sensor", "charge_power"),),
    "Charging": (("switch", "charging"), ("switch", "charging_enabled"), ("switch", "session")),
    "Charging active": (("binary_sensor", "charging"),),
    "Plugged in": (("binary_sensor", "plugged_in"), ("binary_sensor", "vehicle_connected")),
    "Session energy": (("sensor", "session_energy"),),
    "State": (("sensor", "state"), ("sensor", "status")),
    "Timer start": (("time", "timer_start"),),
}
# What a charger is told of a car it calls by the car's word, with whose it is before it.
TOLD_OF_A_CAR = {
    "vehicle_state_of_charge": "state_of_charge",
    "vehicle_charge_limit": "target_state_of_charge",
    "vehicle_time_to_full": "time_to_full",
}
# Other words for the same, which one of two languages, one of two products or one of two authors would have brought in.
OTHER_WORDS = (
    "tyre",
    "colour",
    "bonnet",
    "boot",
    "status",
    "duration",
    "SoC",
    "SOC",
    "EV",
    "EVSE",
    "EVSE's",
    "reason",
    "connected",
)
# Letters of a name that the page of a device shows beside a field.
_ROOM_BESIDE_A_FIELD = 12
MEANT = {"State reason", "Charge state reason", "Generator state reason", "MQTT connected since"}


def name_of(row: Row[Any], language: str = "en") -> str:
    """What an entity is called."""
    texts: Mapping[str, str] = LANGUAGES[language]["entity"][platform_of(row)][key_of(row)]
    return texts["name"].format_map(row.translation_placeholders or {})


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ONE_THING)
def test_one_thing_has_one_name(name: str, language: str) -> None:
    """Whoever has a car and a charger reads both pages."""
    [found] = {LANGUAGES[language]["entity"][platform][key]["name"] for platform, key in ONE_THING[name]}
    assert found == name or language != "en"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("platform", ["number", "time"])
def test_what_is_set_in_a_field_is_told_apart_by_what_a_page_has_room_for(language: str, platform: str) -> None:
    """A field takes most of its row, and the name is cut off after some letters."""
    names = [text["name"][:_ROOM_BESIDE_A_FIELD] for text in LANGUAGES[language]["entity"][platform].values()]
    assert len(set(names)) == len(names), names


@pytest.mark.parametrize("key", TOLD_OF_A_CAR)
def test_what_a_charger_is_told_of_a_car_has_the_name_that_the_car_has_for_it(key: str) -> None:
    """`Vehicle` before it tells whose it is."""
    names = ENGLISH["entity"]["sensor"]
    of_the_car = names[TOLD_OF_A_CAR[key]]["name"]
    assert names[key]["name"] == f"Vehicle {of_the_car[0].lower()}{of_the_car[1:]}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_error_calls_the_button_that_helps_as_the_page_does(language: str) -> None:
    """Whoever is sent to it looks for its name."""
    texts = LANGUAGES[language]
    name = texts["entity"]["button"]["clear_timer"]["name"]
    assert name in texts["exceptions"]["charger_timer_decides"]["message"]


@pytest.mark.parametrize("word", OTHER_WORDS)
def test_there_is_no_other_word(word: str) -> None:
    """American English, as Home Assistant has it, and the words that the other device has."""
    flags = re.IGNORECASE if word.islower() else re.NOFLAG
    names = {texts["name"] for platform in ENGLISH["entity"].values() for texts in platform.values()} - MEANT
    assert {name for name in names if re.search(rf"\b{word}\b", name, flags)} == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_name_is_twice_on_a_platform_of_a_device(language: str) -> None:
    """Home Assistant tells two entities of one name apart by a number, which says nothing."""
    for rows in made():
        names = Counter((platform_of(row), name_of(row, language)) for row in rows_of(rows))
        assert [name for name, count in names.items() if count > 1] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_name_is_twice_among_what_a_device_starts_with(language: str) -> None:
    """By voice the platform is not named: of a switch and a sensor of one name Assist can switch neither."""
    for rows in made():
        # Rows of which one shows what the other can also set are enabled in turns.
        enabled = [row for row in rows_of(rows) if row.entity_registry_enabled_default and row.enabled_fn is None]
        names = Counter(name_of(row, language) for row in enabled)
        assert [name for name, count in names.items() if count > 1] == []


@pytest.mark.parametrize("code", ["", *VEHICLE_TYPES])
@pytest.mark.parametrize("link", [lambda _: True, carries], ids=["broker", "server"])
async def test_a_new_car_starts_with_about_forty_entities(code: str, link: Callable[[str], bool]) -> None:
    """Of any type. What chargers start with depends on what they answer, and is tested where they are read."""
    vehicle = Vehicle(type_code=code)
    rows = vehicle_rows(vehicle, expose_location=True, carries=link)
    enabled = [
        row
        for row in rows_of(rows)
        if (row.entity_registry_enabled_default if row.enabled_fn is None else row.enabled_fn(vehicle))
    ]
    assert 38 <= len(enabled) <= 48
    names = Counter(map(name_of, enabled))
    assert [name for name, count in names.items() if count > 1] == []
