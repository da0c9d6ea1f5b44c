"""What the vehicle modules do is known for all of them, and nothing is promised for others."""

from collections.abc import Callable
from types import MappingProxyType

import pytest

from custom_components.open_ev.clients.ovms.commands import ChargeMode
from custom_components.open_ev.clients.ovms.vehicle_types import (
    UNKNOWN_VEHICLE,
    VEHICLE_TYPES,
    ChargeCurrents,
    ChargeLimit,
    PinUse,
    Support,
    Valet,
    VehicleType,
    vehicle_type,
)
from simulators.ovms_module.vehicles import Lock, car_type

NO, CONDITIONAL, YES = Support.NO, Support.CONDITIONAL, Support.YES


def _sorted_by[T](read: Callable[[VehicleType], T]) -> dict[T, set[str]]:
    groups: dict[T, set[str]] = {}
    for code, each in VEHICLE_TYPES.items():
        groups.setdefault(read(each), set()).add(code)
    return groups


def test_all_vehicle_modules_are_there() -> None:
    """Forty-nine, each under its own code, with a name."""
    assert len(VEHICLE_TYPES) == 49
    assert all(code == each.code and each.name for code, each in VEHICLE_TYPES.items())
    assert len({each.name for each in VEHICLE_TYPES.values()}) == 49
    assert isinstance(VEHICLE_TYPES, MappingProxyType)


@pytest.mark.parametrize(
    ("command", "conditional", "always"),
    [
        ("lock", "CBOLT NL RZ RZ2 SE SQ VA", "DEMO FT5E KN KS RT TR VWEG"),
        (
            "wakeup",
            "NL",
            "C2CTS CBOLT DEMO FT5E I5 MG4 MG5 MGA MGB MGD NEVO RZ RZ2 SE SQ TR VA VWEG VWUP",
        ),
        ("climate_on", "CBOLT NL RZ RZ2 SE SQ VA VWUP", "VWEG"),
        ("climate_off", "CBOLT NL SE VA VWUP", "VWEG"),
        ("charge_start", "NL VA VWUP", "DEMO FT5E NEVO TR VWEG"),
        ("charge_stop", "NL VA VWUP", "DEMO FT5E NEVO RT TR VWEG"),
        ("charge_mode", "", "RT TR"),
        ("charge_current", "SE VWUP", "CBOLT DEMO RT TR VA VWEG ZEVA"),
        ("cooldown", "", "TR"),
    ],
)
def test_commands_are_offered_where_the_firmware_has_them(command: str, conditional: str, always: str) -> None:
    """A command that a module leaves empty is not one it has."""
    groups = _sorted_by(lambda each: getattr(each, command))
    assert groups.get(CONDITIONAL, set()) == set(conditional.split())
    assert groups[YES] == set(always.split())
    assert groups.keys() <= {NO, CONDITIONAL, YES}


@pytest.mark.parametrize("code", VEHICLE_TYPES)
def test_simulated_cars_can_do_what_is_offered(code: str) -> None:
    """And no more, or a test of the one would say nothing of the other."""
    offered, simulated = VEHICLE_TYPES[code], car_type(code)
    # A type of two cars: the Kangoo has locks, and the simulated one is a Zoe.
    assert (offered.lock is not NO) is (simulated.lock is not Lock.NONE or code == "RZ")
    assert offered.homelink == simulated.homelink
    climate_and_charge = ("climate_on", "climate_off", "charge_start", "charge_stop", "charge_mode", "charge_current")
    for command in ("wakeup", *climate_and_charge, "cooldown"):
        assert (getattr(offered, command) is not NO) is getattr(simulated, command), command


def test_what_becomes_of_the_pin() -> None:
    """A PIN must not be asked for where it is ignored, and never sent where it is a speed."""
    groups = _sorted_by(lambda each: each.pin)
    assert groups[PinUse.NOT_A_PIN] == {"RT"}
    assert groups[PinUse.SENT_TO_CAR] == {"TR"}
    assert groups[PinUse.IGNORED] == {"CBOLT", "DEMO", "FT5E", "NL", "RZ", "SE", "SQ"}
    locking = {code for code, each in VEHICLE_TYPES.items() if each.lock is not NO}
    assert groups[PinUse.CHECKED] & locking == {"KN", "KS", "RZ2", "VA", "VWEG"}


def test_where_valet_is_valet() -> None:
    """The base of all modules has it; a few replace it by something else or by nothing."""
    groups = _sorted_by(lambda each: each.valet)
    assert groups[Valet.OTHER] == {"FT5E", "RT", "SE"}
    assert groups[Valet.NONE] == {"RZ", "SQ", "TGTC", "ZEVA"}
    assert len(groups[Valet.PIN]) == 49 - 3 - 4


def test_what_the_homelink_buttons_do() -> None:
    """Only the Roadster opens garages."""
    assert {code: each.homelink for code, each in VEHICLE_TYPES.items() if each.homelink} == {
        "CBOLT": ("climate_on", "climate_off", "wakeup"),
        "FT5E": ("horn_on", "horn_off", "diagnostic_odometer"),
        "NEVO": ("charge_start", "charge_stop"),
        "NL": ("climate_on", "climate_off"),
        "RZ": ("climate_on", "climate_off"),
        "RZ2": ("climate_on", "long_precondition", "abort_long_precondition"),
        "SE": ("climate_on", "climate_off"),
        "SQ": ("climate_5_min", "climate_10_min", "climate_15_min"),
        "TR": ("homelink", "homelink", "homelink"),
        "VA": ("climate_on", "climate_off", "wakeup"),
        "VWUP": ("climate_off", "climate_on", "climate_on"),
    }


def test_where_a_limit_stops_a_charge() -> None:
    """Other modules have such a setting too, but only estimate a time from it."""
    assert {code: each.charge_limit for code, each in VEHICLE_TYPES.items() if each.charge_limit} == {
        "NL": ChargeLimit(param="xnl", instance="suffsoc"),
        "RT": ChargeLimit(param="xrt", instance="suffsoc"),
        "VA": ChargeLimit(param="xva", instance="chargelimit.soc"),
        "VWUP": ChargeLimit(param="xvu", instance="chg_soclimit"),
    }


def test_which_charge_currents_and_modes_are_different_ones() -> None:
    """Of the cars that can be told, only a Twizy takes several for the same and says nothing of it."""
    assert {code: each.charge_currents for code, each in VEHICLE_TYPES.items() if each.charge_currents.step != 1} == {
        "RT": ChargeCurrents(least=5, most=35, step=5)
    }
    assert VEHICLE_TYPES["TR"].charge_currents == ChargeCurrents(least=1, most=80, step=1)
    modes = _sorted_by(lambda each: each.charge_modes)
    assert modes[ChargeMode.STANDARD, ChargeMode.STORAGE] == {"RT"}
    assert modes[tuple(ChargeMode)] == VEHICLE_TYPES.keys() - {"RT"}


def test_a_known_code_gives_its_type() -> None:
    """The very row of the table."""
    assert vehicle_type("NL") is VEHICLE_TYPES["NL"]


@pytest.mark.parametrize("code", [None, "", "XYZ", "nl", " NL"])
def test_an_unknown_code_promises_nothing(code: str | None) -> None:
    """It keeps its code, so that a report tells which type is missing."""
    assert vehicle_type(code) == VehicleType(code=code or "", name="Vehicle", valet=Valet.NONE)


def test_an_unknown_vehicle_can_do_nothing() -> None:
    """Not even valet mode, which every known module inherits."""
    assert UNKNOWN_VEHICLE.valet is Valet.NONE
    assert not UNKNOWN_VEHICLE.homelink
    assert UNKNOWN_VEHICLE.charge_limit is None
    commands = ("lock", "wakeup", "climate_on", "climate_off", "charge_start", "charge_stop", "charge_mode")
    assert {getattr(UNKNOWN_VEHICLE, command) for command in (*commands, "charge_current", "cooldown")} == {NO}
