"""The other paths: network, modes, restarts, clock, meters."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from .claims import Json
from .config import DUMMY, factory_settings
from .gateway import Gateway
from .http import HTML, NO_JSON, NOT_FOUND, Answer, Asked, Handler, message, of_json, text


class OtherDoors:
    """What is old, and what is small."""

    def __init__(self, gateway: Gateway, restart: Callable[[], None]) -> None:
        """Lead to a gateway; `restart` restarts it, with its connections."""
        self._gateway = gateway
        self._firmware = gateway.firmware
        self._restart_gateway = restart

    @property
    def handlers(self) -> dict[str, Handler]:
        """By path."""
        return {
            "/": lambda _: Answer(body=b"<!DOCTYPE html><html><title>OpenEVSE</title></html>", kind=HTML),
            "/emoncms/describe": lambda _: text("openevse"),
            "/scan": lambda _: of_json(self._gateway.network.scan(hidden=self._firmware.query_of_post)),
            "/savenetwork": self._save_network,
            "/saveadmin": self._save_admin,
            "/apoff": self._end_access_point,
            "/divertmode": self._divert_mode,
            "/shaper": self._shaper,
            "/restart": self._restart,
            "/reset": self._reset,
            "/time": self._time,
            "/settime": self._set_time,
            "/logs": lambda _: of_json({"min": 0, "max": 0}),
            "/logs/{id}": self._logs,
            "/emeter": self._meter,
        }

    def _parameters(self, asked: Asked) -> Mapping[str, str]:
        """Find the parameters: of a POST an ESP32 takes those in the body only."""
        if asked.method == "POST" and not self._firmware.query_of_post:
            return asked.form
        return {**asked.form, **asked.query}

    # The network

    def _save_network(self, asked: Asked) -> Answer:
        parameters = self._parameters(asked)
        if not parameters.get("ssid"):
            return text("No SSID", 400)
        if self._gateway.knobs.confirm:
            self._gateway.config["ssid"] = parameters["ssid"]
            if (secret := parameters.get("pass", "")) != DUMMY:
                self._gateway.config["pass"] = secret
            self._gateway.network.join()
        return text("saved")

    def _save_admin(self, asked: Asked) -> Answer:
        parameters = self._parameters(asked)
        if self._gateway.knobs.confirm:
            self._gateway.config["www_username"] = parameters.get("user", "")
            if (secret := parameters.get("pass", "")) != DUMMY:
                self._gateway.config["www_password"] = secret
        return text("saved")

    def _end_access_point(self, asked: Asked) -> Answer:
        del asked
        if self._gateway.knobs.confirm:
            self._gateway.network.join()
        return text("Turning AP Off")

    # Modes: a request without a parameter changes them, too

    def _divert_mode(self, asked: Asked) -> Answer:
        if self._gateway.knobs.confirm:
            self._gateway.divert.set_mode(_whole(self._parameters(asked).get("divertmode", "")))
        return text("Divert Mode changed")

    def _shaper(self, asked: Asked) -> Answer:
        if self._gateway.shaper is not None and self._gateway.knobs.confirm:
            self._gateway.shaper.set_enabled(enabled=_whole(self._parameters(asked).get("shaper", "")) == 1)
        return text("Current Shaper state changed")

    # Restarts

    def _restart(self, asked: Asked) -> Answer:
        restart = self._restart_gateway if self._gateway.knobs.confirm else None
        if not self._firmware.restart_takes_device or asked.method != "POST":
            return text("1", then=restart)
        said = asked.object()
        if said is None:
            return NO_JSON
        match said.get("device"):
            case "gateway":
                return message("restart gateway", then=restart)
            case "evse":
                if self._gateway.knobs.confirm:
                    self._gateway.line.exchange("$FR")
                return message("restart evse")
            case _:
                return NOT_FOUND

    def _reset(self, asked: Asked) -> Answer:
        del asked
        if not self._gateway.knobs.confirm:
            return text("1")
        self._gateway.config.clear()
        self._gateway.config |= factory_settings(self._firmware.number) | {"ssid": "", "pass": ""}
        self._gateway.network.access_point = True
        return text("1", then=self._restart_gateway)

    # Clock, log, meters

    def _time(self, asked: Asked) -> Answer:
        if asked.method == "POST":
            return self._set_time(asked)
        now = self._gateway.now()
        return of_json({"time": f"{now.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}", "offset": f"{now:%z}"})

    def _set_time(self, asked: Asked) -> Answer:
        said = asked.object() if asked.body.startswith("{") else dict[str, Json](self._parameters(asked))
        moment = said.get("time") if said is not None else None
        try:
            told = datetime.fromisoformat(moment if isinstance(moment, str) else "")
        except ValueError:
            return message("could not parse time", 400)
        if self._gateway.knobs.confirm:
            self._gateway.set_clock(told.astimezone(UTC))
        return message("set")

    def _logs(self, asked: Asked) -> Answer:
        return of_json(self._gateway.log) if asked.id == 0 else NOT_FOUND

    def _meter(self, asked: Asked) -> Answer:
        said = asked.object() or {}
        gateway = self._gateway
        if gateway.knobs.confirm:
            imported = gateway.seen.watt_hours / 1000 if said.get("import") else None
            gateway.meter.reset(hard=bool(said.get("hard")), imported=imported)
        return message("Reset done")


def _whole(text_of_number: str) -> int:
    """Read a number as the firmware does: what is none is 0."""
    return int(text_of_number) if text_of_number.isdecimal() else 0
