"""What a user hands to who helps with an operator, and what neither it nor the log may tell."""

import json
import logging
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
import pytest
from pytest_homeassistant_custom_component.components.diagnostics import get_diagnostics_for_config_entry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.open_ev.clients.ocpi.credentials import Encoding
from simulators.cpo import Command, Result, Script

from .plaza import CONTRACT_ID, DRIVER_UID, OWN_TOKEN, TOKEN, Plaza, operated, reserve, uses_webhooks

pytestmark = uses_webhooks

TOKENS = [encoding.write(token) for token in (TOKEN, OWN_TOKEN) for encoding in (Encoding.RAW, Encoding.BASE64)]
REDACTED = "**REDACTED**"


async def told_of(plaza: Plaza, hass_client: ClientSessionGenerator) -> dict[str, Any]:
    """What the integration tells of an operator."""
    told = await get_diagnostics_for_config_entry(plaza.hass, hass_client, plaza.entry)
    return dict(told)


async def test_what_helps(hass: HomeAssistant, hass_client: ClientSessionGenerator) -> None:
    """The version, what each charge point can do, and all that is known of it; no secret, no person and no place."""
    async with operated(hass, "EVSE1", "EVSE3", inbound=False, options={"poll_minutes": 5}) as plaza:
        plaza.cpo.plug_in()
        await plaza.place().start()
        await plaza.place().shows("session", "on", "switch")
        told = await told_of(plaza, hass_client)
        assert (told["version"], told["connected"], told["options"]) == ("2.2.1", True, {"poll_minutes": 5})
        assert told["settings"] == {
            "kind": "operator",
            "versions_url": REDACTED,
            "token": REDACTED,
            "own_token": REDACTED,
            "country_code": REDACTED,
            "party_id": REDACTED,
            "encoding": "auto",
            "driver_uid": REDACTED,
            "contract_id": REDACTED,
            "driver_type": "APP_USER",
            "issuer": REDACTED,
        }
        first, fast = told["charge_points"]
        assert first["abilities"] == ["start", "reserve", "cancel_reservation", "unlock"]
        assert first["readings"]["charging"] is True
        assert first["readings"]["session_start"].endswith("+00:00")
        assert (fast["known"], fast["abilities"], fast["connectors"][0]["max_power"]) == (True, [], 50000.0)
        session = plaza.cpo.session()
        assert session is not None
        written = json.dumps(told)
        secrets = (*TOKENS, DRIVER_UID, CONTRACT_ID, plaza.cpo.url, session.id, session.reference)
        places = ("LOC1", "EVSE1", "NL*OPE*E1", "Garage", "Harbour Street", "52.09", "5.12")
        assert [secret for secret in (*secrets, *places) if secret and secret in written] == []


async def test_the_id_of_a_reservation(hass: HomeAssistant, hass_client: ClientSessionGenerator) -> None:
    """Whoever has it can give the reservation up."""
    async with operated(hass, inbound=False) as plaza:
        reservation_id = (await reserve(plaza.place()))["reservation_id"]
        told = await told_of(plaza, hass_client)
        assert told["charge_points"][0]["readings"]["reservation"] == REDACTED
        assert reservation_id not in json.dumps(told)


async def test_an_operator_that_tells_nothing(hass: HomeAssistant, hass_client: ClientSessionGenerator) -> None:
    """That is something to tell."""
    async with operated(hass, inbound=False) as plaza:
        plaza.cpo.locations.clear()
        await plaza.look()
        [point] = (await told_of(plaza, hass_client))["charge_points"]
        assert point == {"known": False, "abilities": [], "connectors": [], "readings": {}}


async def test_nothing_secret_is_logged(hass: HomeAssistant, caplog: pytest.LogCaptureFixture) -> None:
    """At any level, whatever goes wrong."""
    caplog.set_level(logging.DEBUG)
    async with operated(hass) as plaza:
        plaza.cpo.plug_in()
        await plaza.place().start()
        plaza.cpo.token = "another"
        await hass.config_entries.async_reload(plaza.entry.entry_id)
        await hass.async_block_till_done()
    said = [record.getMessage() for record in caplog.records]
    assert [line for line in said if any(token in line for token in TOKENS)] == []


async def test_what_an_operator_repeats(hass: HomeAssistant, caplog: pytest.LogCaptureFixture) -> None:
    """Its own words are shown with an error, and what it was told in confidence is taken out of them."""
    async with operated(hass) as plaza:
        plaza.cpo.plug_in()
        await plaza.place().start()
        [url] = [json.loads(each.body)["response_url"] for each in plaza.cpo.requests if each.method == "POST"]
        webhook_id = str(url).rpartition("/")[2]
        repeated = f"{TOKENS[0]} {TOKENS[3]} {DRIVER_UID} {CONTRACT_ID} {webhook_id}"
        for script in (
            Script(immediate=Result.REJECTED, message=repeated),
            Script(immediate=Result.ACCEPTED, result=Result.REJECTED, message=repeated, does=False),
        ):
            plaza.cpo.scripts[Command.STOP_SESSION] = script
            with pytest.raises(HomeAssistantError) as caught:
                await plaza.place().stop()
            assert caught.value.translation_placeholders == {"reply": "*** *** *** *** ***"}
    assert webhook_id not in "".join(r.getMessage() for r in caplog.records if r.name.startswith("custom_components"))


async def test_what_python_shows(hass: HomeAssistant) -> None:
    """Of the things that a traceback may name."""
    async with operated(hass, "EVSE1", "EVSE2") as plaza:
        reservation_id = (await reserve(plaza.place("EVSE2")))["reservation_id"]
        plaza.cpo.plug_in()
        await plaza.place().start()
        await plaza.place().shows("session", "on", "switch")
        point, client = plaza.place().point, plaza.operator.client
        told = (plaza.entry.runtime_data, point, point.session, client, client.credentials, client.commands)
        shown = " ".join(map(repr, told))
        assert [secret for secret in (*TOKENS, DRIVER_UID, CONTRACT_ID, reservation_id) if secret in shown] == []
