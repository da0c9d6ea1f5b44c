"""What a user hands to who helps, and what neither it nor anything else may tell."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import AbstractAsyncContextManager
from functools import partial
import json
import logging
from typing import Any

from homeassistant.core import HomeAssistant, State
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
import pytest
from pytest_homeassistant_custom_component.components.diagnostics import get_diagnostics_for_config_entry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator
from syrupy.assertion import SnapshotAssertion
from syrupy.filters import props

from custom_components.open_ev.clients.ovms.metrics import STANDARD_METRICS
from custom_components.open_ev.clients.ovms.vehicle import Vehicle
from custom_components.open_ev.const import DOMAIN
from custom_components.open_ev.entries import vehicle as vehicle_entry_module
from custom_components.open_ev.private_metrics import SECRET_METRICS
from simulators.broker import EmbeddedBroker

from .garage import MOMENT, PIN, Car, eventually, parked, vehicle_entry

# Home Assistant's own web server.
pytestmark = pytest.mark.filterwarnings("ignore:It is recommended to use web")

USER, PASSWORD = "anna-k", "correct-horse"
HOST = "localhost"
WRONG_PIN = "Qx80246"
CAR: Mapping[str, Any] = {
    "v.vin": "WVWZZZAUZGW000815",
    "v.p.latitude": 52.515625,
    "v.p.longitude": 13.390625,
    "v.p.altitude": 4321.5,
    "v.p.location": "Grandmother",
    "m.net.mdm.iccid": "8949020000012345678",
    "m.net.wifi.network": "Kellerbar",
    "m.net.mdm.network": "Tante Emma Mobil",
    "m.net.provider": "Tante Emma Mobil",
    "m.serial": "30:ae:a4:5f:12:34",
}
PLACE = ("52.51", "13.39", "4321.5", "Grandmother")
CREDENTIALS = (USER, PASSWORD, HOST, PIN, WRONG_PIN)
IDENTITY = (CAR["v.vin"], CAR["m.net.mdm.iccid"], CAR["m.net.wifi.network"], CAR["m.net.provider"], CAR["m.serial"])


@pytest.fixture(autouse=True)
def _clock_that_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hear each car at the same moment, which looks like none of the secrets."""
    monkeypatch.setattr(vehicle_entry_module, "Vehicle", partial(Vehicle, now=lambda: MOMENT))


@pytest.fixture
async def guarded(socket_enabled: None) -> AsyncGenerator[EmbeddedBroker]:
    """A broker that asks for a password."""
    async with EmbeddedBroker(accounts={USER: PASSWORD}) as broker:
        yield broker


def secret_car(hass: HomeAssistant, guarded: EmbeddedBroker) -> AbstractAsyncContextManager[Car]:
    """A car that knows all that must not be told."""
    entry = vehicle_entry(guarded, vehicle_id=f"{USER}/CAR", host=HOST, username=USER, password=PASSWORD)
    return parked(hass, guarded, vehicle_id=f"{USER}/CAR", entry=entry, username=USER, password=PASSWORD, metrics=CAR)


def shown(state: State) -> str:
    """All that an entity shows, without when."""
    return json.dumps([state.state, dict(state.attributes)], default=str)


async def diagnostics_of(car: Car, client: ClientSessionGenerator) -> Mapping[str, Any]:
    """The diagnostics as they are downloaded."""
    return await get_diagnostics_for_config_entry(car.hass, client, car.entry)


async def test_diagnostics(
    hass: HomeAssistant,
    broker: EmbeddedBroker,
    hass_client: ClientSessionGenerator,
    snapshot: SnapshotAssertion,
) -> None:
    """Everything that explains why an entity shows what it shows."""
    async with parked(hass, broker, metrics={"v.c.timerstart": 3600}) as car:
        await car.module.publish_raw("v.b.soc", b"garbage")
        await car.module.publish_raw("xvu.unknown", b"1")
        await car.settled()
        assert await diagnostics_of(car, hass_client) == snapshot(exclude=props("port"))


async def test_diagnostics_tell_nothing_secret(
    hass: HomeAssistant, guarded: EmbeddedBroker, hass_client: ClientSessionGenerator
) -> None:
    """They are meant to be shown to strangers."""
    async with secret_car(hass, guarded) as car:
        found = json.dumps(await diagnostics_of(car, hass_client), ensure_ascii=False)
        assert "**REDACTED**" in found
        for secret in (*PLACE, *CREDENTIALS, *IDENTITY, "CAR"):
            assert str(secret) not in found, secret


async def test_diagnostics_of_what_could_not_be_set_up(
    hass: HomeAssistant, guarded: EmbeddedBroker, hass_client: ClientSessionGenerator
) -> None:
    """That is when somebody wants help; how it was to be set up is told, and no secret."""
    async with secret_car(hass, guarded) as car:
        await guarded.stop()
        await hass.config_entries.async_reload(car.entry.entry_id)
        diagnostics = await diagnostics_of(car, hass_client)
        assert diagnostics["set_up"] == "setup_retry"
        assert diagnostics["settings"]["kind"] == "vehicle_mqtt"
        assert "firmware" not in diagnostics
        assert not [secret for secret in CREDENTIALS if secret in json.dumps(diagnostics)]
        await guarded.start()


def test_what_is_secret_is_a_metric() -> None:
    """A typing error here would tell it."""
    assert STANDARD_METRICS.keys() >= SECRET_METRICS


async def test_no_state_tells_who_the_car_or_its_owner_is(hass: HomeAssistant, guarded: EmbeddedBroker) -> None:
    """States end in databases, backups and screenshots. Its place is in one entity, which can be switched off."""
    async with secret_car(hass, guarded) as car:
        states = {state.entity_id: shown(state) for state in hass.states.async_all()}
        place = states.pop(car.entity_id("location", "device_tracker"))
        assert "52.51" in place
        told = "".join(states.values()).replace(car.entry.title, "")
        for secret in (*PLACE, *CREDENTIALS, *IDENTITY):
            assert str(secret) not in told, secret


@pytest.mark.usefixtures("everything_enabled")
async def test_no_entity_at_all_tells_the_vin(hass: HomeAssistant, guarded: EmbeddedBroker) -> None:
    """Nor the number of the SIM card. Networks and the serial number are for who enables their entities."""
    async with secret_car(hass, guarded) as car:
        told = "".join(shown(state) for state in hass.states.async_all())
        told = told.replace(car.entry.title, "")
        for secret in (CAR["v.vin"], CAR["m.net.mdm.iccid"], *CREDENTIALS):
            assert str(secret) not in told, secret


async def test_no_log_tells_a_secret(
    hass: HomeAssistant, guarded: EmbeddedBroker, caplog: pytest.LogCaptureFixture
) -> None:
    """Not at debug level either: logs are asked for in every issue. Home Assistant logs each action with its data itself."""
    caplog.set_level(logging.DEBUG)
    async with secret_car(hass, guarded) as car:
        with pytest.raises(HomeAssistantError):
            await car.call("doors", "lock.unlock", code=WRONG_PIN)
        await car.call("doors", "lock.unlock", code=PIN)
        for payload in (b"\xff", b"<html>", b"x" * 100_000):
            await car.module.publish_raw("v.p.latitude", payload)
        for action, granted, refused in (
            ("send_command", {"command": "server v3 status"}, {"command": f"unlock {PIN}"}),
            ("get_config", {"param": "vehicle", "instance": "id"}, {"param": "password", "instance": "pin"}),
        ):
            await hass.services.async_call(DOMAIN, action, granted, blocking=True, return_response=True)
            with pytest.raises(ServiceValidationError) as error:
                await hass.services.async_call(DOMAIN, action, refused, blocking=True, return_response=True)
            assert PIN not in str(error.value)
        await guarded.restart()
        await eventually(lambda: not car.vehicle.link_connected, "the connection was lost")
        await eventually(lambda: car.vehicle.link_connected, "the connection is back")
        assert await hass.config_entries.async_reload(car.entry.entry_id)
        guarded.accounts = {USER: "changed"}
        await guarded.restart()
        await eventually(lambda: not car.vehicle.link_connected, "the connection was lost")
        assert not await hass.config_entries.async_reload(car.entry.entry_id)
        ours = [record for record in caplog.records if record.name.startswith(("custom_components", "aiomqtt", "paho"))]
        told = "\n".join(logging.Formatter().format(record) for record in ours).replace(car.entry.title, "")
        assert "The connection to the broker of" in told
        for secret in (*PLACE, *CREDENTIALS, *IDENTITY):
            assert str(secret) not in told, secret
