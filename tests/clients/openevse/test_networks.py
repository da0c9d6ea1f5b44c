"""A charger without a network finds some, and joins one."""

import json

import aiohttp
from aiohttp import web
import pytest

from custom_components.open_ev.clients.openevse import networks
from custom_components.open_ev.clients.openevse.errors import BadAnswer, CannotConnect
from custom_components.open_ev.clients.openevse.gateway import Gateway
from custom_components.open_ev.clients.openevse.networks import Network, is_access_point, join, scan
from custom_components.open_ev.clients.openevse.report import Json
from simulators.openevse import Generation, OpenEvse

from .conftest import answering, usual_controller


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look again at once."""
    monkeypatch.setattr(networks, "SCAN_PAUSE", 0.01)


@pytest.mark.parametrize("access_point", [True, False])
async def test_whether_it_is_in_a_network(
    session: aiohttp.ClientSession, generation: Generation, access_point: bool
) -> None:
    """Every generation tells."""
    async with OpenEvse(generation, usual_controller(generation), access_point=access_point) as evse:
        assert is_access_point(await Gateway(session, evse.url).status()) is access_point


async def test_what_it_sees(session: aiohttp.ClientSession, generation: Generation) -> None:
    """The first answer of every generation says only that a scan has begun."""
    async with OpenEvse(generation, usual_controller(generation), access_point=True) as evse:
        found = await scan(Gateway(session, evse.url))
        assert found == [Network(ssid="Home", signal=-60), Network(ssid="Neighbour", signal=-81)]
        assert [request.path for request in evse.requests] == ["/scan", "/scan"]


async def test_it_joins(session: aiohttp.ClientSession, generation: Generation) -> None:
    """By the way that its firmware has; characters of all kinds arrive as they are."""
    async with OpenEvse(generation, usual_controller(generation), access_point=True) as evse:
        gateway = Gateway(session, evse.url)
        await join(gateway, await gateway.status(), "Zu Hause & Büro", "pässwörd+=&%")
        assert (evse.config["ssid"], evse.config["pass"]) == ("Zu Hause & Büro", "pässwörd+=&%")
        assert evse.requests[-1].path == ("/config" if generation.firmware.number >= (4, 1, 9) else "/savenetwork")
        evse.tick(5)
        assert not is_access_point(await gateway.status())


async def told(session: aiohttp.ClientSession, *answers: Json) -> list[Network]:
    """Scan where these are the answers, the last of them for ever."""
    left = list(answers)

    async def answer(_: web.Request) -> web.Response:
        return web.Response(body=json.dumps(left.pop(0) if len(left) > 1 else left[0]))

    async with answering(answer) as url:
        return await scan(Gateway(session, url))


async def test_several_stations_of_one_network(session: aiohttp.ClientSession) -> None:
    """They are one to join, as strong as the strongest."""
    rows: list[Json] = [{"ssid": "A", "rssi": rssi} for rssi in (-80, -50, -70)]
    rows.append({"ssid": "B", "rssi": -40})
    assert await told(session, rows) == [Network(ssid="B", signal=-40), Network(ssid="A", signal=-50)]


async def test_what_has_no_name(session: aiohttp.ClientSession) -> None:
    """Hidden networks, and rows that are none, cannot be chosen."""
    rows: Json = [{"ssid": "", "rssi": -40}, {"ssid": "H", "hidden": True}, {"rssi": -40}, None, {"ssid": "A"}]
    assert await told(session, [], rows) == [Network(ssid="A", signal=-100)]


async def test_it_sees_none(session: aiohttp.ClientSession) -> None:
    """After a while it is believed."""
    assert await told(session, []) == []


async def test_what_goes_wrong(session: aiohttp.ClientSession) -> None:
    """It is for the caller to say."""
    with pytest.raises(BadAnswer):
        await told(session, {"msg": "busy"})
    with pytest.raises(CannotConnect):
        await scan(Gateway(session, "http://127.0.0.1:9"))
    with pytest.raises(CannotConnect):
        await join(Gateway(session, "http://127.0.0.1:9"), {}, "Home", "")
