"""What is sent, and what the answers mean; the answers are those of a simulated module's shell."""

import itertools
import logging

import pytest

from custom_components.open_ev.clients.ovms import commands
from custom_components.open_ev.clients.ovms.commands import ChargeMode, Command, Day, UpdateScope
from custom_components.open_ev.clients.ovms.errors import (
    CommandRefused,
    EmptyAnswer,
    Failed,
    FailedWithPin,
    InvalidArgument,
    UnknownCommand,
    Unsupported,
    UsageError,
)
from simulators.ovms_module import Firmware, Knobs, OvmsModule

PIN = "4711"
CARS = ("NL", "TR", "VWUP", "RZ2", "RT", "DEMO", "KS")

# Every command of the car, and which of the cars above have it.
VEHICLE_COMMANDS: dict[str, tuple[Command, str]] = {
    "lock": (commands.lock(PIN), "NL TR RZ2 RT DEMO KS"),
    "unlock": (commands.unlock(PIN), "NL TR RZ2 RT DEMO KS"),
    "valet": (commands.valet(PIN), "NL TR VWUP RZ2 RT DEMO KS"),
    "unvalet": (commands.unvalet(PIN), "NL TR VWUP RZ2 RT DEMO KS"),
    "wakeup": (commands.wakeup(), "NL TR VWUP RZ2 DEMO"),
    "homelink 1": (commands.homelink(1), "NL TR VWUP RZ2"),
    "homelink 2": (commands.homelink(2, 100), "NL TR VWUP RZ2"),
    "homelink 3": (commands.homelink(3, 60_000), "TR VWUP RZ2"),
    "climate on": (commands.climate(on=True), "NL VWUP RZ2"),
    "charge start": (commands.charge_start(), "NL TR VWUP DEMO"),
    "charge stop": (commands.charge_stop(), "NL TR VWUP RT DEMO"),
    "charge current": (commands.charge_current(16), "TR VWUP RT DEMO"),
    "charge mode": (commands.charge_mode(ChargeMode.STORAGE), "TR RT"),
    "cooldown": (commands.cooldown(), "TR"),
}


def said(module: OvmsModule, command: Command) -> str:
    """What the module answers, as the client takes it."""
    return command.result(module.run(command.text))


@pytest.fixture
async def module() -> OvmsModule:
    """A module that is not connected to anything."""
    return OvmsModule(pin=PIN)


@pytest.mark.parametrize(("car", "name"), itertools.product(CARS, VEHICLE_COMMANDS))
async def test_commands_of_a_car(car: str, name: str) -> None:
    """Where a type has the command its answer is a success and it did something; elsewhere it says that it has not."""
    command, cars = VEHICLE_COMMANDS[name]
    # Some modules refuse to stop what does not run. The first button of an e-Up switches off.
    running = {"v.c.charging": name == "charge stop", "v.e.hvac": (car, name) == ("VWUP", "homelink 1")}
    module = OvmsModule(vehicle_type=car, pin=PIN, metrics=running)
    if car in cars.split():
        answer = said(module, command)
        assert answer
        assert PIN not in answer
        assert module.executed == [command.text]
    else:
        with pytest.raises(Unsupported, match="functionality not available"):
            said(module, command)
        assert module.executed == []


@pytest.mark.parametrize("name", VEHICLE_COMMANDS)
async def test_a_car_that_refuses(name: str) -> None:
    """The firmware's "could not be" is a failure, in its own words."""
    command, cars = VEHICLE_COMMANDS[name]
    module = OvmsModule(vehicle_type=cars.split(maxsplit=1)[0], pin=PIN, knobs=Knobs(refuse=True))
    if name == "unvalet":
        module.metrics.set("v.e.valet", value=True)
    with pytest.raises(Failed, match=r"^Error: .*(?:[Cc]ould not|failed)") as raised:
        said(module, command)
    assert raised.value.reply == str(raised.value)
    assert module.executed == []


@pytest.mark.parametrize("car", ["RZ2", "KS"])
@pytest.mark.parametrize("name", ["lock", "unlock", "valet"])
async def test_a_wrong_pin_fails(car: str, name: str) -> None:
    """Cars whose module checks it say that they could not."""
    command, _ = VEHICLE_COMMANDS[name]
    module = OvmsModule(vehicle_type=car, pin="0000")
    with pytest.raises(Failed) as raised:
        said(module, command)
    assert PIN not in str(raised.value)


async def test_climate_off() -> None:
    """Its two lines are read as one."""
    module = OvmsModule(vehicle_type="VWUP", metrics={"v.e.hvac": True})
    assert said(module, commands.climate(on=False)).split() == ["Climate", "Control", "off"]
    with pytest.raises(Failed):
        commands.climate(on=True).result("Climate Control \noff\n")


@pytest.mark.parametrize("mode", ChargeMode)
async def test_charge_modes(mode: ChargeMode) -> None:
    """All four."""
    module = OvmsModule(vehicle_type="TR")
    assert said(module, commands.charge_mode(mode)) == f"Charge mode '{mode}' set"
    assert module["v.c.mode"] == mode


async def test_system_commands(module: OvmsModule) -> None:
    """Settings, updates, firmware and restart."""
    assert said(module, commands.set_config("xnl", "suffsoc", "80")) == "Parameter has been set."
    assert module.config["xnl", "suffsoc"] == "80"
    for scope in UpdateScope:
        assert said(module, commands.server_update(scope)).startswith("Server V3 data update")
    assert "Firmware:" in said(module, commands.firmware_status())
    with pytest.raises(Failed, match="Error: parameter not found"):
        said(module, commands.set_config("nonsense", "suffsoc", "80"))


@pytest.mark.usefixtures("socket_enabled")
async def test_module_reset(module: OvmsModule) -> None:
    """The answer comes before the restart."""
    assert said(module, commands.module_reset()) == "Resetting system..."


async def test_climate_schedule(module: OvmsModule) -> None:
    """It can be set, copied, switched, shown and cleared."""
    assert said(module, commands.schedule_list()) == "No schedules configured."
    said(module, commands.schedule_set(Day.MONDAY, ["07:30/10", "16:45"]))
    said(module, commands.schedule_copy(Day.MONDAY, [Day.TUESDAY, Day.FRIDAY]))
    shown = said(module, commands.schedule_list())
    assert shown.splitlines() == [f"{day}: 07:30/10,16:45" for day in ("mon", "tue", "fri")]
    assert said(module, commands.schedule_enable(enable=True)) == "Scheduled precondition enabled"
    assert said(module, commands.schedule_status()).startswith("Scheduled precondition: ENABLED")
    assert said(module, commands.schedule_enable(enable=False)) == "Scheduled precondition disabled"
    said(module, commands.schedule_clear(Day.TUESDAY))
    assert "tue" not in said(module, commands.schedule_list())
    said(module, commands.schedule_clear())
    assert said(module, commands.schedule_list()) == "No schedules configured."


async def test_older_firmware_does_not_know_the_schedule() -> None:
    """Sent all the same, it says so."""
    module = OvmsModule(firmware=Firmware.V3_3_005)
    with pytest.raises((UnknownCommand, UsageError)):
        said(module, commands.schedule_list())
    assert commands.schedule_list().firmware == (3, 3, 6)
    assert commands.server_update(UpdateScope.ALL).firmware == (3, 3, 2)
    assert commands.lock(PIN).firmware is None


# Answers


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        ("Unrecognised command\n", UnknownCommand),
        ("Unrecognised command\nUsage: charge current|mode|start|stop\n", UnknownCommand),
        ("Usage: lock <pin>\n", UsageError),
        ("\r\nUsage: lock <pin>", UsageError),
        ("Subcommand required\nUsage: charge current|mode|start|stop\n", UsageError),
        ("Error: Secure command requires 'enable' mode\n", Failed),
        ("ERROR:too many tokens or invalid quoting\n", Failed),
        ("Error: No vehicle module selected\n", Failed),
        ("Error: vehicle could not be locked\n", Failed),
        ("Error: Homelink button should be in range 1..3\n", Failed),
        ("Error: Minimum homelink timer duration 100ms\n", Failed),
        ("Error: Climate Control failed\n", Failed),
        ("Error: Could not set charge current limit to 16A\n", Failed),
        ("Error: parameter is not writeable\n", Failed),
        ("ERROR: Invalid time '7:3'\n", Failed),
        *[
            (f"Error: {function} functionality not available\n", Unsupported)
            for function in (
                "Vehicle lock",
                "Vehicle unlock",
                "Vehicle valet",
                "Vehicle wake",
                "Homelink",
                "Climate Control",
                "Charge start",
                "Charge stop",
                "Charge mode",
                "Charge current limit",
                "Cooldown",
            )
        ],
    ],
)
@pytest.mark.parametrize("command", [commands.lock(PIN, pin_checked=False), commands.raw("stat")], ids=["lock", "raw"])
def test_errors_are_told_apart(command: Command, reply: str, error: type[CommandRefused]) -> None:
    """Each refusal of the shell has its class, for any command, and keeps the module's words on one line."""
    with pytest.raises(CommandRefused) as raised:
        command.result(reply)
    assert type(raised.value) is error
    assert str(raised.value) == " ".join(reply.split())


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        ("Error: vehicle could not be unlocked\n", FailedWithPin),
        ("Error: Vehicle unlock functionality not available\n", Unsupported),
        ("Error: No vehicle module selected\n", Failed),
        ("Error: the car is in motion\n", Failed),
    ],
)
def test_a_pin_is_suspected_where_the_module_gives_no_reason(reply: str, error: type[CommandRefused]) -> None:
    """It has no words for a wrong one; whatever else it says is the reason itself."""
    with pytest.raises(CommandRefused) as raised:
        commands.unlock(PIN).result(reply)
    assert type(raised.value) is error


@pytest.mark.parametrize(
    "reply",
    [
        "Vehicle unlocked",
        "vehicle locked",
        "Vehicle lock",
        "OK",
        "The error: Vehicle locked",
        "�" * 500,
        "x" * 100_000,
    ],
)
def test_what_is_not_the_success_is_a_failure(reply: str) -> None:
    """A lock is only locked when the module says exactly that; what is shown of the rest is bounded."""
    with pytest.raises(Failed) as raised:
        commands.lock(PIN).result(reply)
    assert len(str(raised.value)) <= commands.MAX_REPLY_SHOWN


@pytest.mark.parametrize("reply", ["", "\n", " \r\n\t", "\0", "\x1b[0m\n"])
def test_an_answer_without_a_word(reply: str) -> None:
    """It is neither a success nor a refusal in the module's words, unless nobody knows what the words are."""
    with pytest.raises(EmptyAnswer):
        commands.lock(PIN).result(reply)
    assert commands.schedule_clear().result(reply) == ""


@pytest.mark.parametrize(
    ("reply", "shown"),
    [
        ("Error: \x1b[31mno\x1b[0m", "Error: no"),
        ("Error: \x1b]0;title\x07no", "Error: 0;titleno"),
        ("\x1b[2J\x1b[1;1HError: no", "Error: no"),
        ("Error: n\x9bo\x7f\0", "Error: no"),
        ("Error: \u202eon\u200b", "Error: on"),
        ("Error:\tno\x85way\x0bout\xa0there", "Error: no way out there"),
    ],
)
def test_what_is_not_to_be_seen_is_shown_to_nobody(reply: str, shown: str) -> None:
    """A terminal that shows a log would do what it says."""
    for command in (commands.lock(PIN), commands.raw("stat")):
        with pytest.raises(Failed) as raised:
            command.result(reply)
        assert raised.value.reply == str(raised.value) == shown


def test_a_pin_is_found_among_what_is_not_to_be_seen() -> None:
    """Taken apart it would be shown whole."""
    with pytest.raises(Failed) as raised:
        commands.lock(PIN).result("Error: 47\x1b[1m11\0 is wrong")
    assert raised.value.reply == "Error: *** is wrong"


@pytest.mark.parametrize(
    "reply", ["Charge current limit set to 1A", "Charge current limit set to 160A", "Charge current limit set to 0A"]
)
def test_another_current_is_a_failure(reply: str) -> None:
    """The module reads a number out of anything, and tells which."""
    with pytest.raises(Failed):
        commands.charge_current(16).result(reply)


def test_other_answers_are_handed_on() -> None:
    """A command without a known success returns what was said, its lines kept."""
    assert commands.raw("stat").result("Not charging\nSOC: 80%\n") == "Not charging\nSOC: 80%"
    assert commands.raw("stat").result("") == ""
    assert commands.raw("stat").result("Not \x1b[1mcharging\x1b[0m\r\n\tSOC:\t80%\r\n") == "Not charging\n SOC: 80%"
    assert commands.raw("metrics get v.b.soc").result("(not set)\n") == "(not set)"


@pytest.mark.parametrize(
    ("command", "acts"),
    [
        *((command, True) for command, _ in VEHICLE_COMMANDS.values()),
        (commands.set_config("xnl", "suffsoc", "80"), True),
        (commands.module_reset(), True),
        (commands.schedule_set(Day.MONDAY, ["07:00"]), True),
        (commands.schedule_clear(), True),
        (commands.schedule_copy(Day.MONDAY, [Day.FRIDAY]), True),
        (commands.schedule_enable(enable=False), True),
        (commands.raw("server v3 status"), True),
        (commands.schedule_list(), False),
        (commands.schedule_status(), False),
        (commands.firmware_status(), False),
        (commands.metrics_list(), False),
        (commands.server_update(UpdateScope.ALL), False),
    ],
    ids=lambda value: value.text.replace(PIN, "pin") if isinstance(value, Command) else "",
)
def test_what_acts_is_known(command: Command, acts: bool) -> None:
    """All that does something; and a line of which nobody knows what it does."""
    assert command.acts is acts


# The PIN


def test_the_pin_is_in_nothing_that_is_shown(caplog: pytest.LogCaptureFixture) -> None:
    """Not in a representation, not in an error, not even when the module repeats it."""
    caplog.set_level(logging.DEBUG)
    for make in (commands.lock, commands.unlock, commands.valet, commands.unvalet):
        command = make(PIN)
        assert command.text.endswith(f" {PIN}")
        assert PIN not in repr(command)
        assert PIN not in str(command)
        with pytest.raises(Failed) as raised:
            command.result(f"Error: {PIN} is wrong, {PIN}!")
        assert PIN not in str(raised.value)
        assert PIN not in repr(raised.value)
        assert PIN not in raised.value.reply
        with pytest.raises(InvalidArgument) as invalid:
            make(f"{PIN} ")
        assert PIN not in str(invalid.value)
        assert PIN not in repr(invalid.value)
    assert commands.lock(PIN).result(f"Vehicle locked ({PIN})") == "Vehicle locked (***)"
    assert PIN not in caplog.text
