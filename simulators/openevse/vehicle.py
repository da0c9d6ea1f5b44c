"""What the gateway was told of the car and of the house."""

from dataclasses import dataclass, field

from .claims import Json

HTTP: int = 3
"""The value of `vehicle_data_src` at which the car's data are taken from POST /status."""
_CAR = ("battery_level", "battery_range", "time_to_full_charge", "vehicle_charge_limit")
_HOUSE = ("home_battery_soc", "home_battery_power")


@dataclass(slots=True, kw_only=True)
class Told:
    """The last values of each, and how old they are."""

    values: dict[str, Json] = field(default_factory=dict)
    updated: float | None = None
    """Seconds since the car's data came."""

    def take(self, said: dict[str, Json], *, car: bool, newest: bool) -> dict[str, Json]:
        """Take what there is a place for, as whole numbers; null is 0. Returns what was taken."""
        names = [name for name in _CAR if car and (newest or name != "vehicle_charge_limit")]
        names += [name for name in _HOUSE if newest]
        taken: dict[str, Json] = {name: _whole(said[name]) for name in names if name in said}
        self.values |= taken
        if any(name in taken for name in _CAR):
            self.updated = 0.0
        return taken

    def number(self, name: str) -> float:
        """Find a number; 0 unless it was told."""
        value = self.values.get(name, 0)
        return value if isinstance(value, int | float) else 0.0

    def run(self, seconds: float) -> None:
        """Let time pass."""
        if self.updated is not None:
            self.updated += seconds


def _whole(value: Json) -> Json:
    """What the firmware keeps of a number; its answer repeats what was sent."""
    return int(value) if isinstance(value, int | float) else 0
