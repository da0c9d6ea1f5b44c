"""What each vehicle type of the firmware makes of the vehicle commands.

Read from the vehicle modules' sources: the differences are large, and several are traps (a lock that takes a speed
limit, a valet mode that heats the cabin). A type that does nothing but exist is listed by its name alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto


class Lock(Enum):
    """What lock and unlock do with their argument."""

    NONE = auto()
    PIN_CHECKED = auto()
    PIN_IGNORED = auto()
    PIN_TO_CAR = auto()
    """The module passes it on and says that it did; the car decides."""
    SPEED_LIMIT = auto()
    """Not a PIN: kilometres per hour."""


class ValetMode(Enum):
    """What valet and unvalet do."""

    NONE = auto()
    BASE = auto()
    """The framework's: checks the PIN, then sets v.e.valet."""
    OWN = auto()
    NOTHING = auto()
    """Says that it did, and does nothing."""
    PRECONDITIONING = auto()
    IGNITION = auto()
    DISTANCE = auto()
    """Not a PIN: the kilometres that may be driven."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeLimit:
    """The setting that mirrors to v.c.limit.soc, and what makes it stop a charge."""

    param: str
    instance: str
    default: str = "80"
    stops_if: Mapping[str, str] | None = None
    """Other instances of the same param and the values they need; None is that it never stops a charge."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CarType:
    """One vehicle type."""

    name: str
    lock: Lock = Lock.NONE
    valet: ValetMode = ValetMode.BASE
    wakeup: bool = False
    homelink: tuple[str, ...] = ()
    """What buttons 1, 2 and 3 do."""
    homelink_seconds: Mapping[int, float] | None = None
    """Buttons that keep the module busy for a while."""
    climate_on: bool = False
    climate_off: bool = False
    climate_off_fails: bool = False
    """It knows the command, and says that it could not: the car has nothing to stop it with."""
    refuses_same: frozenset[str] = frozenset()
    """Which of `climate_on`, `climate_off`, `charge_start` and `charge_stop` fail where it already is so."""
    charge_start: bool = False
    charge_stop: bool = False
    charge_mode: bool = False
    storage_for_others: bool = False
    """It knows two charge modes, and takes all others for storage."""
    charge_current: bool = False
    current_step: int = 1
    """Amperes of a level; it sets the level below what is asked, 0 is no limit, and says that it set what was asked."""
    current_levels: str | None = None
    """The metric with the currents that can be set; it sets the highest that is not above what is asked, or fails."""
    cooldown: bool = False
    switch: tuple[str, str] | None = None
    """The setting without which the commands that touch the car's bus fail."""
    limit: ChargeLimit | None = None
    ac_phases: int = 1


_ON_OFF = ("climate_on", "climate_off")
_ON_OFF_WAKE = (*_ON_OFF, "wakeup")
_CLIMATE = frozenset(_ON_OFF)

_CAN_ACT: dict[str, CarType] = {
    "C2CTS": CarType(name="Cadillac 2nd gen CTS", wakeup=True),
    "CBOLT": CarType(
        name="Chevrolet Bolt EV/Ampera-e",
        lock=Lock.PIN_IGNORED,
        wakeup=True,
        homelink=_ON_OFF_WAKE,
        climate_on=True,
        climate_off=True,
        charge_current=True,
        switch=("xcb", "use_swcan_adapter"),
    ),
    "DEMO": CarType(
        name="Demonstration Vehicle",
        lock=Lock.PIN_IGNORED,
        valet=ValetMode.OWN,
        wakeup=True,
        charge_start=True,
        charge_stop=True,
        charge_current=True,
    ),
    "FT5E": CarType(
        name="Fiat 500e",
        lock=Lock.PIN_IGNORED,
        valet=ValetMode.PRECONDITIONING,
        wakeup=True,
        homelink=("horn_on", "horn_off", "diagnostic_odometer"),
        charge_start=True,
        charge_stop=True,
    ),
    "HIONVFL": CarType(name="Hyundai Ioniq vFL", limit=ChargeLimit(param="xhi", instance="ctp.soclimit")),
    "I5": CarType(name="Hyundai Ioniq 5 EV/KIA EV6", wakeup=True, limit=ChargeLimit(param="xiq", instance="suffsoc")),
    "KN": CarType(
        name="Kia Niro / Hyundai Kona EV",
        lock=Lock.PIN_CHECKED,
        limit=ChargeLimit(param="xkn", instance="suffsoc"),
    ),
    "KS": CarType(name="Kia Soul EV", lock=Lock.PIN_CHECKED, limit=ChargeLimit(param="xks", instance="suffsoc")),
    "ME56": CarType(name="Maxus Euniq 5 6-seats", limit=ChargeLimit(param="xme", instance="suffsoc")),
    "MED3": CarType(name="Maxus eDeliver3", limit=ChargeLimit(param="xmg", instance="suffsoc")),
    "MG4": CarType(name="MG 4", wakeup=True, limit=ChargeLimit(param="xmg", instance="suffsoc")),
    "MG5": CarType(name="MG 5 (2020-2023)", wakeup=True, limit=ChargeLimit(param="xmg", instance="suffsoc")),
    "MGA": CarType(name="MG ZS EV (UK/EU)", wakeup=True, limit=ChargeLimit(param="xmg", instance="suffsoc")),
    "MGB": CarType(name="MG ZS EV (AU/TH)", wakeup=True, limit=ChargeLimit(param="xmg", instance="suffsoc")),
    "MGD": CarType(name="MG ZS EV (SR) (2023-)", wakeup=True, limit=ChargeLimit(param="xmg", instance="suffsoc")),
    "NEVO": CarType(
        name="NIU MQi GT EVO/100",
        wakeup=True,
        homelink=("charge_start", "charge_stop"),
        charge_start=True,
        charge_stop=True,
    ),
    "NL": CarType(
        name="Nissan Leaf",
        lock=Lock.PIN_IGNORED,
        wakeup=True,
        homelink=_ON_OFF,
        climate_on=True,
        climate_off=True,
        charge_start=True,
        charge_stop=True,
        switch=("xnl", "canwrite"),
        limit=ChargeLimit(param="xnl", instance="suffsoc", stops_if={"autocharge": "yes", "canwrite": "yes"}),
    ),
    "RT": CarType(
        name="Renault Twizy",
        lock=Lock.SPEED_LIMIT,
        valet=ValetMode.DISTANCE,
        charge_stop=True,
        charge_mode=True,
        storage_for_others=True,
        charge_current=True,
        current_step=5,
        limit=ChargeLimit(param="xrt", instance="suffsoc", default="0", stops_if={"chargemode": "1"}),
    ),
    "RZ": CarType(
        name="Renault Zoe/Kangoo",
        valet=ValetMode.NONE,
        wakeup=True,
        homelink=_ON_OFF,
        climate_on=True,
        switch=("xrz", "canwrite"),
        limit=ChargeLimit(param="xrz", instance="suffsoc"),
    ),
    "RZ2": CarType(
        name="Renault Zoe Ph2",
        lock=Lock.PIN_CHECKED,
        wakeup=True,
        homelink=("climate_on", "long_precondition", "abort_long_precondition"),
        homelink_seconds={2: 20.0},
        climate_on=True,
        climate_off_fails=True,
        refuses_same=frozenset({"climate_on"}),
        switch=("xrz2", "vcan_enabled"),
        ac_phases=3,
    ),
    "SE": CarType(
        name="Smart ED 3.Gen",
        lock=Lock.PIN_IGNORED,
        valet=ValetMode.IGNITION,
        wakeup=True,
        homelink=_ON_OFF,
        climate_on=True,
        climate_off=True,
        charge_current=True,
        switch=("xse", "canwrite"),
        limit=ChargeLimit(param="xse", instance="suffsoc"),
    ),
    "SQ": CarType(
        name="smart 453 4.Gen",
        lock=Lock.PIN_IGNORED,
        valet=ValetMode.NONE,
        wakeup=True,
        homelink=("climate_5_min", "climate_10_min", "climate_15_min"),
        climate_on=True,
        switch=("xsq", "canwrite"),
        limit=ChargeLimit(param="xsq", instance="suffsoc"),
    ),
    "TGTC": CarType(name="Think City", valet=ValetMode.NONE),
    "TR": CarType(
        name="Tesla Roadster",
        lock=Lock.PIN_TO_CAR,
        valet=ValetMode.OWN,
        wakeup=True,
        homelink=("homelink", "homelink", "homelink"),
        charge_start=True,
        charge_stop=True,
        charge_mode=True,
        charge_current=True,
        cooldown=True,
    ),
    "VA": CarType(
        name="Chevrolet Volt/Ampera",
        lock=Lock.PIN_CHECKED,
        wakeup=True,
        homelink=_ON_OFF_WAKE,
        climate_on=True,
        climate_off=True,
        refuses_same=_CLIMATE,
        charge_start=True,
        charge_stop=True,
        charge_current=True,
        current_levels="xva.v.b.charging_limits",
        switch=("xva", "use_swcan_adapter"),
        limit=ChargeLimit(
            param="xva", instance="chargelimit.soc", default="100", stops_if={"chargelimit.enabled": "yes"}
        ),
    ),
    "VWEG": CarType(
        name="VW e-Golf",
        lock=Lock.PIN_CHECKED,
        wakeup=True,
        climate_on=True,
        climate_off=True,
        charge_start=True,
        charge_stop=True,
        charge_current=True,
    ),
    "VWUP": CarType(
        name="VW e-Up",
        wakeup=True,
        homelink=("climate_off", "climate_on", "climate_on"),
        climate_on=True,
        climate_off=True,
        refuses_same=_CLIMATE | {"charge_start", "charge_stop"},
        charge_start=True,
        charge_stop=True,
        charge_current=True,
        switch=("xvu", "canwrite"),
        limit=ChargeLimit(param="xvu", instance="chg_soclimit", stops_if={"chg_autostop": "yes"}),
    ),
    "ZEVA": CarType(name="ZEVA BMS", valet=ValetMode.NOTHING, charge_current=True),
}

_LISTEN_ONLY = {
    "ATTO3": "BYD Atto 3",
    "BMWI3": "BMW i3, i3s",
    "C6CORVETTE": "Chevrolet C6 Corvette",
    "CT5": "Cadillac CT5",
    "DBC": "DBC-based Vehicle",
    "FTDO": "Fiat e-Doblo",
    "JLRI": "Jaguar Ipace",
    "MB": "Mercedes-Benz B250E, W242",
    "ME6": "Maxus Euniq 6",
    "MI": "Trio",
    "MINISE": "Mini Cooper SE",
    "MPL60S": "Maple 60S",
    "MT90": "Maxus T90 EV",
    "NONE": "Empty Vehicle",
    "NR": "Energica",
    "O2": "OBDII",
    "T3": "Tesla Model 3",
    "TS": "Tesla Model S",
    "TYR4": "Toyota RAV4 EV",
    "XX": "TRACK",
    "ZOM": "ZOMBIE VCU",
}

CAR_TYPES: Mapping[str, CarType] = dict(
    sorted((_CAN_ACT | {code: CarType(name=name) for code, name in _LISTEN_ONLY.items()}).items())
)


def car_type(code: str) -> CarType:
    """Return what a type does; an unknown one is a vehicle that only exists."""
    return CAR_TYPES.get(code) or CarType(name=code)
