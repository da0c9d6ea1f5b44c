"""Orders that are not followed: nothing changes, and it is said why."""

import aiohttp
from aiohttp import web
import pytest

from custom_components.open_ev.clients.openevse.charger import Charger
from custom_components.open_ev.clients.openevse.errors import (
    CannotConnect,
    OpenEvseError,
    RapiFailed,
    RapiRefused,
    Refused,
    Unauthorized,
    Unconfirmed,
)
from custom_components.open_ev.clients.openevse.gateway import Gateway
from custom_components.open_ev.clients.openevse.models import Mode
from simulators.openevse import OpenEvse, RapiFault

from .conftest import QUICK, SOON, WITH_MANAGER, WITHOUT_MANAGER, Break, answering, broken, charges, hand_on, look

managed = pytest.mark.parametrize("generation", WITH_MANAGER)
unmanaged = pytest.mark.parametrize("generation", WITHOUT_MANAGER)


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        (broken(hang_up=True), CannotConnect),
        (broken(status=401), Unauthorized),
        (broken(status=503), Refused),
        (broken(confirm=False), Unconfirmed),
    ],
)
async def test_orders_that_are_not_followed(
    charger: Charger, evse: OpenEvse, wrong: Break, error: type[OpenEvseError]
) -> None:
    """Not one of them leaves a trace, or shows what is not so."""
    evse.plug_in()
    await look(charger)
    wrong(evse)
    for order in (charger.stop(), charger.set_mode(Mode.OFF), charger.set_current(8)):
        with pytest.raises(error):
            await order
    assert charges(evse)
    assert evse.pilot in {16, 24}
    assert charger.flag("active") is True
    evse.knobs.heal()
    evse.tick(5)
    assert charges(evse)
    assert evse.claims == {}


@unmanaged
@pytest.mark.parametrize("fault", [RapiFault.TIMEOUT, RapiFault.QUEUE_FULL])
async def test_a_controller_that_does_not_answer(charger: Charger, evse: OpenEvse, fault: RapiFault) -> None:
    """The command may have run: what is shown is read."""
    evse.knobs.rapi_fault = fault
    with pytest.raises(RapiFailed):
        await charger.stop()
    evse.knobs.heal()
    await look(charger)
    assert charger.flag("active") is True


@unmanaged
async def test_a_controller_that_refuses(charger: Charger, evse: OpenEvse) -> None:
    """It says no."""
    evse.knobs.refused = ["FS", "SC"]
    with pytest.raises(RapiRefused):
        await charger.stop()
    with pytest.raises(RapiRefused):
        await charger.set_current(10)
    assert evse.state == 1


@managed
async def test_all_slots_for_claims_are_taken(charger: Charger, evse: OpenEvse) -> None:
    """There are ten."""
    for client in range(10):
        evse.claim(1000 + client, charge_current=20)
    with pytest.raises(Refused):
        await charger.stop()
    assert charger.flag("active") is True


@managed
@pytest.mark.parametrize("released", [True, False])
async def test_an_override_that_cannot_be_released(
    session: aiohttp.ClientSession, evse: OpenEvse, released: bool
) -> None:
    """The firmware calls it a failure that there is none any more; only if it is still there is it one."""

    async def answer(request: web.Request) -> web.StreamResponse:
        if request.method != "DELETE" or request.path != "/override":
            return await hand_on(session, evse, request)
        if released:
            evse.press_button()
        return web.json_response({"msg": "Failed to release manual override"}, status=500)

    evse.press_button()
    async with answering(answer) as url:
        charger = Charger(Gateway(session, url), patience=SOON, pace=QUICK)
        await charger.connect()
        if released:
            await charger.set_mode(Mode.AUTO)
            assert charger.text("mode") == "auto"
        else:
            with pytest.raises(Refused, match="Failed to release"):
                await charger.set_mode(Mode.AUTO)
            assert charger.text("mode") == "off"
        await charger.close()
