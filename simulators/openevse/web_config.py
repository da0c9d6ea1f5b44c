"""Status and configuration: /status and /config."""

import json
from typing import Final

from .claims import Json
from .config import CHECKS, DUMMY, FACTORY, SECRETS
from .controller import MINIMUM_CURRENT
from .eeprom import LEVEL_1, LEVEL_2, Setting
from .gateway import Gateway
from .http import NO_JSON, Answer, Asked, Handler, message, of_json
from .status import Status
from .vehicle import HTTP

_CHECKS_WRITTEN: Final = (4, 1, 2)
_SETTINGS: Final = {
    "diode_check": Setting.DIODE_OFF,
    "gfci_check": Setting.GFCI_TEST_OFF,
    "ground_check": Setting.GROUND_OFF,
    "relay_check": Setting.RELAY_OFF,
    "vent_check": Setting.VENT_OFF,
    "temp_check": Setting.TEMPERATURE_OFF,
}
_SERIAL_HERE: Final = "evse-serial-here"


class ConfigDoors:
    """Tells all, and takes what may be changed."""

    def __init__(self, gateway: Gateway, status: Status, build: str) -> None:
        """Lead to a gateway's settings; `build` is the name of its build."""
        self._gateway = gateway
        self._firmware = gateway.firmware
        self._status = status
        self._build = build

    @property
    def handlers(self) -> dict[str, Handler]:
        """By path."""
        return {"/status": self._status_door, "/config": self._config_door}

    # /status

    def _status_door(self, asked: Asked) -> Answer:
        if asked.method != "POST" or not self._firmware.feeds:
            return of_json(self._status.read())
        said = asked.object()
        if said is None:
            return NO_JSON
        if self._gateway.knobs.confirm:
            self._feed(said)
        # What came is what is told, whatever became of it.
        return of_json(said)

    def _feed(self, said: dict[str, Json]) -> None:
        gateway = self._gateway
        if "voltage" in said:
            gateway.voltage_fed = _number(said["voltage"])
            gateway.line.exchange(f"$SV {round(gateway.voltage_fed * 1000)}")
        if "shaper_live_pwr" in said:
            gateway.feed_shaper(int(_number(said["shaper_live_pwr"])))
        if "solar" in said:
            gateway.feed(solar=int(_number(said["solar"])))
        elif "grid_ie" in said:
            gateway.feed(grid=int(_number(said["grid_ie"])))
        listens = not self._firmware.vehicle_source or gateway.config.get("vehicle_data_src") == HTTP
        gateway.told.take(said, car=listens, newest=self._firmware.sessions)

    # /config

    def _config_door(self, asked: Asked) -> Answer:
        if asked.method != "POST" or not self._firmware.takes_config:
            return Answer(body=self._read())
        said = asked.object()
        if said is None:
            return NO_JSON
        if self._gateway.config.get("factory_write_lock") and said.keys() & FACTORY:
            return message("Factory settings are locked", 423)
        return self._write(said)

    def _read(self) -> bytes:
        told = self._identity() | self._of_controller()
        for name, value in self._gateway.config.items():
            told[name] = (DUMMY if value else "") if name in SECRETS else value
        written = json.dumps(told, separators=(",", ":")).encode()
        # The serial number is written as it is, whether or not that is text.
        return written.replace(_SERIAL_HERE.encode(), self._gateway.evse_serial + self._gateway.knobs.odd_bytes)

    def _identity(self) -> dict[str, Json]:
        gateway, number = self._gateway, self._firmware.number
        told: dict[str, Json] = {}
        if gateway.identified is not None:
            told["firmware"] = gateway.identified
        elif gateway.manager is None:
            told["firmware"] = "-"
        told["protocol"] = "-"
        if number < _CHECKS_WRITTEN and gateway.identified is not None:
            told["protocol"] = gateway.controller.model.protocol
        told["version"] = gateway.version
        if number >= _CHECKS_WRITTEN:
            told |= {
                "buildenv": self._build,
                "wifi_serial": gateway.serial.upper(),
                "evse_serial": _SERIAL_HERE,
            }
        return told

    def _of_controller(self) -> dict[str, Json]:
        gateway, seen, firmware = self._gateway, self._gateway.seen, self._firmware
        level = LEVEL_2 if Setting.LEVEL_2 in seen.settings else LEVEL_1
        if firmware.zero_is_automatic and Setting.AUTOMATIC_LEVEL_OFF not in seen.settings:
            level = 0
        told: dict[str, Json] = {"service": level, "scale": seen.scale, "offset": seen.offset}
        for name, (old_name, _) in CHECKS.items():
            off = _SETTINGS[name] in seen.settings
            if firmware.writes_checks:
                told[name] = not off
            else:
                told[old_name] = int(off)
        if gateway.manager is not None and firmware.writes_checks:
            told |= {
                "max_current_soft": gateway.manager.soft_maximum,
                "min_current_hard": MINIMUM_CURRENT,
                "max_current_hard": seen.hardware_maximum,
            }
        if firmware.sessions:
            heartbeat, model = gateway.controller.heartbeat, gateway.controller.model
            told |= {
                "front_button": Setting.BUTTON_OFF not in seen.settings,
                "chip_id": _SERIAL_HERE,
                "heartbeat_interval": heartbeat.interval,
                "heartbeat_current": heartbeat.current,
                "d9_support": "FC" in model.commands,
            }
        return told

    def _write(self, said: dict[str, Json]) -> Answer:
        gateway = self._gateway
        if not gateway.knobs.confirm:
            return self._done(changed=True)
        changed: dict[str, Json] = {}
        for name, value in said.items():
            if name in SECRETS and value == DUMMY:
                continue
            if name in gateway.config and gateway.config[name] != value:
                gateway.config[name] = changed[name] = value
        obeyed = self._firmware.writes_checks and self._obey(said)
        if changed.keys() & {"ssid", "pass"}:
            gateway.network.join()
        if changed or obeyed:
            gateway.config_version += 1
            gateway.hear()
            gateway.configured(changed)
        return self._done(changed=bool(changed) or obeyed)

    def _done(self, *, changed: bool) -> Answer:
        if not self._firmware.counts_config:
            return message("done")
        return of_json({"config_version": self._gateway.config_version, "msg": "done" if changed else "no change"})

    def _obey(self, said: dict[str, Json]) -> bool:
        """Hand on to the controller what is its own; true if anything was another than before."""
        before, sent = self._of_controller(), self._gateway.line.sent
        exchange = self._gateway.line.exchange
        for name, (_, letter) in CHECKS.items():
            if name in said and said[name] != before[name]:
                exchange(f"$FF {letter} {int(bool(said[name]))}")
        if said.get("service") in {LEVEL_1, LEVEL_2} and said["service"] != before["service"]:
            exchange(f"$SL {said['service']}")
        elif said.get("service") == 0 and self._firmware.zero_is_automatic and before["service"] != 0:
            exchange("$SL A")
        scale, offset = said.get("scale", before["scale"]), said.get("offset", before["offset"])
        if (scale, offset) != (before["scale"], before["offset"]):
            exchange(f"$SA {int(_number(scale))} {int(_number(offset))}")
        if "front_button" in said and "front_button" in before:
            exchange(f"$FF B {int(bool(said['front_button']))}")
        if said.keys() & {"heartbeat_interval", "heartbeat_current"} and "heartbeat_interval" in before:
            interval = said.get("heartbeat_interval", before["heartbeat_interval"])
            current = said.get("heartbeat_current", before["heartbeat_current"])
            exchange(f"$SY {int(_number(interval))} {int(_number(current))}")
        if "max_current_soft" in said:
            self._set_maximum(int(_number(said["max_current_soft"])))
        if self._gateway.line.sent != sent:
            self._gateway.learn()
        self._gateway.hear()
        return self._of_controller() != before

    def _set_maximum(self, amperes: int) -> None:
        gateway = self._gateway
        if gateway.manager is None:
            return
        asked = max(MINIMUM_CURRENT, min(amperes, gateway.seen.hardware_maximum))
        outcome = gateway.line.exchange(f"$SC {asked}")
        if outcome.agreed:
            gateway.manager.soft_maximum = int(outcome.values[0])
            gateway.manager.apply()


def _number(value: Json) -> float:
    """Read a number; null is 0, and so is what is none."""
    return value if isinstance(value, int | float) else 0.0
