"""What already is as it was asked for has not failed, and everything else has."""

from collections.abc import Iterable

import pytest

from custom_components.open_ev.clients.ovms import commands
from custom_components.open_ev.clients.ovms.errors import Failed, Unsupported
from custom_components.open_ev.clients.ovms.switching import switch
from custom_components.open_ev.clients.ovms.vehicle import Vehicle


class Refusing:
    """A link to a module that refuses everything."""

    def __init__(self) -> None:
        self.connected = True
        self.answer = "Error: Climate Control failed\n"
        self.sent: list[str] = []

    async def execute(self, line: str, *, timeout: float, careful: bool) -> str:
        """Refuse."""
        self.sent.append(line)
        return self.answer

    def acted(self, effect: object) -> None:
        """Ask for nothing: it never does."""

    async def request(self, names: Iterable[str]) -> None:
        """Send nothing again."""

    async def read_config(self, param: str, instance: str) -> str:
        """Know nothing."""
        return ""


@pytest.fixture
def link(vehicle: Vehicle) -> Refusing:
    """A link that is up."""
    refusing = Refusing()
    vehicle.attach(refusing)
    return refusing


@pytest.mark.parametrize("on", [True, False])
async def test_what_already_is_so_has_not_failed(vehicle: Vehicle, link: Refusing, on: bool) -> None:
    """Of a module that is there, and of no other state than the one that was asked for."""
    vehicle.update("v.e.hvac", "yes" if on else "no")
    await switch(vehicle, "v.e.hvac", commands.climate(on=on), on=on)
    with pytest.raises(Failed, match="Climate Control failed"):
        await switch(vehicle, "v.e.hvac", commands.climate(on=not on), on=not on)
    word, other = ("on", "off") if on else ("off", "on")
    assert link.sent == [f"climatecontrol {word}", f"climatecontrol {other}"]


@pytest.mark.usefixtures("link")
@pytest.mark.parametrize("on", [True, False])
async def test_of_what_nothing_is_known_a_failure_is_one(vehicle: Vehicle, on: bool) -> None:
    """A module that is there and never reported it."""
    vehicle.report_online(online=True)
    with pytest.raises(Failed):
        await switch(vehicle, "v.e.hvac", commands.climate(on=on), on=on)


@pytest.mark.usefixtures("link")
async def test_what_was_reported_by_a_module_that_may_be_away_proves_nothing(vehicle: Vehicle) -> None:
    """It can be as old as the hills."""
    vehicle.update("v.e.hvac", "yes")
    vehicle.report_online(online=None)
    with pytest.raises(Failed):
        await switch(vehicle, "v.e.hvac", commands.climate(on=True), on=True)


async def test_only_a_failure_can_mean_that_it_already_is_so(vehicle: Vehicle, link: Refusing) -> None:
    """Not that there is no such function."""
    vehicle.update("v.c.charging", "yes")
    link.answer = "Error: Charge start functionality not available\n"
    with pytest.raises(Unsupported):
        await switch(vehicle, "v.c.charging", commands.charge_start(), on=True)
