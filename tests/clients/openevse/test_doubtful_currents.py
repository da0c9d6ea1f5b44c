"""Currents of chargers that do not say, or say wrongly, what they are."""

import json

import aiohttp
from aiohttp import web
import pytest

from custom_components.open_ev.clients.openevse.charger import Charger
from custom_components.open_ev.clients.openevse.errors import RapiError
from custom_components.open_ev.clients.openevse.gateway import Gateway
from simulators.openevse import Generation, OpenEvse

from .conftest import QUICK, SOON, WITHOUT_MANAGER, answering, hand_on


def _config_of(answer: web.Response) -> dict[str, object]:
    assert isinstance(answer.body, bytes)
    config: dict[str, object] = json.loads(answer.body)
    return config


@pytest.mark.parametrize("generation", WITHOUT_MANAGER)
@pytest.mark.parametrize("lost", [2, 1000])
async def test_a_controller_whose_version_is_not_known(
    session: aiohttp.ClientSession, generation: Generation, lost: int
) -> None:
    """What keeps a current out of the memory of one has another store it; so it is asked before anything is sent."""
    async with OpenEvse(generation, "4.5.1") as evse:
        writes, pilot, left = evse.eeprom.writes, evse.pilot, lost

        async def losing(request: web.Request) -> web.Response:
            nonlocal left
            if left and "GV" in (await request.read()).decode():
                left -= 1
                return web.Response(text="")
            answer = await hand_on(session, evse, request)
            if request.path != "/config":
                return answer
            config = _config_of(answer)
            del config["firmware"]
            return web.json_response(config)

        async with answering(losing) as url:
            charger = Charger(Gateway(session, url), patience=SOON, pace=QUICK)
            await charger.connect()
            for _ in range(left if lost == 2 else 1):
                with pytest.raises(RapiError):
                    await charger.set_current(10)
            assert evse.pilot == pilot
            if lost == 2:
                await charger.set_current(10)
                assert evse.pilot == 10
            await charger.close()
        assert evse.eeprom.writes == writes


async def test_a_range_beyond_any_cable(session: aiohttp.ClientSession, newest: OpenEvse) -> None:
    """No charger takes more than 80 A, and no car less than 6."""

    async def boasting(request: web.Request) -> web.Response:
        answer = await hand_on(session, newest, request)
        if request.path != "/config":
            return answer
        config = _config_of(answer)
        return web.json_response(config | {"max_current_hard": 500, "max_current_soft": 400, "min_current_hard": 1})

    async with answering(boasting) as url:
        charger = Charger(Gateway(session, url), patience=SOON, pace=QUICK)
        await charger.connect()
        assert charger.current_range == (6, 80)
        await charger.close()
