"""What is sent for a line of the shell, and what the answer says in the shell's words."""

import pytest

from custom_components.open_ev.clients.ovms import commands
from custom_components.open_ev.clients.ovms.commands import ChargeMode, Command, Firmware, UpdateScope
from custom_components.open_ev.clients.ovms.errors import (
    CommandRefused,
    Failed,
    FailedWithPin,
    UnknownCommand,
    Unsupported,
)
from custom_components.open_ev.clients.ovms.metrics import STANDARD_METRICS
from custom_components.open_ev.clients.ovms.server_commands import (
    configured_value,
    listed_metrics,
    published_text,
    request_of,
    shell_request,
)
from custom_components.open_ev.clients.ovms.vehicle_types import UNKNOWN_VEHICLE, Support, Valet, VehicleType

ABLE = VehicleType(
    code="ABLE",
    name="All of it",
    lock=Support.YES,
    valet=Valet.PIN,
    wakeup=Support.YES,
    homelink=("climate_on", "climate_off", "wakeup"),
    climate_on=Support.YES,
    climate_off=Support.YES,
    charge_start=Support.YES,
    charge_stop=Support.YES,
    charge_mode=Support.YES,
    charge_current=Support.YES,
    cooldown=Support.YES,
)
FIRST_GENERATION: Firmware = (2, 9, 5)
NUMBERED = [
    (commands.charge_mode(ChargeMode.STANDARD), "C10,0"),
    (commands.charge_mode(ChargeMode.STORAGE), "C10,1"),
    (commands.charge_mode(ChargeMode.RANGE), "C10,3"),
    (commands.charge_mode(ChargeMode.PERFORMANCE), "C10,4"),
    (commands.charge_start(), "C11"),
    (commands.charge_stop(), "C12"),
    (commands.charge_current(16), "C15,16"),
    (commands.wakeup(), "C18"),
    (commands.lock("1234"), "C20,1234"),
    (commands.valet("1234"), "C21,1234"),
    (commands.unlock("1,2"), "C22,1,2"),
    (commands.unvalet("1234"), "C23,1234"),
    (commands.homelink(1), "C24,0"),
    (commands.homelink(3), "C24,2"),
    (commands.cooldown(), "C25"),
    (commands.climate(on=True), "C26,1"),
    (commands.climate(on=False), "C26,0"),
]
SHELL = [
    (commands.homelink(1, 500), "C7,homelink 1 500"),
    (commands.firmware_status(), "C7,ota status nocheck"),
    (commands.server_update(UpdateScope.ALL), "C7,server v2 update all"),
    (commands.raw("charge mode nonsense"), "C7,charge mode nonsense"),
    (commands.raw("charge current 1000"), "C7,charge current 1000"),
    (commands.raw("server v3 status"), "C7,server v3 status"),
    (commands.set_config("xnl", "suffsoc", "80"), "C7,config set xnl suffsoc 80"),
]


def _answered(command: Command, answer: str, vehicle_type: VehicleType = ABLE) -> str:
    request = request_of(command.text, vehicle_type, None)
    assert request is not None
    return command.result(request.read(answer))


@pytest.mark.parametrize(("command", "message"), [*NUMBERED, *SHELL])
def test_what_is_sent(command: Command, message: str) -> None:
    """A number where there is one and the type is known to have the function, else the line."""
    request = request_of(command.text, ABLE, (3, 3, 6))
    assert request is not None
    assert (request.message, request.code) == (message, message[1:].partition(",")[0])


@pytest.mark.parametrize("command", [command for command, _ in NUMBERED])
def test_what_may_not_exist_is_asked_of_the_shell(command: Command) -> None:
    """A number's answer would be the same as if it had failed."""
    request = request_of(command.text, UNKNOWN_VEHICLE, None)
    assert request is not None
    assert request.message == f"C7,{command.text}"


@pytest.mark.parametrize("command", [command for command, _ in NUMBERED])
def test_a_number_is_as_good_as_words(command: Command) -> None:
    """Done, failed with a reason or without, and two ways to say that there is no such function."""
    assert _answered(command, "0")
    assert _answered(command, "0,") == _answered(command, "0")
    without_reason = FailedWithPin if command.pin_checked else Failed
    for answer, error in (
        ("1", without_reason),
        ("1,", without_reason),
        ("1,too cold", Failed),
        ("2", Unsupported),
        ("3,", Unsupported),
    ):
        with pytest.raises(CommandRefused) as raised:
            _answered(command, answer)
        assert type(raised.value) is error
    with pytest.raises(Failed, match="Error: too cold"):
        _answered(command, "1,too cold")


def test_the_first_generation_has_numbers_only() -> None:
    """Whatever its type is; its modules have no shell."""
    request = request_of("charge start", UNKNOWN_VEHICLE, FIRST_GENERATION)
    assert request is not None
    assert request.message == "C11"
    assert request_of("ota status nocheck", UNKNOWN_VEHICLE, FIRST_GENERATION) is None


def test_lines_of_an_answer() -> None:
    """They come with carriage returns between them; commas cannot be told from semicolons any more."""
    command = commands.raw("stat")
    assert _answered(command, "0,Not charging\rSOC: 50%; fine\r") == "Not charging\nSOC: 50%; fine"
    for answer in ("1", "2", ""):
        with pytest.raises(UnknownCommand):
            _answered(command, answer)


def test_commas_of_a_schedule() -> None:
    """It has no semicolons of its own."""
    command = commands.schedule_set(commands.Day.MONDAY, ["07:30/10", "17:00"])
    answer = "0,Climate control schedule set for mon: 07:30/10;17:00\r"
    assert _answered(command, answer) == "Climate control schedule set for mon: 07:30/10,17:00"


def test_what_is_asked_of_a_server_is_asked_of_this_one() -> None:
    """A user does not have to know which it is."""
    command = commands.server_update(UpdateScope.MODIFIED)
    answer = "0,Server V2 data update for modified metrics has been scheduled\r"
    assert _answered(command, answer).startswith("Server V3 data update for modified metrics")
    assert shell_request("server v2 status").read("0,Server V2") == "Server V2"


LISTING = """\
m.net.type                               wifi
v.b.c.temp                               17;18;17.5°C
v.b.consumption                          0Wh/km
v.b.soc                                  53.7%
v.c.timestamp
v.p.location                             home; sweet home
xnl.v.b.e.used                           1.2e-05kWh/100km
  \t
"""


def test_a_list_of_metrics() -> None:
    """Those that are not set have a name and no more."""
    listed = listed_metrics(LISTING)
    assert listed == {
        "m.net.type": "wifi",
        "v.b.c.temp": "17;18;17.5°C",
        "v.b.consumption": "0Wh/km",
        "v.b.soc": "53.7%",
        "v.p.location": "home; sweet home",
        "xnl.v.b.e.used": "1.2e-05kWh/100km",
    }
    texts = {name: published_text(STANDARD_METRICS[name], text) for name, text in listed.items() if name[0] != "x"}
    assert texts == {
        "m.net.type": "wifi",
        "v.b.c.temp": "17,18,17.5",
        "v.b.consumption": "0",
        "v.b.soc": "53.7",
        "v.p.location": "home; sweet home",
    }
    assert published_text(STANDARD_METRICS["v.b.soc"], "1.2e-05kWh/100km") == "1.2e-05"
    assert published_text(STANDARD_METRICS["v.b.soc"], "%") == ""


def test_a_value_of_the_configuration() -> None:
    """One out of many."""
    listing = "vehicle (readable writeable)\n  id: DEMO1\n  name: My: car \n  empty: \n"
    found = [configured_value(listing, instance) for instance in ("id", "name", "empty", "none", "vehicle")]
    assert found == ["DEMO1", "My: car", "", "", ""]


def test_a_pin_is_in_no_representation() -> None:
    """It would end in a log."""
    request = request_of("unlock 4321", ABLE, None)
    assert request is not None
    assert request.message == "C22,4321"
    assert "4321" not in repr(request)
