"""Each type of vehicle makes of a command what its firmware module makes of it."""

import pytest

from simulators.ovms_module import Firmware, OvmsModule
from simulators.ovms_module.metrics import car_types
from simulators.ovms_module.vehicles import CAR_TYPES, car_type

NOT_AVAILABLE = " functionality not available\n"
ACTIONS = {
    "lock": "lock 1234",
    "unlock": "unlock 1234",
    "valet": "valet 1234",
    "wakeup": "wakeup",
    "homelink": "homelink 1",
    "climate on": "climatecontrol on",
    "climate off": "climatecontrol off",
    "charge start": "charge start",
    "charge stop": "charge stop",
    "mode": "charge mode range",
    "current": "charge current 10",
    "cooldown": "charge cooldown",
}


def made(code: str, pin: str = "1234") -> OvmsModule:
    """A module in a car of this type, without a link."""
    return OvmsModule(vehicle_type=code, pin=pin, speed=0)


@pytest.mark.parametrize(
    ("code", "missing"),
    [
        ("NL", {"mode", "current", "cooldown"}),
        ("VWUP", {"lock", "unlock", "mode", "cooldown"}),
        ("RT", {"wakeup", "homelink", "climate on", "climate off", "charge start", "cooldown"}),
        ("RZ2", {"charge start", "charge stop", "mode", "current", "cooldown"}),
        (
            "RZ",
            {"lock", "unlock", "valet", "climate off", "charge start", "charge stop", "mode", "current", "cooldown"},
        ),
        ("KS", set(ACTIONS) - {"lock", "unlock", "valet"}),
        ("TR", {"climate on", "climate off"}),
        ("SE", {"charge start", "charge stop", "mode", "cooldown"}),
        ("FT5E", {"climate on", "climate off", "mode", "current", "cooldown"}),
        ("VA", {"mode", "cooldown"}),
        ("DEMO", {"homelink", "climate on", "climate off", "mode", "cooldown"}),
        ("BMWI3", set(ACTIONS) - {"valet"}),
    ],
)
async def test_what_is_not_available(code: str, missing: set[str]) -> None:
    """Every vehicle has every command, and says of most that it cannot do it."""
    module = made(code)
    answers = {action: module.run(line) for action, line in ACTIONS.items()}
    assert {action for action, answer in answers.items() if answer.endswith(NOT_AVAILABLE)} == missing
    assert all(answer.startswith("Error: ") for action, answer in answers.items() if action in missing)


async def test_a_climate_control_that_cannot_be_stopped() -> None:
    """Some modules do not have the command; that of the Zoe has it, and fails."""
    for code, answer in (("RZ2", "Error: Climate Control failed\n"), ("RZ", f"Error: Climate Control{NOT_AVAILABLE}")):
        module = made(code)
        module.run("climatecontrol on")
        assert module.run("climatecontrol off") == answer
        assert module["v.e.hvac"]


async def test_a_twizy_that_charges_can_only_be_stopped() -> None:
    """It begins by itself when it is plugged in."""
    module = made("RT")
    await module.start_charging()
    assert module.run("charge stop") == "Charge has been stopped\n"
    assert not module["v.c.charging"]
    assert module.run("charge start") == f"Error: Charge start{NOT_AVAILABLE}"
    assert not module["v.c.charging"]


@pytest.mark.parametrize(
    ("code", "pin", "answer", "locked"),
    [
        ("KS", "1234", "Vehicle unlocked\n", False),
        ("KS", "9999", "Error: vehicle could not be unlocked\n", True),
        ("NL", "9999", "Vehicle unlocked\n", False),
        ("TR", "1234", "Vehicle unlocked\n", False),
        ("TR", "9999", "Vehicle unlocked\n", True),
    ],
)
async def test_what_becomes_of_a_pin(code: str, pin: str, answer: str, locked: bool) -> None:
    """It is checked, ignored, or handed to the car, which does not say what it made of it."""
    module = made(code)
    assert module.run(f"unlock {pin}") == answer
    assert module["v.e.locked"] is locked


async def test_twizy_arguments_are_no_pins() -> None:
    """Locking limits the speed, and valet mode the distance."""
    module = made("RT")
    odometer = module["v.p.odometer"]
    assert module.run("lock 1234") == "Vehicle locked\n"
    assert module["xrt.v.e.locked.speed"] == 1234
    assert module.run("valet 5") == "Vehicle valet mode activated\n"
    assert module["v.e.valet"]
    assert isinstance(odometer, float)
    assert module["xrt.v.e.valet.odo"] == pytest.approx(odometer + 5)
    assert module.run("unlock x") == "Vehicle unlocked\n"


async def test_valet() -> None:
    """The framework's valet mode checks the PIN only when it changes something."""
    module = made("KS")
    assert module.run("valet 9999") == "Error: vehicle could not activate valet mode\n"
    assert module.run("unvalet 9999") == "Vehicle valet mode deactivated\n"
    assert module.run("valet 1234") == "Vehicle valet mode activated\n"
    assert module["v.e.valet"] == 1
    assert module.run("unvalet 1234") == "Vehicle valet mode deactivated\n"
    assert module["v.e.valet"] == 0


async def test_valet_that_is_none() -> None:
    """Some types use the command for something else, or for nothing."""
    fiat = made("FT5E")
    await fiat.set("v.e.hvac", value=False, publish=False)
    fiat.run("valet 1")
    assert fiat["v.e.hvac"]
    smart = made("SE")
    smart.run("valet 1")
    assert (smart["v.e.on"], smart["v.e.valet"]) == (True, False)
    zeva = made("ZEVA")
    assert zeva.run("valet 1") == "Vehicle valet mode activated\n"
    assert not zeva["v.e.valet"]


async def test_homelink() -> None:
    """The buttons mean something else on every type, and have limits."""
    leaf = made("NL")
    assert leaf.run("homelink 1") == "Homelink #1 activated\n"
    assert leaf["v.e.hvac"] == 1
    assert leaf.run("homelink 2 100") == "Homelink #2 activated\n"
    assert leaf["v.e.hvac"] == 0
    assert leaf.run("homelink 3") == "Error: Homelink functionality not available\n"
    assert leaf.run("homelink 4") == "Error: Homelink button should be in range 1..3\n"
    assert leaf.run("homelink 1 99") == "Error: Minimum homelink timer duration 100ms\n"
    up = made("VWUP")
    up.run("homelink 2")
    assert up["v.e.hvac"] == 1
    up.run("homelink 1")
    assert up["v.e.hvac"] == 0
    volt = made("VA")
    volt.run("homelink 3")
    assert volt["v.e.awake"] == 1
    niu = made("NEVO")
    await niu.plug_in()
    niu.run("homelink 1")
    assert niu["v.c.charging"] == 1
    niu.run("homelink 2")
    assert niu["v.c.charging"] == 0


async def test_a_module_that_may_not_write() -> None:
    """Without its owner's permission the module does not act on the car's bus."""
    module = made("NL")
    module.config["xnl", "canwrite"] = "no"
    assert module.run("unlock 1234") == "Error: vehicle could not be unlocked\n"
    assert module.run("climatecontrol on") == "Error: Climate Control failed\n"
    assert module.run("charge start") == "Error: Could not start charge\n"
    assert module.run("wakeup") == "Error: vehicle could not be woken\n"
    assert module.run("homelink 1") == "Error: Could not activate homelink #1\n"
    assert module.executed == []


async def test_charge_commands() -> None:
    """Mode, current, start, stop, cooldown."""
    module = made("TR")
    assert module.run("charge mode storage") == "Charge mode 'storage' set\n"
    assert module["v.c.mode"] == "storage"
    assert module.run("charge current 13A") == "Charge current limit set to 13A\n"
    assert module["v.c.climit"] == 13
    assert module.run("charge current much") == "Charge current limit set to 0A\n"
    assert module.run("charge start") == "Charge has been started\n"
    assert module["v.c.charging"] == 0
    await module.plug_in()
    module.run("charge start")
    assert module["v.c.charging"] == 1
    assert module.run("charge stop") == "Charge has been stopped\n"
    assert module["v.c.charging"] == 0
    assert module.run("charge cooldown") == "Cooldown has been started\n"
    assert module["v.e.cooling"]
    assert made("SE").run("charge current 13") == "Charge current limit set to 13A\n"


async def test_twizy_charge_mode_is_a_setting() -> None:
    """Only in storage mode does the sufficient state of charge stop a charge."""
    module = made("RT")
    module.run("config set xrt suffsoc 63")
    await module.start_charging()
    await module.tick(120)
    assert module["v.c.state"] == "charging"
    module.run("charge mode storage")
    await module.tick(5)
    assert (module["v.c.state"], module["v.c.substate"]) == ("stopped", "scheduledstop")


async def test_twizy_knows_two_charge_modes_and_seven_currents() -> None:
    """It says that it set what was asked, and sets what it has: the level below, or none."""
    module = made("RT")
    for mode, taken in (("range", "storage"), ("standard", "standard"), ("performance", "storage")):
        assert module.run(f"charge mode {mode}") == f"Charge mode '{mode}' set\n"
        assert module["v.c.mode"] == taken
        assert module.config["xrt", "chargemode"] == str(int(taken == "storage"))
    for ampere, level in ((4, 0), (5, 1), (16, 3), (35, 7)):
        assert module.run(f"charge current {ampere}") == f"Charge current limit set to {ampere}A\n"
        assert (module["v.c.climit"], module.config["xrt", "chargelevel"]) == (level * 5, str(level))


async def test_volt_sets_the_highest_current_that_is_not_above() -> None:
    """It has two, and fails below the lower one."""
    module = made("VA")
    for ampere, limit in ((32, 10), (10, 10), (9, 6), (6, 6)):
        assert module.run(f"charge current {ampere}") == f"Charge current limit set to {ampere}A\n"
        assert module["v.c.climit"] == limit
    assert module.run("charge current 5") == "Error: Could not set charge current limit to 5A\n"
    assert module["v.c.climit"] == 6


@pytest.mark.parametrize(
    ("code", "refused"),
    [
        ("VWUP", {"climate on", "climate off", "charge start", "charge stop", "homelink 1", "homelink 2"}),
        ("VA", {"climate on", "climate off", "homelink 1", "homelink 2"}),
        ("RZ2", {"climate on", "homelink 1"}),
        ("NL", set()),
    ],
)
async def test_some_modules_refuse_what_already_is_so(code: str, refused: set[str]) -> None:
    """And say no more of it than that it failed. What is not so they do."""
    lines = {
        "climate on": ("climatecontrol on", "v.e.hvac", True),
        "climate off": ("climatecontrol off", "v.e.hvac", False),
        "charge start": ("charge start", "v.c.charging", True),
        "charge stop": ("charge stop", "v.c.charging", False),
        "homelink 1": ("homelink 1", "v.e.hvac", code != "VWUP"),
        "homelink 2": ("homelink 2", "v.e.hvac", code == "VWUP"),
    }
    never = {"RZ2": {"climate off", "charge start", "charge stop", "homelink 2"}}.get(code, set())
    for name in lines.keys() - never:
        line, metric, to = lines[name]
        for so in (True, False):
            module = made(code)
            await module.plug_in()
            await module.set(metric, value=to if so else not to, publish=False)
            assert module.run(line).startswith("Error: ") is (so and name in refused), (name, so)
            assert module[metric] is to


def test_all_types() -> None:
    """The firmware knows 49 types; an unknown one is a vehicle of that name."""
    assert len(CAR_TYPES) == 49
    assert list(CAR_TYPES) == sorted(CAR_TYPES)
    assert car_type("NEW").name == "NEW"
    assert set(car_types()) <= set(CAR_TYPES)


@pytest.mark.parametrize("firmware", list(Firmware))
@pytest.mark.parametrize("code", [*car_types(), "BMWI3"])
async def test_data_of_every_type(code: str, firmware: Firmware) -> None:
    """A car has between 60 and 220 metrics, and on old firmware none that came later."""
    module = OvmsModule(vehicle_type=code, firmware=firmware, speed=0)
    defined = {metric.definition.name for metric in module.metrics if metric.defined}
    assert 60 <= len(defined) <= 220
    assert defined >= {"v.b.soc", "v.e.locked", "v.p.odometer", "v.vin", "m.version", "v.p.latitude"}
    assert ("v.b.capacity" in module.metrics) == (firmware.value.number >= (3, 3, 5))
    assert ("v.p.gpstime" in defined) == (firmware.value.number >= (3, 3, 3))
    module.run("stat")
    await module.drive()
    await module.tick(5)
