"""A vehicle hands its commands to its link when that is the right thing to do, and otherwise to nobody."""

import asyncio
from collections.abc import Iterable
from typing import override

import pytest

from custom_components.open_ev.clients.ovms import commands
from custom_components.open_ev.clients.ovms.errors import (
    EmptyAnswer,
    Failed,
    FirmwareTooOld,
    InvalidArgument,
    LinkError,
    NoAnswer,
    Unsupported,
    VehicleOffline,
)
from custom_components.open_ev.clients.ovms.follow_up import Effect
from custom_components.open_ev.clients.ovms.vehicle import Aspect, Vehicle


class Wire:
    """A link to a module that answers the same to everything."""

    def __init__(self) -> None:
        self.connected = True
        self.answer = "Vehicle locked\n"
        self.sent: list[object] = []
        self.careful: list[bool] = []
        self.effects: list[Effect | None] = []

    async def execute(self, line: str, *, timeout: float, careful: bool) -> str:
        """Answer."""
        self.sent.append((line, timeout))
        self.careful.append(careful)
        return self.answer

    def acted(self, effect: Effect | None) -> None:
        """Take note."""
        self.effects.append(effect)

    async def request(self, names: Iterable[str]) -> None:
        """Take the names."""
        self.sent.append(list(names))

    async def read_config(self, param: str, instance: str) -> str:
        """Answer."""
        self.sent.append((param, instance))
        return self.answer


@pytest.fixture
def wire(vehicle: Vehicle) -> Wire:
    """A link that is up."""
    link = Wire()
    vehicle.attach(link)
    return link


@pytest.mark.parametrize("online", [True, None])
async def test_a_command_goes_out_once(vehicle: Vehicle, wire: Wire, online: bool | None) -> None:
    """To a module that is there, and to one of which nobody knows."""
    vehicle.report_online(online=online)
    assert vehicle.link_connected
    assert await vehicle.send(commands.lock("1234")) == "Vehicle locked"
    assert wire.sent == [("lock 1234", commands.ANSWER_TIMEOUT)]


async def test_what_acts_is_sent_with_care(vehicle: Vehicle, wire: Wire) -> None:
    """And what only tells something without."""
    wire.answer = "Hardware: ..."
    await vehicle.send(commands.raw("stat"))
    await vehicle.send(commands.firmware_status())
    assert wire.careful == [True, False]


async def test_a_refusal_is_an_error(vehicle: Vehicle, wire: Wire) -> None:
    """In the module's words; the command went out."""
    wire.answer = "Error: Vehicle lock functionality not available\n"
    with pytest.raises(Unsupported, match="functionality not available"):
        await vehicle.send(commands.lock("1234"))
    assert len(wire.sent) == 1


async def test_without_a_link_nothing_goes_out(vehicle: Vehicle) -> None:
    """There may be none yet."""
    with pytest.raises(LinkError):
        await vehicle.send(commands.lock("1234"))
    vehicle.attach(None)
    assert not vehicle.link_connected


async def test_a_link_that_is_down_carries_nothing(vehicle: Vehicle, wire: Wire) -> None:
    """Neither commands nor requests, and waiting for the vehicle is no waiting for the link."""
    wire.connected = False
    assert not vehicle.link_connected
    with pytest.raises(LinkError):
        await vehicle.send(commands.lock("1234"), wait_for_vehicle=60)
    with pytest.raises(LinkError):
        await vehicle.request(["v.b.soc"])
    with pytest.raises(LinkError):
        await vehicle.read_config("vehicle", "id")
    assert wire.sent == []


async def test_a_module_that_is_away_is_sent_nothing(vehicle: Vehicle, wire: Wire) -> None:
    """What a broker kept for it would run whenever it comes back."""
    vehicle.report_online(online=False)
    for sending in (
        vehicle.send(commands.unlock("1234")),
        vehicle.send(commands.unlock("1234"), wait_for_vehicle=0.01),
        vehicle.request(["v.b.soc"]),
        vehicle.read_config("vehicle", "id"),
    ):
        with pytest.raises(VehicleOffline):
            await sending
    assert wire.sent == []


async def test_a_command_waits_for_the_vehicle_if_the_user_does(vehicle: Vehicle, wire: Wire) -> None:
    """Only here, and only as long; it goes out when the module is there."""
    vehicle.report_online(online=False)
    sending = asyncio.create_task(vehicle.send(commands.lock("1234"), wait_for_vehicle=60))
    await asyncio.sleep(0.01)
    vehicle.report_link()
    await asyncio.sleep(0.01)
    assert wire.sent == []
    vehicle.report_online(online=True)
    assert await sending == "Vehicle locked"
    assert len(wire.sent) == 1


async def test_nobody_waits_any_more(vehicle: Vehicle, wire: Wire) -> None:
    """A cancelled command is not sent when the vehicle comes."""
    vehicle.report_online(online=False)
    sending = asyncio.create_task(vehicle.send(commands.lock("1234"), wait_for_vehicle=60))
    await asyncio.sleep(0.01)
    sending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sending
    vehicle.report_online(online=True)
    await asyncio.sleep(0.01)
    assert wire.sent == []


async def test_older_firmware_is_not_sent_what_it_does_not_know(vehicle: Vehicle, wire: Wire) -> None:
    """The error names the first that does; all firmwares lock."""
    vehicle.update("m.version", "3.3.005/ota_0/main")
    for sending in (
        vehicle.send(commands.schedule_list()),
        vehicle.request(["v.b.soc"]),
        vehicle.read_config("vehicle", "id"),
    ):
        with pytest.raises(FirmwareTooOld, match=r"firmware 3\.3\.006 or newer is needed") as raised:
            await sending
        assert raised.value.needed == "3.3.006"
    vehicle.update("m.version", "3.2.016/ota_0/main")
    with pytest.raises(FirmwareTooOld, match=r"3\.3\.002"):
        await vehicle.send(commands.server_update(commands.UpdateScope.ALL))
    assert wire.sent == []
    await vehicle.send(commands.lock("1234"))
    assert len(wire.sent) == 1


async def test_the_firmware_that_comes_up_counts(vehicle: Vehicle, wire: Wire) -> None:
    """A module may be updated while somebody waits for it, and back."""
    vehicle.update("m.version", "3.3.006/ota_0/main", stored=True)
    vehicle.report_online(online=False)
    sending = asyncio.create_task(vehicle.send(commands.schedule_list(), wait_for_vehicle=60))
    await asyncio.sleep(0.01)
    vehicle.update("m.version", "3.3.005/ota_1/main")
    with pytest.raises(FirmwareTooOld):
        await sending
    assert wire.sent == []


async def test_unknown_firmware_is_asked(vehicle: Vehicle, wire: Wire) -> None:
    """It may know, and says so if not."""
    await vehicle.request(["v.b.*", "v.e.on"])
    assert await vehicle.read_config("vehicle", "id") == "Vehicle locked\n"
    assert wire.sent == [["v.b.*", "v.e.on"], ("vehicle", "id")]


async def test_what_must_not_be_asked_for_is_not(vehicle: Vehicle, wire: Wire) -> None:
    """Secrets, and names that are none; one bad name spoils the request."""
    with pytest.raises(InvalidArgument):
        await vehicle.request(["v.b.soc", "*b*"])
    for param, instance in (("password", "pin"), ("wifi.ssid", "Home"), ("modem", "apn.password"), ("", "")):
        with pytest.raises(InvalidArgument):
            await vehicle.read_config(param, instance)
    assert wire.sent == []


async def test_errors_of_the_link_pass(vehicle: Vehicle) -> None:
    """Silence is silence."""

    class Silent(Wire):
        @override
        async def execute(self, line: str, *, timeout: float, careful: bool) -> str:
            raise NoAnswer("no answer")

    vehicle.attach(Silent())
    with pytest.raises(NoAnswer):
        await vehicle.send(commands.lock("1234"))
    assert not vehicle.knows([Aspect.HEARD])


# What becomes of it


async def test_what_was_done_is_to_be_reported(vehicle: Vehicle, wire: Wire) -> None:
    """And what may have been; not what was refused, what is no matter of metrics, and what only tells something."""
    wire.answer = "Vehicle locked"
    await vehicle.send(commands.lock("1234"))
    await vehicle.send(commands.raw("anything"))
    wire.answer = ""
    with pytest.raises(EmptyAnswer):
        await vehicle.send(commands.climate(on=True))
    assert [effect and effect.metric for effect in wire.effects] == ["v.e.locked", None, "v.e.hvac"]
    with pytest.raises(EmptyAnswer):
        await vehicle.send(commands.module_reset())
    wire.answer = "Error: vehicle could not be locked"
    with pytest.raises(Failed):
        await vehicle.send(commands.lock("1234"))
    wire.answer = "Hardware: ..."
    await vehicle.send(commands.firmware_status())
    assert len(wire.effects) == 3


async def test_an_effect_is_seen_when_it_is_reported_since(vehicle: Vehicle, wire: Wire) -> None:
    """What was known before can be long past, also where it is what was asked for."""
    vehicle.update("v.e.locked", "yes")
    await vehicle.send(commands.lock("1234"))
    (effect,) = wire.effects
    assert effect is not None
    seen = [effect.is_seen()]
    for text in ("no", "yes"):
        vehicle.update("v.e.locked", text)
        seen.append(effect.is_seen())
    assert seen == [False, False, True]


@pytest.mark.parametrize(
    ("command", "answer", "text"),
    [
        (commands.unlock("1"), "Vehicle unlocked", "no"),
        (commands.unvalet("1"), "Vehicle valet mode deactivated", "no"),
        (commands.wakeup(), "Vehicle has been woken", "yes"),
        (commands.climate(on=False), "Climate Control off", "no"),
        (commands.charge_stop(), "Charge has been stopped", "no"),
        (commands.charge_mode(commands.ChargeMode.RANGE), "Charge mode 'range' set", "range"),
        (commands.charge_current(16), "Charge current limit set to 16A", "16"),
        (commands.set_config("xnl", "suffsoc", "80", effect=("v.c.limit.soc", 80.0)), "Parameter has been set.", "80"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_every_effect_is_one_that_a_module_reports(
    vehicle: Vehicle, wire: Wire, command: commands.Command, answer: str, text: str
) -> None:
    """By the name and in the words of the firmware."""
    wire.answer = answer
    await vehicle.send(command)
    (effect,) = wire.effects
    assert effect is not None
    assert not effect.is_seen()
    vehicle.update(effect.metric, text)
    assert effect.is_seen()
