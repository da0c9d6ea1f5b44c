"""The shapes of /status and /config: the names and types that devices, or their firmware as it ran, have sent."""

from collections.abc import Mapping
from dataclasses import dataclass

import pytest

from simulators.openevse import Generation, OpenEvse

from .openevse_visitor import visit

pytestmark = pytest.mark.usefixtures("socket_enabled")

type Answer = Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """Names of fields by their type, separated by spaces."""

    numbers: str = ""
    texts: str = ""
    flags: str = ""
    lists: str = ""
    sensors: str = ""
    """A number, or false where there is no sensor."""

    def kinds(self) -> dict[str, str]:
        """The type of each field."""
        return {
            name: kind
            for kind in ("numbers", "texts", "flags", "lists", "sensors")
            for name in getattr(self, kind).split()
        }


STATUS_2_7 = Shape(
    numbers="""
        wifi_client_connected srssi emoncms_connected packets_sent packets_success mqtt_connected free_heap
        comm_sent comm_success amp pilot state elapsed wattsec watthour gfcicount nogndcount stuckcount
        divertmode solar grid_ie charge_rate divert_update
    """,
    texts="mode ipaddress ohm_hour",
    sensors="temp1 temp2 temp3",
)

CONFIG_2_7 = Shape(
    numbers="espflash diodet gfcit groundt relayt ventt tempt service scale offset",
    texts="""
        firmware protocol version ssid pass emoncms_server emoncms_node emoncms_apikey emoncms_fingerprint
        mqtt_server mqtt_topic mqtt_user mqtt_pass mqtt_solar mqtt_grid_ie www_username www_password
    """,
    flags="emoncms_enabled mqtt_enabled ohm_enabled",
)
STATUS_2_9 = Shape(
    numbers="""
        wifi_client_connected net_connected srssi emoncms_connected packets_sent packets_success mqtt_connected
        free_heap comm_sent comm_success rapi_connected amp voltage pilot state elapsed wattsec watthour
        gfcicount nogndcount stuckcount divertmode solar grid_ie charge_rate divert_update ota_update
    """,
    texts="mode ipaddress ohm_hour",
    sensors="temp1 temp2 temp3",
)

CONFIG_2_9 = Shape(
    numbers="""
        espflash diodet gfcit groundt relayt ventt tempt service scale offset mqtt_port
        divert_attack_smoothing_factor divert_decay_smoothing_factor divert_min_charge_time flags
    """,
    texts="""
        firmware protocol version ssid pass www_username www_password hostname emoncms_server emoncms_node
        emoncms_apikey emoncms_fingerprint mqtt_server mqtt_topic mqtt_user mqtt_pass mqtt_solar mqtt_grid_ie
        mqtt_vrms mqtt_announce_topic ohm charge_mode
    """,
    flags="emoncms_enabled mqtt_enabled ohm_enabled divert_enabled",
)

CONFIG_4_1_2 = Shape(
    numbers="""
        espflash diodet gfcit groundt relayt ventt tempt service scale offset max_current_soft min_current_hard
        max_current_hard mqtt_port divert_PV_ratio divert_attack_smoothing_factor divert_decay_smoothing_factor
        divert_min_charge_time tesla_vehidx led_brightness flags
    """,
    texts="""
        firmware protocol wifi_serial version ssid pass www_username www_password hostname sntp_hostname
        time_zone emoncms_server emoncms_node emoncms_apikey emoncms_fingerprint mqtt_server mqtt_topic
        mqtt_user mqtt_pass mqtt_solar mqtt_grid_ie mqtt_vrms mqtt_announce_topic ohm tesla_username
        tesla_password mqtt_protocol charge_mode
    """,
    flags="""
        emoncms_enabled mqtt_enabled mqtt_reject_unauthorized ohm_enabled sntp_enabled tesla_enabled
        divert_enabled pause_uses_disabled
    """,
    lists="mqtt_supported_protocols http_supported_protocols",
)
STATUS_4_1_7 = Shape(
    numbers="""
        wifi_client_connected eth_connected net_connected emoncms_connected packets_sent packets_success
        mqtt_connected ocpp_connected rfid_failure free_heap comm_sent comm_success rapi_connected
        evse_connected amp voltage pilot wh session_energy total_energy state flags vehicle colour
        manual_override freeram divertmode srssi elapsed wattsec watthour gfcicount nogndcount stuckcount solar
        grid_ie charge_rate divert_update shaper shaper_live_pwr shaper_cur service_level ota_update
        config_version claims_version override_version schedule_version schedule_plan_version
        vehicle_state_update
    """,
    texts="mode ipaddress ohm_hour status time offset",
    flags="divert_active shaper_updated tesla_vehicle_count tesla_vehicle_id tesla_vehicle_name",
    sensors="temp temp_max temp1 temp2 temp3 temp4",
)
STATUS_5_1 = Shape(
    numbers="""
        wifi_client_connected eth_connected net_connected emoncms_connected packets_sent packets_success
        mqtt_connected ocpp_connected rfid_failure free_heap comm_sent comm_success rapi_connected
        evse_connected amp voltage power pilot max_current state flags vehicle colour manual_override freeram
        divertmode srssi uptime session_elapsed session_energy total_energy total_day total_week total_month
        total_year total_switches elapsed wattsec watthour gfcicount nogndcount stuckcount solar grid_ie
        charge_rate divert_update shaper shaper_live_pwr shaper_cur service_level ota_update config_version
        claims_version override_version schedule_version schedule_plan_version limit_version
        vehicle_state_update
    """,
    texts="mode ipaddress macaddress ohm_hour status time local_time offset",
    flags="divert_active shaper_updated limit tesla_vehicle_count tesla_vehicle_id tesla_vehicle_name",
    sensors="temp temp_max temp1 temp2 temp3 temp4",
)

CONFIG_5_1 = Shape(
    numbers="""
        espflash max_current_soft service scale offset min_current_hard max_current_hard limit_default_value
        mqtt_port divert_type divert_PV_ratio divert_attack_smoothing_time divert_decay_smoothing_time
        divert_min_charge_time current_shaper_max_pwr current_shaper_smoothing_time
        current_shaper_min_pause_time current_shaper_data_maxinterval vehicle_data_src tesla_created_at
        tesla_expires_in led_brightness scheduler_start_window flags flags_changed
    """,
    texts="""
        buildenv version wifi_serial protocol espinfo firmware evse_serial ssid pass ap_ssid ap_pass lang
        www_username www_password www_certificate_id hostname sntp_hostname time_zone limit_default_type
        emoncms_server emoncms_node emoncms_apikey emoncms_fingerprint mqtt_server mqtt_topic mqtt_user
        mqtt_pass mqtt_certificate_id mqtt_solar mqtt_grid_ie mqtt_vrms mqtt_live_pwr mqtt_vehicle_soc
        mqtt_vehicle_range mqtt_vehicle_eta mqtt_announce_topic ocpp_server ocpp_chargeBoxId ocpp_authkey
        ocpp_idtag ohm tesla_access_token tesla_refresh_token tesla_vehicle_id rfid_storage mqtt_protocol
        charge_mode
    """,
    flags="""
        diode_check gfci_check ground_check relay_check vent_check temp_check emoncms_enabled mqtt_enabled
        mqtt_reject_unauthorized mqtt_retained ohm_enabled sntp_enabled tesla_enabled divert_enabled
        current_shaper_enabled pause_uses_disabled mqtt_vehicle_range_miles ocpp_enabled ocpp_auth_auto
        ocpp_auth_offline ocpp_suspend_evse ocpp_energize_plug rfid_enabled factory_write_lock is_threephase
        wizard_passed default_state
    """,
    lists="mqtt_supported_protocols http_supported_protocols",
)
STATUS_HEAD = Shape(
    numbers="""
        wifi_client_connected eth_connected net_connected emoncms_connected packets_sent packets_success
        mqtt_connected ocpp_connected free_heap littlefs_free littlefs_used comm_sent comm_success
        rapi_connected evse_connected amp voltage power pilot max_current state flags vehicle colour
        manual_override freeram divertmode srssi uptime session_elapsed session_energy total_energy total_day
        total_week total_month total_year total_switches elapsed wattsec watthour gfcicount nogndcount
        stuckcount solar grid_ie charge_rate divert_update shaper shaper_live_pwr shaper_cur service_level
        ota_update config_version claims_version override_version schedule_version schedule_plan_version
        limit_version vehicle_state_update
    """,
    texts="mode ipaddress ipv6address macaddress mqtt_status ohm_hour status time local_time offset",
    flags="divert_active shaper_updated limit tesla_vehicle_count tesla_vehicle_id tesla_vehicle_name",
    sensors="temp temp_max temp1 temp2 temp3",
)

CONFIG_HEAD = Shape(
    numbers="""
        espflash heap_size littlefs_size littlefs_used app0_size sketch_size heartbeat_interval
        heartbeat_current voltage max_current_soft service scale offset min_current_hard max_current_hard
        www_http_port www_https_port lcd_backlight_timeout limit_default_value mqtt_port divert_type
        divert_PV_ratio divert_attack_smoothing_time divert_decay_smoothing_time divert_min_charge_time
        current_shaper_max_pwr current_shaper_smoothing_time current_shaper_min_pause_time
        current_shaper_data_maxinterval temp_throttle_setpoint over_temp_shutdown vehicle_data_src
        tesla_created_at tesla_expires_in scheduler_start_window flags flags_changed
    """,
    texts="""
        buildenv version wifi_serial protocol espinfo partition_scheme firmware evse_serial chip_id ssid pass
        ap_ssid ap_pass lang www_username www_password www_certificate_id server_secret hostname sntp_hostname
        temp_unit time_zone limit_default_type emoncms_server emoncms_node emoncms_apikey emoncms_fingerprint
        mqtt_server mqtt_topic mqtt_user mqtt_pass mqtt_certificate_id mqtt_solar mqtt_grid_ie mqtt_vrms
        mqtt_live_pwr mqtt_vehicle_soc mqtt_vehicle_range mqtt_vehicle_eta mqtt_vehicle_charge_limit
        mqtt_home_battery_soc mqtt_home_battery_power mqtt_announce_topic ocpp_server ocpp_chargeBoxId
        ocpp_authkey ocpp_idtag ohm tesla_access_token tesla_refresh_token tesla_vehicle_id rfid_storage
        mqtt_protocol charge_mode
    """,
    flags="""
        can_expand_16mb diode_check gfci_check ground_check relay_check vent_check temp_check
        overcurrent_monitor front_button boot_lock d9_support emoncms_enabled mqtt_enabled
        mqtt_reject_unauthorized mqtt_retained ohm_enabled sntp_enabled tesla_enabled divert_enabled
        current_shaper_enabled pause_uses_disabled mqtt_vehicle_range_miles ocpp_enabled ocpp_auth_auto
        ocpp_auth_offline ocpp_suspend_evse ocpp_energize_plug rfid_enabled factory_write_lock is_threephase
        wizard_passed default_state temp_throttle_enabled lcd_network_info
    """,
    lists="mqtt_supported_protocols http_supported_protocols",
)


def kinds(answer: Answer, expected: Mapping[str, str]) -> dict[str, str]:
    """The type of each field that came."""
    return {name: kind(name, value, expected) for name, value in answer.items()}


def kind(name: str, value: object, expected: Mapping[str, str]) -> str:
    """The type of a field; a sensor may be a number or false."""
    match value:
        case False | int() | float() if expected.get(name) == "sensors":
            return "sensors"
        case bool():
            return "flags"
        case int() | float():
            return "numbers"
        case str():
            return "texts"
        case _:
            return "lists"


async def asked(generation: Generation, path: str, *, controller: str = "7.1.3") -> Answer:
    """What a charger of a generation answers."""
    async with visit(OpenEvse(generation, controller)) as visitor:
        return await visitor.object(path)


@pytest.mark.parametrize(
    ("generation", "path", "recorded"),
    [
        (Generation.V2_7, "/status", STATUS_2_7),
        (Generation.V2_7, "/config", CONFIG_2_7),
        (Generation.V2_9, "/status", STATUS_2_9),
        (Generation.V2_9, "/config", CONFIG_2_9),
        (Generation.V4_1_7, "/status", STATUS_4_1_7),
        (Generation.V5_1, "/status", STATUS_5_1),
        (Generation.V5_1, "/config", CONFIG_5_1),
        (Generation.HEAD, "/status", STATUS_HEAD),
        (Generation.HEAD, "/config", CONFIG_HEAD),
    ],
)
async def test_fields_are_those_recorded(generation: Generation, path: str, recorded: Shape) -> None:
    """The same names, of the same types."""
    expected = recorded.kinds()
    assert kinds(await asked(generation, path), expected) == expected


async def test_fields_of_an_edited_recording() -> None:
    """The recorded /config of 4.1 has names of later releases pasted in; without them it is that of 4.1.0."""
    expected = CONFIG_4_1_2.kinds()
    for later in ("wifi_serial", "max_current_soft", "min_current_hard", "max_current_hard"):
        del expected[later]
    assert kinds(await asked(Generation.V4_1_0, "/config"), expected) == expected


def told(status: Answer) -> tuple[object, ...]:
    """What the recordings tell of a session."""
    names = ("state", "status", "flags", "vehicle", "colour", "manual_override", "pilot")
    return tuple(status[name] for name in names)


async def test_a_session_as_it_was_recorded() -> None:
    """The development snapshot on controller 8.2.3: waiting, charging, overridden, asleep, with a fault, alone again."""
    evse = OpenEvse(Generation.HEAD)
    async with visit(evse) as visitor:
        assert told(await visitor.status()) == (1, "active", 512, 0, 2, 0, 24)
        evse.plug_in(ready=False)
        assert told(await visitor.status()) == (2, "active", 1792, 1, 3, 0, 24)
        evse.plug_in()
        assert told(await visitor.status()) == (3, "active", 1344, 1, 6, 0, 24)
        await visitor.post("/override", {"charge_current": 10})
        assert told(await visitor.status()) == (3, "active", 1344, 1, 6, 1, 10)
        assert (await visitor.get("/claims")).json == [
            {"client": 65537, "priority": 1000, "charge_current": 10, "auto_release": True}
        ]
        assert (await visitor.get("/claims/target")).json == {
            "properties": {"state": "active", "charge_current": 10, "auto_release": False},
            "claims": {"charge_current": 65537},
        }
        await visitor.post("/override", {"state": "disabled"})
        # The flags are those of before: the relay is open.
        assert told(await visitor.status()) == (254, "disabled", 1344, 1, 6, 1, 24)
        evse.tick(31)
        assert told(await visitor.status()) == (254, "disabled", 1280, 1, 6, 1, 24)
        await visitor.delete("/override")
        evse.fault(6)
        assert told(await visitor.status()) == (6, "active", 1408, 1, 1, 0, 24)
        evse.clear_fault()
        evse.unplug()
        assert told(await visitor.status()) == (1, "active", 640, 0, 2, 0, 24)
        evse.tick(1)
        assert (await visitor.status())["total_switches"] == 6
