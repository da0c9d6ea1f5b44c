"""The life of a car at a server: what is shown while something is away, what is told and what is not."""

from collections.abc import Mapping
from functools import partial
import json
import logging
from typing import Any

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import Context, HomeAssistant, State
from homeassistant.exceptions import HomeAssistantError, Unauthorized
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockUser
from pytest_homeassistant_custom_component.components.diagnostics import get_diagnostics_for_config_entry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator
from syrupy.assertion import SnapshotAssertion
from syrupy.filters import props

from custom_components.open_ev.clients.ovms.metrics import STANDARD_METRICS, vehicle_metrics
from custom_components.open_ev.clients.ovms.vehicle import Vehicle
from custom_components.open_ev.clients.ovms.vehicle_types import VEHICLE_TYPES
from custom_components.open_ev.const import DOMAIN
from custom_components.open_ev.entries import vehicle as vehicle_entry_module
from custom_components.open_ev.issues import server as server_issues
from custom_components.open_ev.private_metrics import SECRET_METRICS, is_private
from simulators.broker import EmbeddedBroker
from simulators.ovms_server import Kind, OvmsServer

from .garage import MOMENT, PIN, Car, eventually, parked, reauthentications, remember, vehicle_entry
from .repair_pages import issues
from .server_garage import PASSWORD, VEHICLE_ID, ServerCar, at_server, server_entry

# Home Assistant's own web server.
pytestmark = pytest.mark.filterwarnings("ignore:It is recommended to use web")

ACCOUNT, SECRET = "anna-k", "correct-horse"
OWNER_S_CHOICE = "KAISA77"
CAR: Mapping[str, Any] = {
    "v.vin": "WVWZZZAUZGW000815",
    "v.p.latitude": 52.515625,
    "v.p.longitude": 13.390625,
    "v.p.altitude": 4321.0,
    "v.p.location": "At home\nNordweg 17",
    "m.net.provider": "Tante Emma Mobil",
    "m.serial": "30:ae:a4:5f:12:34",
}
PRIVATE = (CAR["v.vin"], "Nordweg", "52.51", "13.39", "4321", CAR["m.net.provider"], CAR["m.serial"])


@pytest.fixture
def _clock_that_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hear each car at the same moment, which looks like none of the secrets."""
    monkeypatch.setattr(vehicle_entry_module, "Vehicle", partial(Vehicle, now=lambda: MOMENT))


def shown(state: State) -> str:
    """All that an entity shows."""
    return json.dumps([state.state, dict(state.attributes)], default=str)


# While something is away


async def move_the_doors(car: ServerCar) -> None:
    """Unlock and lock the car, and see it follow."""
    states = remember(car.hass, car.entity_id("doors", "lock"))
    await car.call("doors", "lock.unlock", code=PIN)
    await car.shows("doors", "lock", "unlocked")
    await car.call("doors", "lock.lock", code=PIN)
    await car.shows("doors", "lock", "locked")
    assert {state.state for state in states} == {"unlocking", "unlocked", "locking", "locked"}


async def test_commands_go_through_a_server(hass: HomeAssistant, server: OvmsServer) -> None:
    """A wrong PIN is the car's to refuse, and the text says that it may be that."""
    async with at_server(hass, server, speed=1) as car:
        await move_the_doors(car)
        with pytest.raises(HomeAssistantError) as error:
            await car.call("doors", "lock.unlock", code="Qx80246")
        assert error.value.translation_key == "failed_with_pin"
        assert "Qx80246" not in str(error.value)


@pytest.mark.usefixtures("impatient_link")
async def test_a_server_that_restarts_is_found_again(
    hass: HomeAssistant, server: OvmsServer, caplog: pytest.LogCaptureFixture
) -> None:
    """One log line each way, and no reload."""
    caplog.set_level(logging.INFO)
    async with at_server(hass, server) as car:
        runtime = car.entry.runtime_data
        heard = car.state("last_heard", "sensor")
        caplog.clear()
        await server.stop()
        await car.shows("state_of_charge", "sensor", "unavailable")
        assert car.state("last_heard", "sensor") == heard
        await server.start()
        await car.shows("state_of_charge", "sensor", "62.5")
        assert car.entry.runtime_data is runtime
        said = [record.getMessage() for record in caplog.records if record.name.endswith("link_watch")]
        assert len(said) == 2
        assert said[0].startswith("The connection to the OVMS server of VW e-Golf DEMO1 was lost")
        assert said[1] == "The connection to the OVMS server of VW e-Golf DEMO1 is back"


@pytest.mark.usefixtures("impatient_link")
async def test_a_login_that_is_taken_away_is_asked_for(hass: HomeAssistant, server: OvmsServer) -> None:
    """One refusal can be a server that was just ending. The old login is still tried, now and then."""
    async with at_server(hass, server) as car:
        server.knobs.refuse = True
        server.disconnect(VEHICLE_ID, Kind.APP)
        await eventually(lambda: reauthentications(hass) == 1, "the right password is asked for")
        assert sum(not login.accepted for login in server.logins) >= 2
        assert car.entry.state is ConfigEntryState.LOADED
        server.knobs.refuse = False
        await car.shows("state_of_charge", "sensor", "62.5")
        assert not reauthentications(hass)


async def test_a_car_that_is_away_keeps_its_values_and_gets_no_commands(
    hass: HomeAssistant, server: OvmsServer
) -> None:
    """The server would drop them without a word."""
    async with at_server(hass, server) as car:
        await car.module.power_off()
        await car.shows("module_connected", "binary_sensor", "off")
        assert car.state("state_of_charge", "sensor") == "62.5"
        before = len(car.module.received)
        with pytest.raises(HomeAssistantError) as error:
            await car.call("doors", "lock.unlock", code=PIN)
        assert error.value.translation_key == "vehicle_offline"
        await car.module.boot()
        await car.shows("module_connected", "binary_sensor", "on")
        assert len(car.module.received) == before
        assert car.state("doors", "lock") == "locked"


async def test_without_a_server_no_command_is_sent(hass: HomeAssistant, server: OvmsServer) -> None:
    """And the user is told why."""
    async with at_server(hass, server) as car:
        await server.stop()
        await eventually(lambda: not car.vehicle.link_connected, "the connection was lost")
        with pytest.raises(HomeAssistantError) as error:
            await ask(car, "send_command", command="stat")
        assert error.value.translation_key == "link_down"
        await server.start()


# What to mend


async def test_a_module_in_paranoid_mode_is_explained(hass: HomeAssistant, server: OvmsServer) -> None:
    """Nothing can be read, which looks like a car that is silent; once it can, the word goes."""
    async with at_server(hass, server, boot=False, set_up=False) as car:
        car.module.config["server.v2", "paranoid"] = "yes"
        car.module.config["password", "module"] = "module-password"
        await car.module.boot()
        await eventually(lambda: bool(server.messages(VEHICLE_ID, Kind.CAR)), "the car was heard")
        car.entry.add_to_hass(hass)
        assert await hass.config_entries.async_setup(car.entry.entry_id)
        await eventually(lambda: server_issues.PARANOID in issues(hass), "the user is told")

        await car.module.power_off()
        car.module.config["server.v2", "paranoid"] = "no"
        await car.module.boot()
        await car.link.send_all()
        await eventually(lambda: server_issues.PARANOID not in issues(hass), "it is mended")


async def test_a_module_that_was_not_heard_for_weeks(hass: HomeAssistant, server: OvmsServer) -> None:
    """The server tells how old its newest message is."""
    server.add_vehicle(VEHICLE_ID, PASSWORD)
    server.store(VEHICLE_ID, "S61.5,K,0,0.00,stopped,standard", age=15 * 86400)
    async with at_server(hass, server, boot=False) as car:
        assert issues(hass) == {server_issues.MODULE_SILENT_AT_SERVER}
        age = dt_util.utcnow() - dt_util.parse_datetime(car.state("last_heard", "sensor"), raise_on_error=True)
        assert 14.9 < age.total_seconds() / 86400 < 15.1


# Actions


async def ask(car: Car, action: str, **fields: Any) -> Any:
    """Perform an action on the car, and return its response."""
    fields |= {"config_entry_id": car.entry.entry_id}
    return await car.hass.services.async_call(DOMAIN, action, fields, blocking=True, return_response=True)


async def test_the_actions_of_a_car(hass: HomeAssistant, server: OvmsServer) -> None:
    """They are the same as on a broker."""
    async with at_server(hass, server) as car:
        reply = (await ask(car, "send_command", command="server v2 status"))["reply"]
        assert reply.startswith("State: Connected")
        assert await ask(car, "get_config", param="vehicle", instance="id") == {"value": VEHICLE_ID}
        assert (await ask(car, "get_firmware"))["firmware"]


async def test_all_metrics_are_listed_but_for_the_private_ones(hass: HomeAssistant, server: OvmsServer) -> None:
    """Also what the protocol does not carry; not who the car is, nor where."""
    async with at_server(hass, server, "NL", metrics={**CAR, "v.b.p.voltage.avg": 3.875}) as car:
        listed = (await ask(car, "list_metrics"))["metrics"]
        assert listed["v.b.soc"] == "62.5%"
        assert listed["v.b.p.voltage.avg"].startswith("3.875")
        assert any(name.startswith("xnl.") for name in listed)
        assert len(listed) > 60
        for private in PRIVATE:
            assert private not in str(listed)


async def test_all_metrics_are_listed_on_a_broker_too(hass: HomeAssistant, broker: EmbeddedBroker) -> None:
    """The module's shell is the same."""
    async with parked(hass, broker, "NL", entry=vehicle_entry(broker, "NL"), metrics=CAR) as car:
        listed = (await ask(car, "list_metrics"))["metrics"]
        assert listed["v.b.soc"] == "62.5%"
        for private in PRIVATE:
            assert private not in str(listed)
        assert car.told == ["metrics list"]


@pytest.mark.parametrize(
    ("name", "private"),
    [
        ("v.vin", True),
        ("v.b.soc", False),
        ("xnl.v.b.hx", False),
        ("usr.home.lat", True),
        ("usr.heater.power", False),
        ("Hauptstr.", True),
        ("rue", True),
    ],
)
def test_metrics_that_scripts_make_are_judged_by_their_names(name: str, private: bool) -> None:
    """Nobody knows what they hold."""
    assert is_private(name, "NL") is private


async def test_who_is_no_administrator_lists_nothing(
    hass: HomeAssistant, server: OvmsServer, hass_read_only_user: MockUser
) -> None:
    """A list of everything is for who looks after the car."""
    async with at_server(hass, server) as car:
        fields = {"config_entry_id": car.entry.entry_id}
        with pytest.raises(Unauthorized):
            await hass.services.async_call(
                DOMAIN,
                "list_metrics",
                fields,
                blocking=True,
                return_response=True,
                context=Context(user_id=hass_read_only_user.id),
            )


# What nobody else may know


@pytest.mark.usefixtures("_clock_that_stands")
async def test_diagnostics(
    hass: HomeAssistant, server: OvmsServer, hass_client: ClientSessionGenerator, snapshot: SnapshotAssertion
) -> None:
    """Everything that explains why an entity shows what it shows."""
    async with at_server(hass, server, "NL") as car:
        found = await get_diagnostics_for_config_entry(hass, hass_client, car.entry)
        assert found == snapshot(exclude=props("port", "v.p.trip"))


@pytest.mark.usefixtures("_clock_that_stands", "impatient_link")
async def test_nothing_secret_is_told(
    hass: HomeAssistant, server: OvmsServer, hass_client: ClientSessionGenerator, caplog: pytest.LogCaptureFixture
) -> None:
    """Not by diagnostics, states or logs, whatever happens; but the name that the user gave is what it is."""
    caplog.set_level(logging.DEBUG)
    server.add_account(ACCOUNT, SECRET)
    entry = server_entry(server, vehicle_id=OWNER_S_CHOICE, password=SECRET, username=ACCOUNT, host="localhost")
    secrets = (ACCOUNT, SECRET, PASSWORD, PIN, "localhost", *PRIVATE)
    async with at_server(
        hass, server, vehicle_id=OWNER_S_CHOICE, owner=ACCOUNT, entry=entry, metrics=CAR, speed=1
    ) as car:
        await car.call("doors", "lock.unlock", code=PIN)
        found = json.dumps(await get_diagnostics_for_config_entry(hass, hass_client, car.entry), ensure_ascii=False)
        for secret in (*secrets, OWNER_S_CHOICE):
            assert secret not in found, secret
        states = {state.entity_id: shown(state) for state in hass.states.async_all()}
        del states[car.entity_id("location", "device_tracker")]
        told = "".join(states.values()).replace(entry.title, "")
        for secret in secrets:
            assert secret not in told, secret

        server.knobs.refuse = True
        server.disconnect(OWNER_S_CHOICE, Kind.APP)
        await eventually(lambda: reauthentications(hass) == 1, "the right password is asked for")
        server.knobs.heal()
        await eventually(lambda: car.vehicle.link_connected, "the connection is back")
        server.blurt(OWNER_S_CHOICE, b"Sgarbage\r\nL1,2\r\n\xff\xfe\r\n")
        server.knobs.refuse = True
        assert not await hass.config_entries.async_reload(entry.entry_id)
        ours = [record for record in caplog.records if record.name.startswith("custom_components")]
        logged = "\n".join(logging.Formatter().format(record) for record in ours).replace(entry.title, "")
        assert "The connection to the OVMS server of" in logged
        for secret in (*secrets, OWNER_S_CHOICE):
            assert secret not in logged, secret


def test_what_is_private_is_a_metric() -> None:
    """A typing error here would tell it."""
    assert STANDARD_METRICS.keys() >= SECRET_METRICS


@pytest.mark.parametrize("code", VEHICLE_TYPES)
def test_no_number_of_a_car_or_a_part_of_it_is_public(code: str) -> None:
    """Whose car it is can be told from each."""
    numbers = [name for name in vehicle_metrics(code) if {"vin", "serial"} & set(name.split("."))]
    assert [name for name in numbers if not is_private(name, code)] == []
