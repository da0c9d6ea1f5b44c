"""What each type of vehicle can be asked to do.

The firmware cannot be asked: a command either works or answers that it is not available, and trying is doing. So this
is read from the vehicle modules' sources (firmware 3.3.006-259). Whether the car itself obeys is for the car to report.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from .commands import ChargeMode


class Support(StrEnum):
    """Whether a vehicle module acts on a command."""

    NO = "no"
    """Not at all, or only by answering; firmware that leaves the body of the command empty counts as this."""
    CONDITIONAL = "conditional"
    """After its owner allowed it in the module's settings, fitted a part, or built the firmware with an option."""
    YES = "yes"


class PinUse(StrEnum):
    """What a vehicle module does with the argument of ``lock`` and ``unlock``, which the shell demands in any case."""

    CHECKED = "checked"
    """Compared with the PIN in the module's settings; refused while none is set."""
    SENT_TO_CAR = "sent_to_car"
    IGNORED = "ignored"
    NOT_A_PIN = "not_a_pin"
    """It is a number with another meaning; sending a PIN would set a limit to that number."""


class Valet(StrEnum):
    """What a vehicle module does on ``valet`` and ``unvalet``."""

    NONE = "none"
    PIN = "pin"
    """Switches valet mode, which ``v.e.valet`` then reports."""
    OTHER = "other"
    """Does something else under this name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeLimit:
    """The module setting that stops a charge at a state of charge, in percent.

    Set with ``config set <param> <instance> <percent>``; ``v.c.limit.soc`` follows. Vehicle types whose module only
    computes a remaining time from the setting have none.
    """

    param: str
    instance: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeCurrents:
    """The limits of the charge current that can be set, in amperes: from the least to the most, in steps."""

    least: int = 1
    most: int = 80
    """The largest on-board charger of the vehicle types takes 70 A."""
    step: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class VehicleType:
    """One vehicle module of the firmware.

    Attributes:
        code: What it publishes as ``v.type``.
        name: What the firmware calls the vehicle.
        lock: ``lock`` and ``unlock``, which every module has both or neither of.
        pin: What becomes of their argument.
        valet: What ``valet`` and ``unvalet`` do.
        wakeup: ``wakeup``.
        homelink: What buttons 1, 2 and 3 of ``homelink`` do, in that order, as slugs; fewer where there are fewer.
        climate_on: ``climatecontrol on``.
        climate_off: ``climatecontrol off``.
        charge_start: ``charge start``.
        charge_stop: ``charge stop``.
        charge_mode: ``charge mode``.
        charge_modes: The modes that are different ones; the firmware takes the name of any.
        charge_current: ``charge current``.
        charge_currents: Which of them are what the module then sets; the firmware takes any number.
        cooldown: ``charge cooldown``.
        charge_limit: Where a limit that stops the charge is set.
    """

    code: str
    name: str
    lock: Support = Support.NO
    pin: PinUse = PinUse.CHECKED
    valet: Valet = Valet.PIN
    wakeup: Support = Support.NO
    homelink: tuple[str, ...] = ()
    climate_on: Support = Support.NO
    climate_off: Support = Support.NO
    charge_start: Support = Support.NO
    charge_stop: Support = Support.NO
    charge_mode: Support = Support.NO
    charge_modes: tuple[ChargeMode, ...] = tuple(ChargeMode)
    charge_current: Support = Support.NO
    charge_currents: ChargeCurrents = ChargeCurrents()
    cooldown: Support = Support.NO
    charge_limit: ChargeLimit | None = None


_CHEVROLET_BUTTONS: Final = ("climate_on", "climate_off", "wakeup")

_TYPES: Final = (
    VehicleType(code="ATTO3", name="BYD Atto 3"),
    VehicleType(code="BMWI3", name="BMW i3, i3s"),
    VehicleType(code="C2CTS", name="Cadillac 2nd gen CTS", wakeup=Support.YES),
    VehicleType(code="C6CORVETTE", name="Chevrolet C6 Corvette"),
    # Needs firmware built for a second CAN controller, and that one enabled in the settings.
    VehicleType(
        code="CBOLT",
        name="Chevrolet Bolt EV/Ampera-e",
        lock=Support.CONDITIONAL,
        pin=PinUse.IGNORED,
        wakeup=Support.YES,
        homelink=_CHEVROLET_BUTTONS,
        climate_on=Support.CONDITIONAL,
        climate_off=Support.CONDITIONAL,
        charge_current=Support.YES,
    ),
    VehicleType(code="CT5", name="Cadillac CT5"),
    VehicleType(code="DBC", name="DBC-based Vehicle"),
    VehicleType(
        code="DEMO",
        name="Demonstration Vehicle",
        lock=Support.YES,
        pin=PinUse.IGNORED,
        wakeup=Support.YES,
        charge_start=Support.YES,
        charge_stop=Support.YES,
        charge_current=Support.YES,
    ),
    # Valet starts and stops preconditioning.
    VehicleType(
        code="FT5E",
        name="Fiat 500e",
        lock=Support.YES,
        pin=PinUse.IGNORED,
        valet=Valet.OTHER,
        wakeup=Support.YES,
        homelink=("horn_on", "horn_off", "diagnostic_odometer"),
        charge_start=Support.YES,
        charge_stop=Support.YES,
    ),
    VehicleType(code="FTDO", name="Fiat e-Doblo"),
    VehicleType(code="HIONVFL", name="Hyundai Ioniq vFL"),
    VehicleType(code="I5", name="Hyundai Ioniq 5 EV/KIA EV6", wakeup=Support.YES),
    VehicleType(code="JLRI", name="Jaguar Ipace"),
    VehicleType(code="KN", name="Kia Niro / Hyundai Kona EV", lock=Support.YES),
    VehicleType(code="KS", name="Kia Soul EV", lock=Support.YES),
    VehicleType(code="MB", name="Mercedes-Benz B250E, W242"),
    VehicleType(code="ME56", name="Maxus Euniq 5 6-seats"),
    VehicleType(code="ME6", name="Maxus Euniq 6"),
    VehicleType(code="MED3", name="Maxus eDeliver3"),
    VehicleType(code="MG4", name="MG 4", wakeup=Support.YES),
    VehicleType(code="MG5", name="MG 5 (2020-2023)", wakeup=Support.YES),
    VehicleType(code="MGA", name="MG ZS EV (UK/EU)", wakeup=Support.YES),
    VehicleType(code="MGB", name="MG ZS EV (AU/TH)", wakeup=Support.YES),
    VehicleType(code="MGD", name="MG ZS EV (SR) (2023-)", wakeup=Support.YES),
    VehicleType(code="MI", name="Trio"),
    VehicleType(code="MINISE", name="Mini Cooper SE"),
    VehicleType(code="MPL60S", name="Maple 60S"),
    VehicleType(code="MT90", name="Maxus T90 EV"),
    VehicleType(
        code="NEVO",
        name="NIU MQi GT EVO/100",
        wakeup=Support.YES,
        homelink=("charge_start", "charge_stop"),
        charge_start=Support.YES,
        charge_stop=Support.YES,
    ),
    # All of it needs write access to the CAN bus; the limit also the setting that lets the module stop a charge.
    VehicleType(
        code="NL",
        name="Nissan Leaf",
        lock=Support.CONDITIONAL,
        pin=PinUse.IGNORED,
        wakeup=Support.CONDITIONAL,
        homelink=("climate_on", "climate_off"),
        climate_on=Support.CONDITIONAL,
        climate_off=Support.CONDITIONAL,
        charge_start=Support.CONDITIONAL,
        charge_stop=Support.CONDITIONAL,
        charge_limit=ChargeLimit(param="xnl", instance="suffsoc"),
    ),
    VehicleType(code="NONE", name="Empty Vehicle"),
    VehicleType(code="NR", name="Energica"),
    VehicleType(code="O2", name="OBDII"),
    # Lock limits the speed to its argument in km/h, and valet the way to go in km. The charge limit stops a charge only
    # in charge mode "storage", which every other than "standard" becomes. Of a current it makes one of seven levels of
    # 5 A, the next below, and of less than 5 A none, which is no limit at all.
    VehicleType(
        code="RT",
        name="Renault Twizy",
        lock=Support.YES,
        pin=PinUse.NOT_A_PIN,
        valet=Valet.OTHER,
        charge_stop=Support.YES,
        charge_mode=Support.YES,
        charge_modes=(ChargeMode.STANDARD, ChargeMode.STORAGE),
        charge_current=Support.YES,
        charge_currents=ChargeCurrents(least=5, most=35, step=5),
        charge_limit=ChargeLimit(param="xrt", instance="suffsoc"),
    ),
    # Only the Kangoo locks; climate control switches itself off.
    VehicleType(
        code="RZ",
        name="Renault Zoe/Kangoo",
        lock=Support.CONDITIONAL,
        pin=PinUse.IGNORED,
        valet=Valet.NONE,
        wakeup=Support.YES,
        homelink=("climate_on", "climate_off"),
        climate_on=Support.CONDITIONAL,
    ),
    # Needs access to the vehicle's own CAN bus; the car offers no way to switch climate control off.
    VehicleType(
        code="RZ2",
        name="Renault Zoe Ph2",
        lock=Support.CONDITIONAL,
        wakeup=Support.YES,
        homelink=("climate_on", "long_precondition", "abort_long_precondition"),
        climate_on=Support.CONDITIONAL,
    ),
    # Lock needs relays at the module's outputs; valet switches the ignition with one of them.
    VehicleType(
        code="SE",
        name="Smart ED 3.Gen",
        lock=Support.CONDITIONAL,
        pin=PinUse.IGNORED,
        valet=Valet.OTHER,
        wakeup=Support.YES,
        homelink=("climate_on", "climate_off"),
        climate_on=Support.CONDITIONAL,
        climate_off=Support.CONDITIONAL,
        charge_current=Support.CONDITIONAL,
    ),
    # Climate control runs for a set time; "off" only cancels a repetition that is still to come.
    VehicleType(
        code="SQ",
        name="smart 453 4.Gen",
        lock=Support.CONDITIONAL,
        pin=PinUse.IGNORED,
        valet=Valet.NONE,
        wakeup=Support.YES,
        homelink=("climate_5_min", "climate_10_min", "climate_15_min"),
        climate_on=Support.CONDITIONAL,
    ),
    VehicleType(code="T3", name="Tesla Model 3"),
    VehicleType(code="TGTC", name="Think City", valet=Valet.NONE),
    VehicleType(
        code="TR",
        name="Tesla Roadster",
        lock=Support.YES,
        pin=PinUse.SENT_TO_CAR,
        wakeup=Support.YES,
        homelink=("homelink", "homelink", "homelink"),
        charge_start=Support.YES,
        charge_stop=Support.YES,
        charge_mode=Support.YES,
        charge_current=Support.YES,
        cooldown=Support.YES,
    ),
    VehicleType(code="TS", name="Tesla Model S"),
    VehicleType(code="TYR4", name="Toyota RAV4 EV"),
    # As the Bolt; starting and stopping a charge is a part of the charge limit and needs it enabled.
    VehicleType(
        code="VA",
        name="Chevrolet Volt/Ampera",
        lock=Support.CONDITIONAL,
        wakeup=Support.YES,
        homelink=_CHEVROLET_BUTTONS,
        climate_on=Support.CONDITIONAL,
        climate_off=Support.CONDITIONAL,
        charge_start=Support.CONDITIONAL,
        charge_stop=Support.CONDITIONAL,
        charge_current=Support.YES,
        charge_limit=ChargeLimit(param="xva", instance="chargelimit.soc"),
    ),
    VehicleType(
        code="VWEG",
        name="VW e-Golf",
        lock=Support.YES,
        wakeup=Support.YES,
        climate_on=Support.YES,
        climate_off=Support.YES,
        charge_start=Support.YES,
        charge_stop=Support.YES,
        charge_current=Support.YES,
    ),
    # The buttons hand their number on as off or on, one lower. All but waking needs the comfort CAN bus of the car.
    VehicleType(
        code="VWUP",
        name="VW e-Up",
        wakeup=Support.YES,
        homelink=("climate_off", "climate_on", "climate_on"),
        climate_on=Support.CONDITIONAL,
        climate_off=Support.CONDITIONAL,
        charge_start=Support.CONDITIONAL,
        charge_stop=Support.CONDITIONAL,
        charge_current=Support.CONDITIONAL,
        charge_limit=ChargeLimit(param="xvu", instance="chg_soclimit"),
    ),
    VehicleType(code="XX", name="TRACK"),
    # Valet answers that it succeeded and does nothing.
    VehicleType(code="ZEVA", name="ZEVA BMS", valet=Valet.NONE, charge_current=Support.YES),
    VehicleType(code="ZOM", name="ZOMBIE VCU"),
)

VEHICLE_TYPES: Final[Mapping[str, VehicleType]] = MappingProxyType({each.code: each for each in _TYPES})
"""The vehicle modules of the firmware, by code."""

UNKNOWN_VEHICLE: Final = VehicleType(code="", name="Vehicle", valet=Valet.NONE)
"""What is known of a vehicle that has not told its type: nothing is offered that might not exist."""


def vehicle_type(code: str | None) -> VehicleType:
    """Return what is known of a vehicle's type.

    Args:
        code: What the module published as ``v.type``; nothing yet, or empty, when no vehicle module is loaded.

    Returns:
        The type, or for a code that is newer than this table one that can do nothing but keeps the code.
    """
    if not code:
        return UNKNOWN_VEHICLE
    return VEHICLE_TYPES.get(code) or replace(UNKNOWN_VEHICLE, code=code)
