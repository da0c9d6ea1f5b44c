"""What becomes of a charger that is away, or is another one when it comes back."""

import asyncio
import gc
from random import Random

import aiohttp
import pytest

from custom_components.open_ev.clients.openevse.charger import CONNECTION, Charger, Pace
from custom_components.open_ev.clients.openevse.errors import (
    BadAnswer,
    CannotConnect,
    OpenEvseError,
    Refused,
    Unauthorized,
    WrongCharger,
)
from custom_components.open_ev.clients.openevse.gateway import Gateway
from custom_components.open_ev.clients.openevse.models import OWN_CLIENT
from simulators.openevse import Generation, OpenEvse, RapiFault
from tests.clients.waiting import eventually

from .conftest import QUICK, Break, Followed, asked_for, broken, charges, connected, followed


async def test_a_charger_that_goes_and_comes(charger: Charger, evse: OpenEvse) -> None:
    """It is told when it is gone, and follows without anybody's help when it is back."""
    connections: list[bool] = []
    charger.subscribe([CONNECTION], lambda: connections.append(charger.link_connected))
    async with followed(charger) as told:
        await eventually(lambda: told.outcomes == [None])
        await evse.refuse_connections()
        evse.plug_in()
        charger.hurry()
        await eventually(lambda: not charger.link_connected)
        assert isinstance(told.outcomes[1], CannotConnect)
        with pytest.raises(CannotConnect):
            await charger.stop()
        await evse.accept_connections()
        await eventually(lambda: charger.link_connected)
        await eventually(lambda: charger.text("state") == "charging")
        assert told.outcomes[-1] is None
        await eventually(lambda: connections == [False, True])
        await charger.stop()
        assert not charges(evse)


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        (broken(hang_up=True), CannotConnect),
        (broken(restart_mid_answer=True), CannotConnect),
        (broken(status=500), Refused),
        (broken(html=True), BadAnswer),
        (broken(cut_off=True), BadAnswer),
    ],
)
async def test_one_failure_is_none(charger: Charger, evse: OpenEvse, wrong: Break, error: type[OpenEvseError]) -> None:
    """A gateway that is busy for a moment is not gone; one that stays so is."""
    async with followed(charger) as told:
        await eventually(lambda: told.outcomes == [None])
        wrong(evse)
        evse.knobs.paths = frozenset({"/status"})
        evse.knobs.for_requests = 1
        charger.hurry()
        await eventually(lambda: evse.knobs.for_requests is not None and evse.knobs.for_requests < 0)
        assert told.outcomes == [None]
        assert charger.link_connected
        evse.knobs.for_requests = None
        charger.hurry()
        await eventually(lambda: not charger.link_connected)
        assert isinstance(told.outcomes[-1], error)
        evse.knobs.heal()
        await eventually(lambda: charger.link_connected)


async def test_a_status_that_is_none(charger: Charger, evse: OpenEvse) -> None:
    """Without a state it is not believed."""
    async with followed(charger) as told:
        await eventually(lambda: told.outcomes == [None])
        evse.say(state="three")
        charger.hurry()
        await eventually(lambda: not charger.link_connected)
        evse.say_truth()
        await eventually(lambda: charger.link_connected)


async def test_a_password_that_was_changed(session: aiohttp.ClientSession) -> None:
    """It is told at once, so that somebody is asked for the new one."""
    async with OpenEvse(Generation.V5_1, username="admin", password="old") as evse:
        charger = Charger(Gateway(session, evse.url, username="admin", password="old"), pace=QUICK)
        await charger.connect()
        async with followed(charger) as told:
            await eventually(lambda: told.outcomes == [None])
            evse.config["www_password"] = "new"
            charger.hurry()
            await eventually(lambda: len(told.outcomes) > 1)
            assert isinstance(told.outcomes[1], Unauthorized)
            evse.config["www_password"] = "old"
            await eventually(lambda: charger.link_connected)
        await charger.close()


@pytest.mark.parametrize("generation", [Generation.V4_1_7, Generation.V5_1])
async def test_another_charger_at_the_address(charger: Charger, evse: OpenEvse) -> None:
    """It is not followed, and not told what the first one was to do."""
    async with followed(charger) as told:
        await eventually(lambda: told.outcomes == [None])
        await evse.stop()
        await eventually(lambda: not charger.link_connected)
        async with OpenEvse(evse.generation, "7.1.3", evse.port, serial="0200000000ff") as other:
            await eventually(lambda: isinstance(told.outcomes[-1], WrongCharger))
            with pytest.raises(CannotConnect):
                await charger.stop()
            assert other.claims == {}
        await evse.start()
        await eventually(lambda: charger.link_connected)
        assert told.outcomes[-1] is None


async def test_a_controller_that_falls_silent(charger: Charger, evse: OpenEvse) -> None:
    """The gateway is there; what is not known is not made up."""
    async with followed(charger) as told:
        await eventually(lambda: told.outcomes == [None])
        evse.knobs.rapi_fault = RapiFault.TIMEOUT
        charger.hurry()
        await asyncio.sleep(0.1)
        assert charger.link_connected
        assert charger.text("state") == "not_connected"
        evse.knobs.heal()
        evse.plug_in()
        await eventually(lambda: charger.text("state") == "charging")


# The end


async def test_closing_a_charger_that_is_gone(session: aiohttp.ClientSession, newest: OpenEvse) -> None:
    """What cannot be released is not waited for."""
    async with connected(session, newest) as charger:
        await charger.stop()
        await newest.refuse_connections()
    await newest.accept_connections()
    assert newest.claims.keys() == {OWN_CLIENT}


# Patience


@pytest.mark.parametrize("generation", [Generation.V2_9, Generation.V4_2, Generation.V5_1])
async def test_two_hundred_looks_at_a_bad_network(session: aiohttp.ClientSession, evse: OpenEvse) -> None:
    """Nothing untrue is ever shown, nothing piles up, and in the end it is there again."""
    # A loop that is debugged keeps a stack of frames with each timer, and timers for a while after they were cancelled.
    asyncio.get_running_loop().set_debug(False)
    random = Random(3)
    faults: list[Break] = [
        broken(hang_up=True),
        broken(restart_mid_answer=True),
        broken(status=500),
        broken(status=503),
        broken(html=True),
        broken(cut_off=True),
        broken(bad_checksum=True),
        broken(empty_answer=True),
        broken(rapi_fault=RapiFault.TIMEOUT),
    ]
    looking = {"idle": 0, "charging": 0, "alone_idle": 0, "alone_charging": 0, "soon": 0, "again": 0}
    pace = Pace(**looking, first_retry=0, last_retry=0, first_listening=0.01, last_listening=0.02)
    async with connected(session, evse, pace=pace) as charger:
        shown: set[str | None] = set()
        charger.subscribe(["state"], lambda: shown.add(charger.text("state")))

        async def suffer(times: int) -> None:
            for _ in range(times):
                end = asked_for(evse, "/status") + 5
                random.choice(faults)(evse)
                evse.knobs.for_requests = random.randrange(1, 4)
                await _looked(evse, end)
                evse.knobs.heal()
                if evse.car is None:
                    evse.plug_in()
                else:
                    evse.unplug()

        async def objects() -> int:
            """How many there are in a calm moment: a websocket that is there once and not the other time is a thousand."""
            await eventually(lambda: charger.link_connected and charger.live is evse.generation.firmware.websocket)
            return _objects(evse, told)

        async with followed(charger) as told:
            await suffer(8)
            before = await objects()
            await suffer(34)
            assert await objects() - before < 500
            if evse.car is None:
                evse.plug_in()
            await eventually(lambda: charger.link_connected and charger.text("state") == "charging")
        assert shown <= {"not_connected", "charging", None}


async def _looked(evse: OpenEvse, times: int) -> None:
    await eventually(lambda: asked_for(evse, "/status") >= times)


def _objects(evse: OpenEvse, told: Followed) -> int:
    """How many there are, without what the test itself keeps."""
    evse.requests.clear()
    evse.rapi.clear()
    told.outcomes.clear()
    gc.collect()
    return len(gc.get_objects())
