"""The module's configuration store."""

from .vehicles import CarType

_PROTECTED = frozenset({"password", "wifi.ap", "wifi.ssid"})
"""Params whose values `config list` hides. `request/config` hands them out all the same."""
_YES = frozenset({"yes", "1", "true"})


class Configuration(dict[tuple[str, str], str]):
    """Texts by param and instance, read the way the firmware reads them."""

    def text(self, param: str, instance: str, default: str = "") -> str:
        """Return a value, or the default where it is unset."""
        return self.get((param, instance), default)

    def number(self, param: str, instance: str, default: float) -> float:
        """Return a value as a number; unset or empty is the default."""
        text = self.get((param, instance), "")
        return float(text) if text else default

    def flag(self, param: str, instance: str, *, default: bool = False) -> bool:
        """Return a value as yes or no; unset or empty is the default."""
        text = self.get((param, instance), "")
        return text in _YES if text else default

    def params(self) -> list[str]:
        """The params that exist."""
        return sorted({param for param, _ in self})

    def instances(self, param: str) -> dict[str, str]:
        """The instances of a param with their values."""
        return {instance: value for (found, instance), value in sorted(self.items()) if found == param}

    @staticmethod
    def protected(param: str) -> bool:
        """Whether the shell hides the param's values."""
        return param in _PROTECTED


def factory_configuration(vehicle_id: str, vehicle_type: str, car: CarType) -> Configuration:
    """Return the configuration of a module whose owner has set it up and allowed it to act on the car."""
    config = Configuration(
        {
            ("vehicle", "id"): vehicle_id,
            ("vehicle", "timezone"): "CET-1CEST,M3.5.0,M10.5.0/3",
            ("auto", "init"): "yes",
            ("auto", "vehicle.type"): vehicle_type,
            ("auto", "server.v3"): "yes",
            ("module", "init"): "done",
            ("password", "module"): "module-secret",
            ("wifi.ssid", "Example"): "wifi-secret",
        }
    )
    if car.switch is not None:
        config[car.switch] = "yes"
    if (limit := car.limit) is not None:
        config[limit.param, limit.instance] = limit.default
        for instance, value in (limit.stops_if or {}).items():
            config[limit.param, instance] = value
    if vehicle_type == "RT":
        config["xrt", "chargemode"] = "0"
        config["xrt", "chargelevel"] = "2"
    return config
