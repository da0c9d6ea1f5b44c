"""The module's shell understands and answers as the firmware's does."""

from datetime import UTC, datetime

import pytest

from simulators.ovms_module import Firmware, Knobs, OvmsModule
from simulators.ovms_module.shell import BadQuoting, leading_integer, split

PIN = "1234"


def module_of(code: str = "NL", firmware: Firmware = Firmware.V3_3_006, pin: str = PIN) -> OvmsModule:
    """A module that is not connected to anything."""
    start = datetime(2026, 11, 20, 12, tzinfo=UTC)  # a Friday
    return OvmsModule(vehicle_type=code, firmware=firmware, pin=pin, speed=0, start=start)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("lock 1234", ["lock", "1234"]),
        ("  lock   1234  ", ["lock", "1234"]),
        ("notify 'two words' \"and 'more'\"", ["notify", "two words", "and 'more'"]),
        ("", []),
    ],
)
def test_split(line: str, words: list[str]) -> None:
    """Blanks separate, quotes keep together."""
    assert split(line) == words


@pytest.mark.parametrize("line", ["lock 'open", "x " * 129, "'a' " * 11])
def test_split_refuses(line: str) -> None:
    """An open quote, or too many words."""
    with pytest.raises(BadQuoting):
        split(line)


@pytest.mark.parametrize(
    ("text", "number"), [("16", 16), ("16A", 16), ("-3", -3), ("+3", 3), ("A16", 0), ("", 0), ("--3", 0), (" 7", 7)]
)
def test_numbers_are_read_as_in_c(text: str, number: int) -> None:
    """What is not a number is 0."""
    assert leading_integer(text) == number


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("fly", "Unrecognised command\n"),
        ("charge fly", "Unrecognised command\nUsage: charge cooldown|current|mode|start|stop\n"),
        ("charge", "Subcommand required\nUsage: charge cooldown|current|mode|start|stop\n"),
        ("c", "Unrecognised command\n"),
        ("lock", "Usage: lock <pin>\n"),
        ("lock 1 2", "Usage: lock <pin>\n"),
        ("lock ?", "Usage: lock <pin>\n"),
        ("charge current", "Usage: charge current <amps>\n"),
        ("lock 'x", "ERROR:too many tokens or invalid quoting\n"),
        ("metrics ?", "get                 \nlist                \nset                 \n"),
        ("wakeup", "Vehicle has been woken\n"),
        ("wakeup\nstat trip", "Vehicle has been woken\nTrip: 12.3km\n"),
        ("wakeup\n\nfly", "Vehicle has been woken\nUnrecognised command\n"),
        ("wak", "Vehicle has been woken\n"),
        ("", ""),
    ],
)
async def test_framework_answers(line: str, answer: str) -> None:
    """Unknown commands, wrong numbers of arguments, several lines, unique beginnings of words."""
    assert module_of().run(line) == answer


async def test_long_lines_are_cut() -> None:
    """What is beyond 799 characters is dropped without a word."""
    module = module_of()
    module.run(f"metrics set m.serial '{'x' * 400}'")
    assert module["m.serial"] == "x" * 400
    assert module.run(f"metrics set m.serial {'y' * 2000}") == "Metric set\n"
    assert module["m.serial"] == "y" * (799 - len("metrics set m.serial "))


async def test_what_was_received_and_what_was_done() -> None:
    """Every line is noted, and apart from that those that did something."""
    module = module_of("RZ2")
    module.run("unlock 9999\nunlock 1234\nfly\nlock\ncharge start")
    assert module.received == ["unlock 9999", "unlock 1234", "fly", "lock", "charge start"]
    assert module.executed == ["unlock 1234"]


@pytest.mark.parametrize(
    ("knobs", "answer", "locked"),
    [
        (Knobs(), "Vehicle unlocked\n", False),
        (Knobs(refuse=True), "Error: vehicle could not be unlocked\n", True),
        (Knobs(confirm=False), "Vehicle unlocked\n", True),
        (Knobs(reply_override="Unrecognised command"), "Unrecognised command\n", True),
    ],
)
async def test_knobs(knobs: Knobs, answer: str, locked: bool) -> None:
    """A car can refuse, or say yes and do nothing; a module can be made to answer anything."""
    module = OvmsModule(knobs=knobs, speed=0)
    assert module.run("unlock 1234") == answer
    assert module["v.e.locked"] is locked
    assert module.executed == ([] if locked else ["unlock 1234"])


async def test_confirmation_can_be_late() -> None:
    """The metrics follow when the delay is over."""
    module = OvmsModule(knobs=Knobs(confirm_delay=5), speed=0)
    assert module.run("unlock 1234") == "Vehicle unlocked\n"
    await module.tick(4)
    assert module["v.e.locked"] == 1
    await module.tick(1)
    assert module["v.e.locked"] == 0


def test_configuration() -> None:
    """Values are set and shown; passwords are hidden here, and only here."""
    module = module_of()
    assert module.run("config list xnl") == (
        "xnl (readable writeable)\n  autocharge: yes\n  canwrite: yes\n  suffsoc: 80\n"
    )
    assert module.run("config set xnl suffsoc 70") == "Parameter has been set.\n"
    assert module["v.c.limit.soc"] == 70
    assert module.run("config set vehicle id OTHER") == "Parameter has been set.\n"
    assert module.run("config set nothing id OTHER") == "Error: parameter not found\n"
    assert module.run("config list password") == "password (protected writeable)\n  module\n  pin\n"
    assert module.run("config list nothing") == "nothing not found\n"
    assert "xnl" in module.run("config list").split()
    assert module.run("config rm xnl suffsoc") == "Instance suffsoc has been removed.\n"
    assert module.run("config rm xnl suffsoc") == "\n"
    assert module.run("config rm nothing x") == "Error: parameter not found\n"


def test_metrics_commands() -> None:
    """Metrics are listed with their units, read, and set."""
    module = module_of()
    assert module.run("metrics list b.range.id") == f"{'v.b.range.ideal':<40} 163.8km\n"
    assert module.run("metrics list -s v.g.timestamp") == "[---] v.g.timestamp\n"
    assert module.run("metrics list -ns v.b.soc").startswith(f"[00-] {'v.b.soc':<40} 62.5%\n")
    assert module.run("metrics list zzz") == "Unrecognised metric name\n"
    assert module.run("metrics get v.b.soc") == "62.5%\n"
    assert module.run("metrics get v.g.timestamp") == "(not set)\n"
    assert module.run("metrics get v.nothing") == "(not found)\n"
    assert module.run("metrics set v.b.soc 41") == "Metric set\n"
    assert module["v.b.soc"] == 41
    assert module.run("metrics set v.b.soc much") == "Metric could not be set\n"
    assert module.run("metrics set v.nothing 1") == "Metric could not be set\n"
    assert module_of(firmware=Firmware.V3_3_003).run("metrics get v.b.soc").startswith("Unrecognised command\n")


async def test_status_commands() -> None:
    """The texts that tell about the module."""
    module = module_of()
    assert module.run("server v3 status") == (
        "State: Waiting to reconnect (0 second(s) remaining)\n       Disconnected from server\n"
    )
    assert module.run("vehicle status") == "Vehicle module 'Nissan Leaf' (code NL) loaded and running\n"
    vehicles = module.run("vehicle list").splitlines()
    assert len(vehicles) == 50
    assert vehicles[0] == "Type            Name"
    assert "RT              Renault Twizy" in vehicles
    assert "Server Available:  3.3.006 (no update required)\n" in module.run("ota status")
    assert "Server Available" not in module.run("ota status nocheck")
    assert module.run("ota status fly") == "Usage: ota status [nocheck]\n"
    assert module.run("stat").splitlines()[:2] == ["Not charging", "SOC: 62.5%"]
    await module.start_charging()
    assert module.run("stat").splitlines()[0] == "Standard - Charging"


@pytest.mark.parametrize(
    ("firmware", "answers"),
    [
        (Firmware.V3_2_016, [False, False, False]),
        (Firmware.V3_3_003, [True, True, False]),
        (Firmware.V3_3_005, [True, True, False]),
        (Firmware.V3_3_006, [True, True, True]),
    ],
)
def test_server_update_exists_from_a_release_on(firmware: Firmware, answers: list[bool]) -> None:
    """Asking for a transmission came with 3.3.002, for position and time with 3.3.006."""
    module = module_of(firmware=firmware)
    assert [
        module.run(f"server v3 update {kind}") == f"Server V3 data update for {kind} metrics has been scheduled\n"
        for kind in ("all", "modified", "priority")
    ] == answers


def test_climate_schedule() -> None:
    """The weekly schedule of 3.3.006."""
    module = module_of()

    def run(line: str) -> str:
        return module.run(f"climatecontrol schedule {line}")

    assert run("list") == "No schedules configured.\n"
    assert run("set mon 7:30/10,06:00") == "Climate control schedule set for mon: 06:00,07:30/10\n"
    assert run("copy mon fri,sat") == "Climate control schedule copied from mon to fri,sat\n"
    assert run("list") == "mon: 06:00,07:30/10\nfri: 06:00,07:30/10\nsat: 06:00,07:30/10\n"
    assert run("status") == "Scheduled precondition: DISABLED\n"
    assert run("enable") == "Scheduled precondition enabled\n"
    assert run("status") == "Scheduled precondition: ENABLED\nNext scheduled: Saturday at 06:00\n"
    assert run("clear sat") == "Climate control schedule cleared for sat\n"
    assert run("set fri 17:00/5") == "Climate control schedule set for fri: 17:00/5\n"
    assert run("status") == "Scheduled precondition: ENABLED\nNext scheduled: Friday at 17:00 (5 min)\n"
    assert run("clear all") == "Climate control schedule cleared for all\n"
    assert run("status") == "Scheduled precondition: ENABLED\n"
    assert run("disable") == "Scheduled precondition disabled\n"
    for wrong in ("set fun 7:00", "set mon 25:00", "set mon 7:00/31", "clear fun", "copy mon fun"):
        assert run(wrong).startswith("ERROR: ")
    assert module_of(firmware=Firmware.V3_3_005).run("climatecontrol schedule list").startswith("Unrecognised")


async def test_an_unset_pin_fits_nothing() -> None:
    """A module that was never set a PIN accepts none."""
    module = module_of("RZ2", pin="")
    assert module.run("unlock ''") == "Error: vehicle could not be unlocked\n"
    assert module.executed == []
