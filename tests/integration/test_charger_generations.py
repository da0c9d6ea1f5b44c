"""What each generation of firmware has, and what of it a user sees at first."""

from homeassistant.core import HomeAssistant
import pytest

from custom_components.open_ev.clients.openevse.charger import Charger
from custom_components.open_ev.descriptions import Rows
from custom_components.open_ev.descriptions.charger import charger_rows
from simulators.openevse import Generation, OpenEvse, RapiFault

from .driveway import CONTROLLERS, installed
from .garage import eventually
from .read_charger import each_row, read


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
    "binary_sensor.wifi_connected",
    "button.clear_timer",
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
    "sensor.emoncms_packets_accepted",
    "sensor.emoncms_packets_sent",
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
    # Its controllers can press their own button, from 5.0 on.
    Generation.V2_9: {
        "binary_sensor.firmware_updating",
        "button.press_button",
        "sensor.charge_power",
        "sensor.voltage",
    },
    # Controllers tell from 6.2 on what was configured.
    Generation.V3_3: {
        "binary_sensor.ethernet_connected",
        "sensor.current_configured_maximum",
        "sensor.maximum_current",
    },
    Generation.V4_1_0: {
        "binary_sensor.manual_override",
        "binary_sensor.ocpp_connected",
        "event.button",
        "sensor.vehicle_data_age",
    },
    # From 8 on controllers tell of a socket's lock, and of the heartbeat that they miss.
    Generation.V4_1_7: {
        "binary_sensor.heartbeat_missed",
        *SOCKET,
        "binary_sensor.divert_active",
        "binary_sensor.rfid_failure",
        "binary_sensor.shaper_fed",
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
    Generation.HEAD: {"select.display_colour", "sensor.gateway_storage_free", "sensor.gateway_storage_used"},
}
GOES: dict[Generation, set[str]] = {
    # Gateways that own the controller do not let it have limits, and have none of their own yet.
    Generation.V4_1_0: LIMITS,
    # What only RAPI can do, these do not hand on.
    Generation.V5_0: {*SOCKET, "select.display_colour"},
    Generation.HEAD: {"binary_sensor.rfid_failure"},
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
    generation: Generation,
) -> None:
    """And nothing that could never have a value."""
    async with OpenEvse(generation, CONTROLLERS.get(generation, "8.2.3")) as evse, read(evse) as charger:
        assert names(charger_rows(charger)) == expected(generation)


async def test_a_build_that_hands_commands_on_has_what_only_they_can_do() -> None:
    """It says so when it is asked; versions do not tell."""
    async with OpenEvse(Generation.V5_1, blocked=False) as evse, read(evse) as charger:
        assert names(charger_rows(charger)) == (
            expected(Generation.V5_1) - {"binary_sensor.socket"} | SOCKET | {"select.display_colour"}
        )


START_WITH = {
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
async def test_what_a_charger_starts_with(generation: Generation) -> None:
    """About as much as fits on one page; what it does not do, and what is for the curious, is off."""
    async with OpenEvse(generation, CONTROLLERS.get(generation, "8.2.3")) as evse, read(evse) as charger:
        assert enabled(charger) == START_WITH | (START_WITH_IF_THERE & expected(generation))
        assert 20 <= len(enabled(charger)) <= 30


async def test_a_charger_that_follows_the_sun_shows_it() -> None:
    """Whoever feeds it with the sun's power wants to see that it arrives."""
    async with OpenEvse(Generation.V5_1) as evse:
        evse.say(solar=2400, divertmode=2, shaper=1, battery_level=61, battery_range=240)
        async with read(evse) as charger:
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


async def test_what_was_reported_before_stays() -> None:
    """A sensor that cannot be read when Home Assistant starts keeps its name, its place and its history."""
    async with OpenEvse(Generation.V5_1) as evse, read(evse) as charger:
        before = charger_rows(charger).entities()
        evse.say(temp=False, temp1=False)
        async with read(evse) as without:
            now = charger_rows(without).entities()
            assert before - now == {("sensor", "temperature"), ("sensor", "temperature_clock")}
            assert charger_rows(without, had=before).entities() == before
            assert charger_rows(without, had={("sensor", "temperature_gateway")}).entities() - now == {
                ("sensor", "temperature_gateway")
            }


async def test_what_is_reported_later_comes_with_the_next_load(hass: HomeAssistant) -> None:
    """Nobody finds entities on a page that was complete yesterday; who looks for them loads the entry again."""
    async with installed(hass, Generation.HEAD) as station:
        assert not station.has("home_battery_state_of_charge", "sensor")
        station.evse.say(home_battery_soc=55)
        await eventually(lambda: station.charger.number("home_battery_soc") == 55, "it is read")
        await station.looked()
        assert not station.has("home_battery_state_of_charge", "sensor")
        assert await hass.config_entries.async_reload(station.entry.entry_id)
        assert station.has("home_battery_state_of_charge", "sensor")


@pytest.mark.parametrize("generation", Generation)
async def test_what_was_asked_about_in_vain_stays(generation: Generation) -> None:
    """A frame in a hundred gets lost; that is no reason to forget how a user has called a control."""
    async with OpenEvse(generation, CONTROLLERS.get(generation, "8.2.3"), blocked=False) as evse:
        async with read(evse) as charger:
            assert charger.all_answered
            before = charger_rows(charger).entities()
        evse.knobs.rapi_fault = RapiFault.TIMEOUT
        async with read(evse) as without:
            assert not without.all_answered
            assert charger_rows(without, had=before).entities() >= before


async def test_what_another_firmware_cannot_do_goes() -> None:
    """It was answered that it cannot."""
    async with OpenEvse(Generation.V4_2) as evse, read(evse) as charger:
        before = charger_rows(charger).entities()
    async with OpenEvse(Generation.V5_1) as evse, read(evse) as charger:
        now = charger_rows(charger, had=before).entities()
        assert {f"{platform}.{key}" for platform, key in before - now} == {*SOCKET, "select.display_colour"}
