"""The fields of /status: which releases have them, and what they say.

The types are those of the recorded answers: a float that is whole is written as an integer, as the firmware's JSON library does.
"""

from collections.abc import Callable, Iterable
from datetime import UTC
from typing import Final, NamedTuple

from .claims import Json
from .divert import Shaper
from .eeprom import LEVEL_2, Setting
from .gateway import Gateway
from .generations import NEWEST, Release
from .states import colour_of

_BEFORE_NEWEST: Final[Release] = (5, 1, 5)
_NO_MEMORY = "NotConnected"


class Field(NamedTuple):
    """A field; `read` says None where the field is left out."""

    name: str
    first: Release
    read: Callable[[Gateway], Json]
    last: Release = NEWEST


def _tenths(index: int, *, absent: bool) -> Callable[[Gateway], Json]:
    """Read a sensor of the controller; one that is not there is what the controller says, or false."""

    def read(gateway: Gateway) -> Json:
        tenth = gateway.seen.tenths[index]
        if tenth is not None:
            return tenth
        return gateway.seen.absent[index] if absent else False

    return read


def _or_false(value: int | None) -> Json:
    return False if value is None else value


def _age(gateway: Gateway, updated: float | None) -> int:
    """Tell how old something is; what never came is as old as the gateway."""
    return int(gateway.uptime if updated is None else updated)


def _colour(gateway: Gateway) -> Json:
    return int(colour_of(gateway.seen.state, car=gateway.seen.vehicle))


def _level(gateway: Gateway) -> Json:
    return LEVEL_2 if Setting.LEVEL_2 in gateway.seen.settings else 1


def _told(name: str) -> Callable[[Gateway], Json]:
    return lambda gateway: gateway.told.values.get(name)


def _of_shaper(read: Callable[[Shaper], Json]) -> Callable[[Gateway], Json]:
    return lambda gateway: None if gateway.shaper is None else read(gateway.shaper)


def _versions(gateway: Gateway) -> dict[str, int]:
    return gateway.versions()


_NETWORK: Final = (
    Field("mode", (2, 0, 0), lambda gateway: gateway.network.mode),
    Field("wifi_client_connected", (2, 3, 0), lambda gateway: int(not gateway.network.access_point)),
    Field("eth_connected", (3, 0, 1), lambda gateway: int(gateway.network.ethernet)),
    Field("net_connected", (2, 9, 0), lambda gateway: int(not gateway.network.access_point)),
    Field("srssi", (2, 0, 0), lambda gateway: gateway.network.rssi),
    Field("ipaddress", (2, 0, 0), lambda gateway: gateway.network.address),
    Field("ipv6address", NEWEST, lambda _: ""),
    Field("macaddress", (5, 0, 1), lambda gateway: gateway.mac),
    Field("emoncms_connected", (2, 0, 0), lambda _: 0),
    Field("packets_sent", (2, 0, 0), lambda _: 0),
    Field("packets_success", (2, 0, 0), lambda _: 0),
    Field("mqtt_connected", (2, 0, 0), lambda _: 0),
    Field("mqtt_status", NEWEST, lambda _: "disabled"),
    Field("ocpp_connected", (4, 1, 0), lambda _: 0),
    Field("rfid_failure", (4, 1, 5), lambda _: 0, _BEFORE_NEWEST),
    Field("ohm_hour", (2, 1, 0), lambda _: _NO_MEMORY),
    Field("free_heap", (2, 0, 0), lambda _: 167_436),
    Field("freeram", (4, 0, 1), lambda _: 167_436),
    Field("littlefs_free", NEWEST, lambda _: 1_400_000),
    Field("littlefs_used", NEWEST, lambda _: 100_000),
    Field("comm_sent", (2, 3, 0), lambda gateway: gateway.line.sent),
    Field("comm_success", (2, 3, 0), lambda gateway: gateway.line.succeeded),
    Field("rapi_connected", (2, 9, 0), lambda gateway: int(gateway.line.connected)),
    Field("evse_connected", (4, 0, 1), lambda gateway: int(gateway.identified is not None)),
    Field("ota_update", (2, 9, 0), lambda _: 0),
    Field("time", (3, 1, 0), lambda gateway: f"{gateway.now().astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"),
    Field("local_time", (4, 1, 9), lambda gateway: f"{gateway.now():%Y-%m-%dT%H:%M:%S%z}"),
    Field("offset", (3, 1, 0), lambda gateway: f"{gateway.now():%z}"),
    Field("uptime", (5, 0, 1), lambda gateway: int(gateway.uptime)),
)

_CHARGER: Final = (
    # Milliamperes in every release, whatever the name says.
    Field("amp", (2, 3, 0), lambda gateway: gateway.seen.milliamperes),
    Field("voltage", (2, 9, 0), lambda gateway: gateway.voltage),
    Field("power", (4, 1, 9), lambda gateway: gateway.power),
    Field("frequency", NEWEST, lambda gateway: gateway.seen.frequency if gateway.controller.model.frequency else None),
    Field("pilot", (2, 3, 0), lambda gateway: gateway.pilot),
    Field("max_current", (5, 0, 1), lambda gateway: gateway.max_current),
    Field("temp", (4, 0, 1), lambda gateway: _or_false(gateway.seen.temperature)),
    Field("temp_max", (4, 1, 2), lambda gateway: _or_false(gateway.seen.temperature_maximum)),
    Field("temp1", (2, 3, 0), _tenths(0, absent=True), (2, 7, 9)),
    Field("temp2", (2, 3, 0), _tenths(1, absent=True), (2, 7, 9)),
    Field("temp3", (2, 3, 0), _tenths(2, absent=True), (2, 7, 9)),
    Field("temp1", (2, 8, 0), _tenths(0, absent=False)),
    Field("temp2", (2, 8, 0), _tenths(1, absent=False)),
    Field("temp3", (2, 8, 0), _tenths(2, absent=False)),
    Field("temp4", (4, 0, 1), lambda gateway: _or_false(gateway.own_temperature), _BEFORE_NEWEST),
    Field("state", (2, 3, 0), lambda gateway: int(gateway.seen.state)),
    Field("status", (4, 1, 0), lambda gateway: gateway.wish),
    Field("flags", (4, 1, 2), lambda gateway: int(gateway.seen.flags)),
    Field("vehicle", (4, 0, 1), lambda gateway: int(gateway.seen.vehicle)),
    Field("colour", (4, 0, 1), _colour),
    Field("manual_override", (4, 0, 1), lambda gateway: int(gateway.overridden)),
    Field("gfcicount", (2, 3, 0), lambda gateway: gateway.seen.counts[0]),
    Field("nogndcount", (2, 3, 0), lambda gateway: gateway.seen.counts[1]),
    Field("stuckcount", (2, 3, 0), lambda gateway: gateway.seen.counts[2]),
    Field("service_level", (4, 1, 2), _level),
)

_LAST_OF_CONTROLLER: Final[Release] = (4, 1, 8)
_FIRST_OF_METER: Final[Release] = (4, 1, 9)

_ENERGY: Final = (
    Field("elapsed", (2, 3, 0), lambda gateway: gateway.seen.elapsed, _LAST_OF_CONTROLLER),
    Field("wattsec", (2, 3, 0), lambda gateway: gateway.seen.watt_seconds, _LAST_OF_CONTROLLER),
    Field("watthour", (2, 3, 0), lambda gateway: gateway.seen.watt_hours, _LAST_OF_CONTROLLER),
    Field("wh", (4, 0, 1), lambda gateway: gateway.seen.watt_hours, _LAST_OF_CONTROLLER),
    Field("session_energy", (4, 1, 2), lambda gateway: gateway.seen.watt_seconds / 3600, _LAST_OF_CONTROLLER),
    Field("total_energy", (4, 1, 2), lambda gateway: gateway.seen.watt_hours / 1000, _LAST_OF_CONTROLLER),
    Field("elapsed", _FIRST_OF_METER, lambda gateway: int(gateway.meter.elapsed)),
    Field("session_elapsed", _FIRST_OF_METER, lambda gateway: int(gateway.meter.elapsed)),
    Field("wattsec", _FIRST_OF_METER, lambda gateway: gateway.meter.session * 3600),
    Field("session_energy", _FIRST_OF_METER, lambda gateway: gateway.meter.session),
    Field("watthour", _FIRST_OF_METER, lambda gateway: gateway.meter.total * 1000),
    Field("total_energy", _FIRST_OF_METER, lambda gateway: gateway.meter.total),
    Field("total_day", _FIRST_OF_METER, lambda gateway: gateway.meter.day),
    Field("total_week", _FIRST_OF_METER, lambda gateway: gateway.meter.week),
    Field("total_month", _FIRST_OF_METER, lambda gateway: gateway.meter.month),
    Field("total_year", _FIRST_OF_METER, lambda gateway: gateway.meter.year),
    Field("total_switches", _FIRST_OF_METER, lambda gateway: gateway.meter.switches),
)

_HOUSE: Final = (
    Field("divertmode", (2, 3, 0), lambda gateway: gateway.divert.mode),
    Field("solar", (2, 7, 0), lambda gateway: gateway.divert.solar),
    Field("grid_ie", (2, 7, 0), lambda gateway: gateway.divert.grid),
    Field("charge_rate", (2, 7, 0), lambda gateway: gateway.divert.rate),
    Field("divert_update", (2, 7, 0), lambda gateway: _age(gateway, gateway.divert.updated)),
    Field("divert_active", (4, 1, 5), lambda gateway: gateway.divert.active),
    Field("shaper", (4, 1, 5), _of_shaper(lambda shaper: int(shaper.enabled))),
    Field("shaper_live_pwr", (4, 1, 5), _of_shaper(lambda shaper: shaper.power)),
    Field("shaper_cur", (4, 1, 5), _of_shaper(lambda shaper: shaper.current)),
    Field("shaper_updated", (4, 1, 7), _of_shaper(lambda shaper: shaper.updated)),
    Field("limit", (4, 1, 9), lambda gateway: gateway.limit is not None and gateway.limit.exists),
    Field("config_version", (4, 1, 2), lambda gateway: _versions(gateway)["config_version"]),
    Field("claims_version", (4, 1, 7), lambda gateway: _versions(gateway)["claims_version"]),
    Field("override_version", (4, 1, 7), lambda gateway: _versions(gateway)["override_version"]),
    Field("schedule_version", (4, 1, 5), lambda gateway: _versions(gateway)["schedule_version"]),
    Field("schedule_plan_version", (4, 1, 5), lambda gateway: _versions(gateway)["schedule_plan_version"]),
    Field("limit_version", (4, 1, 9), lambda gateway: _versions(gateway)["limit_version"]),
)

_VEHICLE: Final = (
    Field("vehicle_state_update", (4, 1, 0), lambda gateway: _age(gateway, gateway.told.updated)),
    Field("tesla_vehicle_count", (4, 1, 0), lambda _: False),
    Field("tesla_vehicle_id", (4, 1, 0), lambda _: False),
    Field("tesla_vehicle_name", (4, 1, 0), lambda _: False),
    Field("batteryLevel", (3, 2, 0), _told("battery_level"), (4, 0, 9)),
    Field("batteryRange", (3, 2, 0), _told("battery_range"), (4, 0, 9)),
    Field("timeToFullCharge", (3, 2, 0), _told("time_to_full_charge"), (4, 0, 9)),
    Field("battery_level", (4, 1, 0), _told("battery_level")),
    Field("battery_range", (4, 1, 0), _told("battery_range")),
    Field("time_to_full_charge", (4, 1, 0), _told("time_to_full_charge")),
    Field("vehicle_charge_limit", NEWEST, _told("vehicle_charge_limit")),
    Field("home_battery_soc", NEWEST, _told("home_battery_soc")),
    Field("home_battery_power", NEWEST, _told("home_battery_power")),
)

FIELDS: Final = (*_NETWORK, *_CHARGER, *_ENERGY, *_HOUSE, *_VEHICLE)


class Status:
    """What one gateway's /status says."""

    def __init__(self, gateway: Gateway) -> None:
        """Take the fields that the gateway's release has."""
        self._gateway = gateway
        number = gateway.firmware.number
        self._fields = {field.name: field for field in FIELDS if field.first <= number <= field.last}
        self.instead: dict[str, Json] = {}
        """What is said in place of the truth; None leaves the field out."""

    def read(self, names: Iterable[str] | None = None) -> dict[str, Json]:
        """Say all, or some of it."""
        chosen = self._fields if names is None else [name for name in names if name in self._fields]
        said = {name: plain(self._fields[name].read(self._gateway)) for name in chosen}
        said |= {name: value for name, value in self.instead.items() if names is None or name in said}
        return {name: value for name, value in said.items() if value is not None}


def plain(value: Json) -> Json:
    """Write a whole float without its fraction, and others with nine digits at most."""
    if isinstance(value, float):
        return int(value) if value.is_integer() else float(f"{value:.10g}")
    return value
