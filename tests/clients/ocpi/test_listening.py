"""Who listens to a charge point is told, and nobody else, nor after the end."""

import asyncio
from functools import partial

from custom_components.open_ev.clients.ocpi.charge_point import ABILITIES, CONNECTION, Ability, ChargePoint
from custom_components.open_ev.clients.ocpi.operator import Operator
from simulators.cpo import Capability, Cpo

from .conftest import DRIVER


async def test_listeners(linked: tuple[Operator, ChargePoint], cpo: Cpo) -> None:
    """Who listens to what changed is called once; who does not is not."""
    site, point = linked
    heard: list[str] = []
    point.subscribe(["status", "charging"], lambda: heard.append("session"))
    stop = point.subscribe(["status"], lambda: heard.append("status"))
    point.subscribe(["reservation", "max_power"], lambda: heard.append("other"))
    cpo.plug_in()
    cpo.swipe("EVSE1", DRIVER.uid)
    await site.look()
    await asyncio.sleep(0)
    assert sorted(set(heard)) == ["session", "status"]
    heard.clear()
    stop()
    cpo.unplug()
    await site.look()
    await asyncio.sleep(0)
    assert set(heard) == {"session"}
    heard.clear()
    await site.look()
    await asyncio.sleep(0)
    assert heard == []


async def test_waiting(linked: tuple[Operator, ChargePoint], cpo: Cpo) -> None:
    """Until something holds, or not for ever."""
    site, point = linked

    def is_charging() -> bool:
        return point.flag("charging") is True

    assert not await point.wait_until(is_charging, ["charging"], seconds=0.01)
    waiting = asyncio.create_task(point.wait_until(is_charging, ["charging"], seconds=5))
    await asyncio.sleep(0)
    cpo.plug_in()
    cpo.swipe("EVSE1", DRIVER.uid)
    await site.look()
    assert await waiting
    over = asyncio.create_task(point.wait_until(lambda: False, ["charging"], seconds=60))
    await asyncio.sleep(0)
    await site.close()
    assert not await over


async def test_news_of_the_evse_itself(linked: tuple[Operator, ChargePoint], cpo: Cpo) -> None:
    """It goes and comes, and learns."""
    site, point = linked
    heard: list[str] = []
    for name in (CONNECTION, ABILITIES):
        point.subscribe([name], partial(heard.append, name))
    cpo.evse().capabilities = [Capability.RESERVABLE]
    await site.look()
    await asyncio.sleep(0)
    assert heard == [ABILITIES]
    assert not point.can(Ability.START)
    evse = cpo.locations[0].evses.pop(0)
    await site.look()
    await asyncio.sleep(0)
    assert heard == [ABILITIES, CONNECTION]
    cpo.locations[0].evses.insert(0, evse)
    await site.look()
    await asyncio.sleep(0)
    assert heard == [ABILITIES, CONNECTION, CONNECTION, ABILITIES]


async def test_what_is_learnt_after_the_end(linked: tuple[Operator, ChargePoint], cpo: Cpo) -> None:
    """Nobody is told of it."""
    site, point = linked
    heard: list[None] = []
    stop = point.subscribe(["status"], lambda: heard.append(None))
    await site.close()
    cpo.out_of_order()
    await site.look()
    await asyncio.sleep(0)
    assert point.text("status") == "out_of_order"
    assert heard == []
    stop()
