"""The demo's operator with a garage, and how it is added: as a user adds it, by its address and the tokens agreed upon.

At the first place of the garage a car is plugged in, which charges when somebody starts a session for it. A neighbour
comes and goes at the second one.
"""

import asyncio

from simulators.cpo import Car, Cpo, Tariff
from simulators.home_assistant import Api, Json, SetupFailed

from .demo_car import SPEED

OURS, THE_NEIGHBOURS = "EVSE1", "EVSE2"
PLACE = "LOC1"
# Not secrets: the operator listens on loopback only.
TOKENS = {"token": "demo-operator", "own_token": "demo-home-assistant"}

_BEAT = 0.25
_LOADING_SECONDS = 30.0
_MINUTE = 60.0 / SPEED
_NEIGHBOURS_STAY = 60 * _MINUTE
_DRIVER = {"driver_uid": "DEMO", "contract_id": "NL-HOM-CDEMO-1", "driver_type": "app_user", "issuer": "Open EV"}


def make_operator(port: int) -> Cpo:
    """Make the operator, with a car in its garage. Its clock is right: no session starts in the future."""
    cpo = Cpo(
        port=port,
        token=TOKENS["token"],
        callback_token=TOKENS["own_token"],
        tariff=Tariff(energy=0.35, start=0.5),
        speed=SPEED,
        on_time=True,
    )
    cpo.plug_in(OURS, Car(capacity=60_000, soc=30))
    return cpo


async def live_next_door(cpo: Cpo) -> None:
    """Let the neighbour come and go, until cancelled."""
    while True:
        cpo.plug_in(THE_NEIGHBOURS)
        cpo.swipe(THE_NEIGHBOURS, listed=False)
        await asyncio.sleep(_NEIGHBOURS_STAY)
        cpo.unplug(THE_NEIGHBOURS)
        await asyncio.sleep(_NEIGHBOURS_STAY)


async def add_operator(api: Api, domain: str, cpo: Cpo) -> None:
    """Add the operator with one charge point; where it has another port than last time, lead Home Assistant there.

    Raises:
        SetupFailed: it cannot be set up; the text is what the config flow said.
    """
    known = [entry for entry in await api.entries(domain) if entry["supported_subentry_types"]]
    if known:
        step = await api.start_flow(domain, known[0]["entry_id"])
    else:
        menu = await api.start_flow(domain)
        step = await api.flow_step(menu["flow_id"], {"next_step_id": "operator"})
    step = await _answer(api, step, cpo.versions_url)
    if step["type"] == "create_entry":
        await _choose(api, domain, step["result"]["entry_id"])
    elif step.get("reason") != "reconfigure_successful":
        raise SetupFailed(f"the operator cannot be set up: {step}")


async def _answer(api: Api, step: Json, versions_url: str) -> Json:
    """Fill both forms in, and return what follows."""
    connection = {
        "versions_url": versions_url,
        **TOKENS,
        "country_code": "NL",
        "party_id": "HOM",
        "advanced": {"encoding": "auto"},
    }
    for answers in (connection, _DRIVER):
        step = await api.flow_step(step["flow_id"], answers)
    return step


async def _choose(api: Api, domain: str, entry_id: str) -> None:
    """Choose the first place of the garage."""
    step = await api.start_subentry_flow(entry_id, "charge_point")
    for answers in ({"location": PLACE}, {"charge_point": OURS}):
        step = await api.subentry_step(step["flow_id"], answers)
    if step["type"] != "create_entry":
        raise SetupFailed(f"the charge point cannot be chosen: {step}")
    await _wait_until_shown(api, domain, entry_id)


async def _wait_until_shown(api: Api, domain: str, entry_id: str) -> None:
    """Wait until the charge point that was just chosen is there to be used."""
    try:
        async with asyncio.timeout(_LOADING_SECONDS):
            while True:
                switch = (await api.entity_ids(domain, entry_id)).get("switch.session")
                if switch is not None and await api.state(switch) == "off":
                    return
                await asyncio.sleep(_BEAT)
    except TimeoutError:
        raise SetupFailed("the charge point is not shown") from None
