"""What a charger's actions come to: override, schedule, limits, the car, and the safety checks."""

from typing import Any

from homeassistant.core import HomeAssistant
import probatio as vol
import pytest

from custom_components.open_ev.clients.openevse.models import Check, VehicleSource
from simulators.openevse import Client, Generation

from .charger_actions import act, ask, refused
from .driveway import SINCE_MANAGER, WITHOUT_MANAGER, installed

WITH_GATEWAY_LIMITS = [Generation.V4_2, Generation.V5_0, Generation.V5_1, Generation.HEAD]
WITH_SOURCE = [Generation.V5_0, Generation.V5_1, Generation.HEAD]
OF_CHECK = {
    "diode": "DIODE_OFF",
    "gfci": "GFCI_TEST_OFF",
    "ground": "GROUND_OFF",
    "relay": "RELAY_OFF",
    "vent": "VENT_OFF",
    "temperature": "TEMPERATURE_OFF",
}


# Override and schedule


@pytest.mark.parametrize("generation", Generation)
async def test_a_mode_is_chosen(hass: HomeAssistant, generation: Generation) -> None:
    """As the charger's own buttons do."""
    async with installed(hass, generation) as station:
        station.evse.plug_in()
        station.evse.tick(5)
        await act(station, "set_override", mode="off")
        assert not station.evse.relay_closed
        await station.shows("mode", "select", "off")
        await act(station, "set_override", mode="on")
        station.evse.tick(5)
        await station.shows("charging", "binary_sensor", "on")


@pytest.mark.parametrize("generation", [Generation.V4_2, Generation.V5_1, Generation.HEAD])
@pytest.mark.parametrize("until_unplugged", [True, False])
async def test_an_override_ends_with_the_session_if_that_is_meant(
    hass: HomeAssistant, generation: Generation, until_unplugged: bool
) -> None:
    """And otherwise stays."""
    async with installed(hass, generation) as station:
        station.evse.plug_in()
        station.evse.tick(5)
        await act(station, "set_override", mode="off", until_unplugged=until_unplugged)
        assert Client.MANUAL in station.evse.claims
        station.evse.unplug()
        station.evse.tick(5)
        assert (Client.MANUAL not in station.evse.claims) is until_unplugged


@pytest.mark.parametrize("generation", WITHOUT_MANAGER)
async def test_a_controller_keeps_its_mode(hass: HomeAssistant, generation: Generation) -> None:
    """It has no way to forget it, and says so rather than to stay off for ever."""
    async with installed(hass, generation) as station:
        error = await refused(station, "set_override", mode="off", until_unplugged=True)
        assert error.translation_key == "charger_not_available"
        await station.looked()
        assert station.state("charging_enabled", "switch") == "on"


EVENTS = [
    {"action": "start", "time": "22:00:00", "days": ["monday", "friday"]},
    {"action": "stop", "time": "06:15:00", "days": ["tuesday", "saturday"]},
]


@pytest.mark.parametrize("generation", SINCE_MANAGER)
async def test_a_schedule_is_set_read_and_cleared(hass: HomeAssistant, generation: Generation) -> None:
    """What is read can be set again."""
    async with installed(hass, generation) as station:
        assert await ask(station, "get_schedule") == {"events": []}
        await act(station, "set_schedule", events=EVENTS)
        assert len(station.evse.schedule) == 2
        assert await ask(station, "get_schedule") == {"events": EVENTS}
        await act(station, "set_schedule", events=[{"action": "start", "time": "01:00"}])
        told = await ask(station, "get_schedule")
        assert [event["time"] for event in told["events"]] == ["01:00:00"]
        assert len(told["events"][0]["days"]) == 7
        await act(station, "set_schedule", events=told["events"])
        await act(station, "set_schedule", events=[])
        assert station.evse.schedule == []


@pytest.mark.parametrize("generation", WITHOUT_MANAGER)
async def test_a_timer_is_no_schedule(hass: HomeAssistant, generation: Generation) -> None:
    """These have start and stop."""
    async with installed(hass, generation) as station:
        assert (await refused(station, "set_schedule", events=EVENTS)).translation_key == "charger_not_available"


@pytest.mark.parametrize(
    "event",
    [
        {"action": "start"},
        {"action": "pause", "time": "22:00"},
        {"action": "start", "time": "25:00"},
        {"action": "start", "time": "22:00", "days": ["someday"]},
        {"action": "start", "time": "22:00", "days": []},
        {"action": "start", "time": "22:00", "colour": "red"},
        "tonight",
    ],
)
async def test_an_event_that_is_none_is_refused(hass: HomeAssistant, event: object) -> None:
    """The others of the list are not set either."""
    async with installed(hass) as station:
        with pytest.raises(vol.Invalid):
            await act(station, "set_schedule", events=[*EVENTS, event])
        assert station.evse.schedule == []


# Limits


@pytest.mark.parametrize("generation", WITH_GATEWAY_LIMITS)
@pytest.mark.parametrize(
    ("limit", "kind", "value"),
    [
        ({"energy": 12.5}, "energy", 12_500),
        ({"duration": {"hours": 1, "minutes": 30}}, "time", 90),
        ({"state_of_charge": 80}, "soc", 80),
        ({"range": 250}, "range", 250),
    ],
)
async def test_a_limit_is_set_and_cleared(
    hass: HomeAssistant, generation: Generation, limit: dict[str, Any], kind: str, value: int
) -> None:
    """One at a time, in the units of people."""
    async with installed(hass, generation) as station:
        station.evse.plug_in()
        station.evse.tick(5)
        await act(station, "set_limit", **limit)
        assert station.evse.limit["type"] == kind
        assert station.evse.limit["value"] == value
        await act(station, "clear_limit")
        assert not station.evse.limit
        await act(station, "clear_limit")


@pytest.mark.parametrize("generation", WITHOUT_MANAGER)
async def test_a_controller_has_limits_of_its_own(hass: HomeAssistant, generation: Generation) -> None:
    """Two of them, which are both cleared."""
    async with installed(hass, generation, controller="7.1.3") as station:
        station.evse.plug_in()
        station.evse.tick(5)
        await act(station, "set_limit", energy=12)
        await act(station, "set_limit", duration={"minutes": 45})
        assert (station.evse.energy_limit, station.evse.time_limit) == (12, 3)
        await station.shows("session_time_limit", "number", "45")
        await act(station, "clear_limit")
        assert (station.evse.energy_limit, station.evse.time_limit) == (0, 0)
        assert (await refused(station, "set_limit", state_of_charge=80)).translation_key == "charger_not_available"
        assert (await refused(station, "set_limit", energy=12.5)).translation_key == "invalid_not_whole_kwh"
        assert (await refused(station, "set_limit", duration={"minutes": 17})).translation_key == "invalid_not_quarters"


@pytest.mark.parametrize("generation", [Generation.V4_1_0, Generation.V4_1_7])
async def test_a_firmware_without_limits_says_so(hass: HomeAssistant, generation: Generation) -> None:
    """Its claims took limits, and did nothing with them."""
    async with installed(hass, generation) as station:
        assert (await refused(station, "set_limit", energy=12)).translation_key == "charger_not_available"
        assert (await refused(station, "clear_limit")).translation_key == "charger_not_available"


@pytest.mark.parametrize("limits", [{}, {"energy": 10, "duration": {"hours": 1}}, {"state_of_charge": 80, "range": 9}])
async def test_one_limit_is_one(hass: HomeAssistant, limits: dict[str, Any]) -> None:
    """The last of several would win, whichever that is."""
    async with installed(hass) as station:
        assert (await refused(station, "set_limit", **limits)).translation_key == "one_limit"
        assert not station.evse.limit


@pytest.mark.parametrize(
    "limits", [{"energy": 0}, {"energy": -1}, {"energy": "much"}, {"duration": 0}, {"state_of_charge": 101}]
)
async def test_a_limit_that_is_none_is_refused(hass: HomeAssistant, limits: dict[str, Any]) -> None:
    """Nothing is sent."""
    async with installed(hass) as station:
        with pytest.raises(vol.Invalid):
            await act(station, "set_limit", **limits)
        assert not station.evse.limit


# The car


@pytest.mark.parametrize("generation", [Generation.V4_1_7, Generation.V4_2])
@pytest.mark.usefixtures("everything_enabled")
async def test_the_charger_is_told_of_the_car(hass: HomeAssistant, generation: Generation) -> None:
    """And shows it."""
    async with installed(hass, generation) as station:
        await act(station, "push_vehicle", state_of_charge=62, range=210, time_to_full={"hours": 2})
        assert station.evse.vehicle_told["battery_level"] == 62
        await station.shows("vehicle_state_of_charge", "sensor", "62")
        await station.shows("vehicle_range", "sensor", "210")
        await station.shows("vehicle_time_to_full", "sensor", "2.0")


@pytest.mark.parametrize("generation", WITH_SOURCE)
async def test_a_charger_that_would_not_listen_is_told_nothing(hass: HomeAssistant, generation: Generation) -> None:
    """It would answer that all is well; and what it listens to is not changed without being asked."""
    async with installed(hass, generation) as station:
        error = await refused(station, "push_vehicle", state_of_charge=62)
        assert error.translation_key == "vehicle_source_not_set"
        assert station.evse.config["vehicle_data_src"] == 0
        assert not station.evse.vehicle_told
        await station.charger.set_vehicle_source(VehicleSource.HTTP)
        await act(station, "push_vehicle", state_of_charge=62)
        assert station.evse.vehicle_told["battery_level"] == 62


@pytest.mark.parametrize("generation", [*WITHOUT_MANAGER, Generation.V4_1_0])
async def test_a_charger_that_cannot_be_told_says_so(hass: HomeAssistant, generation: Generation) -> None:
    """Up to 4.1.5 the firmware ignores it."""
    async with installed(hass, generation) as station:
        assert (await refused(station, "push_vehicle", range=5)).translation_key == "charger_not_available"


async def test_to_tell_nothing_is_refused(hass: HomeAssistant) -> None:
    """A null would be stored as 0."""
    async with installed(hass, Generation.V4_2) as station:
        assert (await refused(station, "push_vehicle")).translation_key == "invalid_empty"
        for data in ({"state_of_charge": 101}, {"state_of_charge": None}, {"range": -1}, {"time_to_full": -5}):
            with pytest.raises(vol.Invalid):
                await act(station, "push_vehicle", **data)
        assert not station.evse.vehicle_told


# Safety


@pytest.mark.parametrize("generation", Generation)
@pytest.mark.parametrize("check", Check)
async def test_a_check_is_switched_off_by_who_confirms_it(
    hass: HomeAssistant, generation: Generation, check: Check
) -> None:
    """And on by everybody."""

    def is_off() -> bool:
        return any(flag.name == OF_CHECK[check] for flag in station.evse.eeprom.settings)

    async with installed(hass, generation) as station:
        error = await refused(station, "set_check", check=check, enabled=False)
        assert error.translation_key == "check_not_confirmed"
        states = [is_off()]
        await act(station, "set_check", check=check, enabled=False, confirm=True)
        states.append(is_off())
        await act(station, "set_check", check=check, enabled=True)
        states.append(is_off())
        assert states == [False, True, False]
