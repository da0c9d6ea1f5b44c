"""What is done to a charger, looked at where it has its effect: at the charger."""

from datetime import UTC, datetime, timedelta
from functools import partial

from homeassistant.components.number.const import ATTR_MAX, ATTR_MIN
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
import pytest

from custom_components.open_ev.clients.openevse.models import Check, LcdColour
from simulators.openevse import Generation

from .driveway import SINCE_MANAGER, WITHOUT_MANAGER, Station, installed
from .garage import becomes, eventually

GENERATIONS = pytest.mark.parametrize("generation", Generation)
WITH_LIMITS = pytest.mark.parametrize(
    "generation",
    [*WITHOUT_MANAGER, Generation.V4_2, Generation.V5_0, Generation.V5_1, Generation.HEAD],
)

pytestmark = pytest.mark.usefixtures("everything_enabled")


async def charge(station: Station) -> None:
    """Plug a car in, and see it charged."""
    station.evse.plug_in()
    station.evse.tick(5)
    await station.shows("charging", "binary_sensor", "on")


def on_mains(station: Station) -> bool:
    """Whether the relay is closed."""
    return station.evse.relay_closed


def amount(station: Station, key: str) -> float:
    """What a number says."""
    return float(station.state(key, "number"))


@GENERATIONS
async def test_charging_is_switched(hass: HomeAssistant, generation: Generation) -> None:
    """The relay opens and closes, and the switch says what the charger says."""
    async with installed(hass, generation) as station:
        await charge(station)
        assert station.state("charging_enabled", "switch") == "on"
        await station.call("charging_enabled", "switch.turn_off")
        assert not on_mains(station)
        await station.shows("charging_enabled", "switch", "off")
        await station.shows("charging", "binary_sensor", "off")
        await station.call("charging_enabled", "switch.turn_on")
        station.evse.tick(5)
        assert on_mains(station)
        await station.shows("charging_enabled", "switch", "on")


@GENERATIONS
async def test_charging_is_enabled_before_a_car_comes(hass: HomeAssistant, generation: Generation) -> None:
    """On is what is allowed, whether or not there is anything to charge."""
    async with installed(hass, generation) as station:
        await station.call("charging_enabled", "switch.turn_off")
        station.evse.plug_in()
        station.evse.tick(5)
        assert not on_mains(station)
        await station.shows("charging_enabled", "switch", "off")
        await station.call("charging_enabled", "switch.turn_on")
        station.evse.unplug()
        station.evse.tick(5)
        await station.shows("vehicle_connected", "binary_sensor", "off")
        assert station.state("charging_enabled", "switch") == "on"


@GENERATIONS
async def test_a_switch_does_not_move_by_itself(hass: HomeAssistant, generation: Generation) -> None:
    """What the charger does not do was not done."""
    async with installed(hass, generation) as station:
        await charge(station)
        station.evse.knobs.confirm = False
        with pytest.raises(HomeAssistantError) as raised:
            await station.call("charging_enabled", "switch.turn_off")
        assert raised.value.translation_key == "charger_unconfirmed"
        assert on_mains(station)
        assert station.state("charging_enabled", "switch") == "on"


@GENERATIONS
async def test_one_of_three_modes_is_chosen(hass: HomeAssistant, generation: Generation) -> None:
    """Automatic is on, as long as nothing else says otherwise; a controller without a timer calls it so."""
    async with installed(hass, generation) as station:
        await charge(station)
        await station.call("mode", "select.select_option", option="off")
        assert not on_mains(station)
        await station.shows("mode", "select", "off")
        await station.call("mode", "select.select_option", option="on")
        station.evse.tick(5)
        assert on_mains(station)
        await station.shows("mode", "select", "on")
        await station.call("mode", "select.select_option", option="auto")
        station.evse.tick(5)
        assert on_mains(station)
        await station.shows("mode", "select", "auto" if generation in SINCE_MANAGER else "on")


@GENERATIONS
async def test_a_current_is_advertised_and_not_stored(hass: HomeAssistant, generation: Generation) -> None:
    """Memory wears, and a current that follows the sun is set a thousand times a day."""
    async with installed(hass, generation) as station:
        await charge(station)
        writes = station.evse.eeprom.writes
        await station.call("charge_current", "number.set_value", value=10)
        assert station.evse.pilot == 10
        await station.shows("charge_current", "number", "10")
        assert station.evse.eeprom.writes == writes


@GENERATIONS
async def test_a_current_is_within_what_the_owner_allows(hass: HomeAssistant, generation: Generation) -> None:
    """What the hardware could do besides cannot be asked for."""
    async with installed(hass, generation) as station:
        pilot = station.evse.pilot
        limits = station.look("charge_current", "number").attributes
        assert (limits[ATTR_MIN], limits[ATTR_MAX]) == station.charger.current_range
        for value in (limits[ATTR_MIN] - 1, limits[ATTR_MAX] + 1, limits[ATTR_MIN] + 0.5):
            with pytest.raises(ServiceValidationError):
                await station.call("charge_current", "number.set_value", value=value)
        assert station.evse.pilot == pilot


async def test_the_range_follows_the_charger(hass: HomeAssistant) -> None:
    """Who lowers the maximum on the charger's page lowers it here."""
    async with installed(hass) as station:
        station.evse.config["max_current_soft"] = 16
        station.evse.say(config_version=99)
        await eventually(lambda: station.look("charge_current", "number").attributes[ATTR_MAX] == 16)


@WITH_LIMITS
async def test_a_session_ends_when_it_has_taken_enough(hass: HomeAssistant, generation: Generation) -> None:
    """Nought is no limit."""
    async with installed(hass, generation) as station:
        assert amount(station, "session_energy_limit") == 0
        await charge(station)
        await station.call("session_energy_limit", "number.set_value", value=1)
        await becomes(partial(amount, station, "session_energy_limit"), 1.0)
        await station.shows("limit_set", "binary_sensor", "on")
        for _ in range(20):
            station.evse.tick(60)
        assert not on_mains(station)
        await station.shows("why", "sensor", "by_limit")
        assert float(station.state("session_energy", "sensor")) == pytest.approx(1, abs=0.1)


@WITH_LIMITS
async def test_a_limit_is_taken_back(hass: HomeAssistant, generation: Generation) -> None:
    """And the session goes on."""
    async with installed(hass, generation) as station:
        await charge(station)
        await station.call("session_time_limit", "number.set_value", value=15)
        await becomes(partial(amount, station, "session_time_limit"), 15.0)
        await station.call("session_time_limit", "number.set_value", value=0)
        await becomes(partial(amount, station, "session_time_limit"), 0.0)
        for _ in range(20):
            station.evse.tick(60)
        assert on_mains(station)


@WITH_LIMITS
async def test_a_limit_of_next_to_nothing_is_not_none(hass: HomeAssistant, generation: Generation) -> None:
    """Less than a watt hour cannot be set, and does not take the limit away."""
    async with installed(hass, generation) as station:
        await charge(station)
        await station.call("session_energy_limit", "number.set_value", value=1)
        with pytest.raises(ServiceValidationError):
            await station.call("session_energy_limit", "number.set_value", value=0.0004)
        await station.looked()
        assert amount(station, "session_energy_limit") == 1


@pytest.mark.parametrize("generation", [Generation.V4_2, Generation.V5_1, Generation.HEAD])
async def test_a_gateway_has_one_limit_at_a_time(hass: HomeAssistant, generation: Generation) -> None:
    """The last one counts, and the others say that they do not."""
    async with installed(hass, generation) as station:
        for key, value in (
            ("session_energy_limit", 2.5),
            ("session_time_limit", 90.0),
            ("session_state_of_charge_limit", 80.0),
            ("session_range_limit", 200.0),
        ):
            await station.call(key, "number.set_value", value=value)
            await becomes(partial(amount, station, key), value)
        assert amount(station, "session_energy_limit") == 0
        assert amount(station, "session_time_limit") == 0


@GENERATIONS
async def test_a_timer_is_set_one_time_after_the_other(hass: HomeAssistant, generation: Generation) -> None:
    """The controller's own timer has both times or none: with one alone it is as long as it can be."""
    async with installed(hass, generation) as station:
        assert station.state("timer_start", "time") == station.state("timer_stop", "time") == "unknown"
        await station.call("timer_start", "time.set_value", time="23:00:00")
        await station.shows("timer_start", "time", "23:00:00")
        assert station.state("timer_stop", "time") == ("22:59:00" if generation in WITHOUT_MANAGER else "unknown")
        await station.call("timer_stop", "time.set_value", time="06:30:00")
        await station.shows("timer_stop", "time", "06:30:00")
        assert station.state("timer_start", "time") == "23:00:00"
        if generation in WITHOUT_MANAGER:
            assert station.evse.eeprom.timer == (23, 0, 6, 30)
        await station.call("clear_timer", "button.press")
        await station.shows("timer_start", "time", "unknown")
        await station.shows("timer_stop", "time", "unknown")
        assert station.evse.eeprom.timer == (0, 0, 0, 0)


@pytest.mark.parametrize("generation", WITHOUT_MANAGER)
async def test_a_stop_alone_begins_right_after_it(hass: HomeAssistant, generation: Generation) -> None:
    """Around midnight too."""
    async with installed(hass, generation) as station:
        await station.call("timer_stop", "time.set_value", time="23:59:00")
        await station.shows("timer_stop", "time", "23:59:00")
        assert station.evse.eeprom.timer == (0, 0, 23, 59)


@GENERATIONS
async def test_the_service_level_is_chosen(hass: HomeAssistant, generation: Generation) -> None:
    """The newest gateways can no longer be told to have it found out, and controllers for Europe cannot find it."""
    async with installed(hass, generation) as station:
        await station.call("service_level", "select.select_option", option="level_1")
        assert station.evse.eeprom.level == 1
        await station.shows("service_level", "select", "level_1")
        options = station.look("service_level", "select").attributes["options"]
        assert ("auto" in options) is (generation not in {Generation.V2_7, Generation.HEAD})


@pytest.mark.parametrize("generation", [Generation.V2_7, Generation.V4_2, Generation.HEAD])
@pytest.mark.parametrize("colour", LcdColour)
async def test_the_display_gets_a_colour(hass: HomeAssistant, generation: Generation, colour: LcdColour) -> None:
    """Off is one."""
    async with installed(hass, generation) as station:
        await station.call("display_colour", "select.select_option", option=colour.slug)
        assert station.evse.lcd_colour == colour


@GENERATIONS
@pytest.mark.parametrize("check", Check)
async def test_a_check_is_switched_on_and_not_off(hass: HomeAssistant, generation: Generation, check: Check) -> None:
    """Off endangers life: it takes another action, and to say that it is meant."""
    async with installed(hass, generation) as station:
        key = f"check_{check}"
        settings = station.evse.eeprom.settings
        assert station.state(key, "switch") == "on"
        with pytest.raises(ServiceValidationError) as raised:
            await station.call(key, "switch.turn_off")
        assert raised.value.translation_key == "check_needs_confirmation"
        assert raised.value.translation_placeholders == {"action": "open_ev.set_check"}
        assert station.evse.eeprom.settings == settings
        await station.charger.set_check(check, enabled=False)
        await station.shows(key, "switch", "off")
        assert station.evse.eeprom.settings != settings
        await station.call(key, "switch.turn_on")
        await station.shows(key, "switch", "on")
        assert station.evse.eeprom.settings == settings


@GENERATIONS
async def test_the_sun_is_followed(hass: HomeAssistant, generation: Generation) -> None:
    """And then charging goes on at full power."""
    async with installed(hass, generation) as station:
        await station.call("divert", "switch.turn_on")
        await station.shows("divert", "switch", "on")
        assert station.charger.text("divert_mode") == "eco"
        await station.call("divert", "switch.turn_off")
        await station.shows("divert", "switch", "off")
        assert station.charger.text("divert_mode") == "fast"


@pytest.mark.parametrize("generation", [Generation.V4_1_7, Generation.V4_2, Generation.V5_1, Generation.HEAD])
async def test_the_shaper_is_switched(hass: HomeAssistant, generation: Generation) -> None:
    """Both ways."""
    async with installed(hass, generation) as station:
        for state in ("on", "off"):
            await station.call("shaper", f"switch.turn_{state}")
            await station.shows("shaper", "switch", state)


@pytest.mark.parametrize("generation", [Generation.V2_7, Generation.V4_2])
async def test_a_socket_is_locked(hass: HomeAssistant, generation: Generation) -> None:
    """By hand; and then again by itself."""
    async with installed(hass, generation, controller="8.2.3") as station:
        for action, state in (("lock", "locked"), ("unlock", "unlocked")):
            await station.call("socket", f"lock.{action}")
            await station.shows("socket", "lock", state)
        await station.call("lock_socket_automatically", "button.press")
        await charge(station)
        await station.charger.lock_socket(None)
        await station.shows("socket", "lock", "locked")


async def test_a_socket_that_cannot_be_locked_from_here_is_shown(hass: HomeAssistant) -> None:
    """This build hands no such command on."""
    async with installed(hass, set_up=False) as station:
        station.evse.plug_in()
        station.evse.tick(5)
        await station.set_up()
        assert station.state("socket", "binary_sensor") == "off"
        assert not station.has("socket", "lock")


@pytest.mark.parametrize("generation", WITHOUT_MANAGER)
async def test_the_clock_is_set(hass: HomeAssistant, generation: Generation) -> None:
    """To what it is here."""
    async with installed(hass, generation, start=datetime(2020, 1, 1, tzinfo=UTC)) as station:
        await station.call("set_clock", "button.press")
        shown = datetime.fromisoformat(station.state("clock", "sensor"))
        assert abs(shown - datetime.now(UTC)) < timedelta(minutes=1)


@GENERATIONS
async def test_the_meter_begins_anew(hass: HomeAssistant, generation: Generation) -> None:
    """That of all sessions."""
    async with installed(hass, generation) as station:
        await charge(station)
        station.evse.tick(7200)
        await eventually(lambda: float(station.state("total_energy", "sensor")) > 7)
        await station.call("reset_energy", "button.press")
        await eventually(lambda: float(station.state("total_energy", "sensor")) < 1)


@pytest.mark.parametrize("generation", [Generation.V3_3, Generation.V4_2, Generation.HEAD])
async def test_faults_are_counted_anew(hass: HomeAssistant, generation: Generation) -> None:
    """The energy of all sessions, which the controller forgets with them, is as before."""
    async with installed(hass, generation, controller="9.0.1", blocked=False) as station:
        await charge(station)
        station.evse.tick(7200)
        station.evse.fault(6)
        await station.shows("gfci_faults", "sensor", "1")
        energy = station.state("total_energy", "sensor")
        assert float(energy) > 7
        await station.call("reset_faults", "button.press")
        assert station.state("gfci_faults", "sensor") == "0"
        assert station.evse.eeprom.faults[6] == 0
        await station.looked()
        assert station.state("gfci_faults", "sensor") == "0"
        assert float(station.state("total_energy", "sensor")) == pytest.approx(float(energy), abs=0.001)


@pytest.mark.parametrize("generation", [each for each in Generation if each is not Generation.V2_7])
async def test_the_front_button_is_pressed(hass: HomeAssistant, generation: Generation) -> None:
    """As with a finger."""
    async with installed(hass, generation) as station:
        await charge(station)
        await station.call("press_button", "button.press")
        station.evse.tick(5)
        assert not on_mains(station)


async def test_what_a_controller_does_not_have_is_not_offered(hass: HomeAssistant) -> None:
    """A command for its button, up to 4.12; and a timer, where it has no clock to go by."""
    async with installed(hass, Generation.V2_7, set_up=False) as station:
        station.evse.board.clock = None
        await station.set_up()
        assert not station.has("press_button", "button")
        for key, platform in (("timer_start", "time"), ("timer_stop", "time"), ("clear_timer", "button")):
            assert not station.has(key, platform)
        assert not station.has("set_clock", "button")
        assert station.has("session_energy_limit", "number")


@GENERATIONS
@pytest.mark.parametrize("part", ["gateway", "controller"])
async def test_a_part_is_restarted(hass: HomeAssistant, generation: Generation, part: str) -> None:
    """And found again."""
    async with installed(hass, generation) as station:
        await station.call(f"restart_{part}", "button.press")
        station.evse.tick(30)
        await station.looked()
        await station.shows("connected", "binary_sensor", "on")
        await station.shows("state", "sensor", "not_connected")
