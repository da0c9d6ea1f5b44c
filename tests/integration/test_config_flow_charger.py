"""A person adds a charger by hand."""

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web
from homeassistant.config_entries import SOURCE_IGNORE, SOURCE_RECONFIGURE, ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import device_registry as dr
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.open_ev.clients.openevse import errors
from custom_components.open_ev.const import DOMAIN
from custom_components.open_ev.settings import charger as charger_settings
from simulators.openevse import Generation, OpenEvse

from .charger_dialog import (
    NOWHERE,
    SERIAL,
    add,
    assert_aborted,
    assert_created,
    entry_for,
    generations,
    standing,
    unique_id,
    with_password,
    with_serial,
    without_serial,
)
from .dialog import assert_error, shown, start, submit
from .texts import Texts

CREDENTIALS: dict[str, Any] = {"username": "me", "password": "secret"}


@generations
async def test_two_clicks(hass: HomeAssistant, generation: Generation) -> None:
    """The kind of device, its address, done; nothing is asked for that the charger does not want."""
    async with standing(hass, generation) as charger:
        form = await start(hass, "charger")
        assert_error(form, "charger", {})
        assert shown(form["data_schema"]) == {}
        result = await add(hass, charger.url)
        assert_created(result, charger)
        assert result["result"].unique_id == unique_id(charger)
        assert result["result"].state is ConfigEntryState.LOADED
        assert [(each.method, each.path) for each in charger.requests[:2]] == [("GET", "/status"), ("GET", "/config")]


@pytest.mark.parametrize(
    "typed", [" {} ", "http://{}", "HTTP://{}/", "http://{}/#/settings", "http://{}/index.html?language=en"]
)
async def test_whatever_is_pasted(hass: HomeAssistant, typed: str) -> None:
    """What a browser shows while it is at the charger leads there as well."""
    async with standing(hass) as charger:
        assert_created(await add(hass, typed.format(charger.url.removeprefix("http://"))), charger)


@pytest.mark.usefixtures("names")
async def test_a_name(hass: HomeAssistant) -> None:
    """A name stays a name: it may lead elsewhere tomorrow."""
    async with standing(hass) as charger:
        address = f"openevse.local:{charger.port}"
        assert_created(await add(hass, address), charger, url=f"http://{address}")


@pytest.mark.parametrize(
    "typed",
    ["", "  ", "two words", "mqtt://openevse", "http://", "openevse:port", "http://me:secret@openevse", "-", "[]a@"],
)
async def test_what_is_no_address(hass: HomeAssistant, typed: str) -> None:
    """It is refused at once, stays in the form, and can be mended."""
    async with standing(hass) as charger:
        result = await add(hass, typed)
        assert_error(result, "charger", {"host": "invalid_address"})
        assert shown(result["data_schema"]) == {"host": typed}
        assert charger.requests == []
        assert_created(await submit(hass, result, {"host": charger.url}), charger)


# What may be wrong with it


def _hang_up(charger: OpenEvse) -> None:
    charger.knobs.hang_up = True


def _break_off(charger: OpenEvse) -> None:
    charger.knobs.restart_mid_answer = True


def _cut_off(charger: OpenEvse) -> None:
    charger.knobs.cut_off = True


def _answer_html(charger: OpenEvse) -> None:
    charger.knobs.html = True


def _answer_404(charger: OpenEvse) -> None:
    charger.knobs.status = 404


def _answer_500(charger: OpenEvse) -> None:
    charger.knobs.status = 500


def _be_old(charger: OpenEvse) -> None:
    charger.say(state=None)


def _be_strange(charger: OpenEvse) -> None:
    charger.say(ohm_hour=None)


@pytest.mark.parametrize(
    ("go_wrong", "error"),
    [
        (_hang_up, "charger_unreachable"),
        (_break_off, "charger_unreachable"),
        (_cut_off, "charger_bad_answer"),
        (_answer_html, "not_an_openevse"),
        (_answer_404, "not_an_openevse"),
        (_be_strange, "not_an_openevse"),
        (_answer_500, "charger_refused"),
        (_be_old, "charger_too_old"),
    ],
)
@pytest.mark.parametrize("generation", [Generation.V2_7, Generation.HEAD])
async def test_what_may_be_wrong(
    hass: HomeAssistant, generation: Generation, go_wrong: Callable[[OpenEvse], None], error: str
) -> None:
    """Each has its own text; the address stays in the form, and does it once nothing is wrong any more."""
    async with standing(hass, generation) as charger:
        go_wrong(charger)
        result = await add(hass, charger.url)
        assert_error(result, "charger", {"base": error})
        assert shown(result["data_schema"]) == {"host": charger.url}
        charger.knobs.heal()
        charger.say_truth()
        assert_created(await submit(hass, result, {"host": charger.url}), charger)


async def test_nobody_is_there(hass: HomeAssistant) -> None:
    """A charger that is switched on meanwhile is found in the same dialog."""
    async with standing(hass) as charger:
        await charger.refuse_connections()
        result = await add(hass, charger.url)
        assert_error(result, "charger", {"base": "charger_unreachable"})
        await charger.accept_connections()
        assert_created(await submit(hass, result, {"host": charger.url}), charger)


@asynccontextmanager
async def something_else(answer: Any) -> AsyncGenerator[str]:
    """Another device with a web server and an interface of its own."""

    async def tell(request: web.Request) -> web.Response:
        return web.json_response(answer)

    application = web.Application()
    application.router.add_route("*", "/{path:.*}", tell)
    runner = web.AppRunner(application, shutdown_timeout=0.01)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@pytest.mark.parametrize("answer", [{}, {"status": "ok"}, {"state": 3}, [], None])
async def test_it_is_something_else(hass: HomeAssistant, answer: Any) -> None:
    """Many devices have a /status."""
    async with something_else(answer) as address:
        assert_error(await add(hass, address), "charger", {"base": "not_an_openevse"})


# Who may come in


@with_password
async def test_a_password_is_asked_for_when_the_charger_asks(hass: HomeAssistant, generation: Generation) -> None:
    """Wrong ones are told from other faults; the user stays in the form, the password does not."""
    async with standing(hass, generation, **CREDENTIALS) as charger:
        result = await add(hass, charger.url)
        assert_error(result, "charger_credentials", {})
        assert result["description_placeholders"] == {"host": charger.url.removeprefix("http://")}
        assert shown(result["data_schema"]) == {}
        for typed in ({"username": "me", "password": "wrong"}, {"username": "you", "password": "secret"}, {}):
            result = await submit(hass, result, typed)
            assert_error(result, "charger_credentials", {"base": "charger_unauthorized"})
            assert shown(result["data_schema"]) == {key: typed[key] for key in typed if key == "username"}
        await charger.refuse_connections()
        result = await submit(hass, result, CREDENTIALS)
        assert_error(result, "charger_credentials", {"base": "charger_unreachable"})
        assert shown(result["data_schema"]) == {"username": "me"}
        await charger.accept_connections()
        result = await submit(hass, result, {"username": " me ", "password": "secret"})
        assert_created(result, charger, **CREDENTIALS)
        assert result["result"].state is ConfigEntryState.LOADED


async def test_a_password_alone(hass: HomeAssistant) -> None:
    """Firmware after 5.1.5 can have one without a user."""
    async with standing(hass, Generation.HEAD, password="secret") as charger:
        result = await submit(hass, await add(hass, charger.url), {"password": "secret"})
        assert_created(result, charger, password="secret")
        assert result["result"].state is ConfigEntryState.LOADED


async def test_too_many_wrong_passwords(hass: HomeAssistant) -> None:
    """Firmware after 5.1.5 counts them; a right one passes at any time."""
    async with standing(hass, Generation.HEAD, **CREDENTIALS) as charger:
        result = await add(hass, charger.url)
        for _ in range(10):
            result = await submit(hass, result, {"username": "me", "password": "wrong"})
            assert result["errors"] == {"base": "charger_unauthorized"}
        result = await submit(hass, result, {"username": "me", "password": "wrong"})
        assert_error(result, "charger_credentials", {"base": "charger_locked_out"})
        assert_created(await submit(hass, result, CREDENTIALS), charger, **CREDENTIALS)


# The same charger twice


@generations
async def test_a_charger_is_set_up_once(hass: HomeAssistant, generation: Generation) -> None:
    """By its serial number, or by its address where it has none; it is asked for nothing else."""
    async with standing(hass, generation) as charger:
        entry = entry_for(charger)
        entry.add_to_hass(hass)
        result = await add(hass, charger.url)
        assert_aborted(result, "charger_set_up")
        assert result["description_placeholders"] == {"name": entry.title}
        assert entry.state is ConfigEntryState.NOT_LOADED
        assert entry.data == entry_for(charger).data


@pytest.mark.parametrize("generation", [Generation.V3_3, Generation.V5_1])
async def test_a_charger_is_called_as_its_user_calls_it(hass: HomeAssistant, generation: Generation) -> None:
    """In the dialog that changes how it is reached; the one that says where that is calls its entry as the page there does."""
    async with standing(hass, generation) as charger:
        entry = (await add(hass, charger.url))["result"]
        registry = dr.async_get(hass)
        (device,) = dr.async_entries_for_config_entry(registry, entry.entry_id)
        registry.async_update_device(device.id, name_by_user="Carport")
        result = await add(hass, charger.url)
        assert_aborted(result, "charger_set_up")
        assert result["description_placeholders"] == {"name": entry.title}
        form = await hass.config_entries.flow.async_init(
            DOMAIN, context={"source": SOURCE_RECONFIGURE, "entry_id": entry.entry_id}
        )
        assert (form["description_placeholders"] or {})["name"] == "Carport"


@with_serial
async def test_by_another_address(hass: HomeAssistant, generation: Generation) -> None:
    """The entry of a charger that was set up by its name is known by its number."""
    async with standing(hass, generation) as charger:
        entry = entry_for(charger, url="http://openevse.local")
        entry.add_to_hass(hass)
        assert_aborted(await add(hass, charger.url), "charger_set_up")
        assert entry.data["url"] == "http://openevse.local"


async def test_an_entry_that_waits_is_told_where_its_charger_is(hass: HomeAssistant) -> None:
    """Who adds a charger again because it is gone, has it back."""
    async with standing(hass, Generation.V5_1, **CREDENTIALS) as charger:
        entry = entry_for(charger, url=NOWHERE)
        entry.add_to_hass(hass)
        assert not await hass.config_entries.async_setup(entry.entry_id)
        result = await submit(hass, await add(hass, charger.url), CREDENTIALS)
        assert_aborted(result, "charger_set_up")
        await hass.async_block_till_done()
        assert entry.state is ConfigEntryState.LOADED
        assert entry.data == entry_for(charger, **CREDENTIALS).data


async def test_two_chargers(hass: HomeAssistant) -> None:
    """One that has got the address of another is a new one, and the other one stays what it was."""
    async with standing(hass, serial="aabbccddee02") as charger:
        other = entry_for(charger, unique_id=SERIAL)
        other.add_to_hass(hass)
        result = await add(hass, charger.url)
        assert_created(result, charger)
        assert result["result"].unique_id == "aabbccddee02"
        assert other.data == entry_for(charger).data


@without_serial
async def test_two_chargers_without_numbers(hass: HomeAssistant, generation: Generation) -> None:
    """One that was set up where another one is now keeps its id, and the new one has one of its own."""
    async with standing(hass, generation) as charger:
        entry_for(charger, url="http://10.0.0.7").add_to_hass(hass)
        result = await add(hass, charger.url)
        assert_created(result, charger)
        assert result["result"].unique_id not in {unique_id(charger), None}
        assert_aborted(await add(hass, charger.url), "charger_set_up")


async def test_a_number_that_is_none(hass: HomeAssistant) -> None:
    """Whatever a charger says that is no MAC tells it from no other."""
    async with standing(hass, serial="openevse") as charger:
        result = await add(hass, charger.url)
        assert_created(result, charger)
        assert result["result"].unique_id == charger.url.removeprefix("http://")


async def test_an_ignored_charger_can_be_added(hass: HomeAssistant) -> None:
    """Who ignored a discovery may change their mind."""
    async with standing(hass) as charger:
        MockConfigEntry(domain=DOMAIN, unique_id=SERIAL, source=SOURCE_IGNORE).add_to_hass(hass)
        assert_created(await add(hass, charger.url), charger)
        assert len(hass.config_entries.async_entries(DOMAIN)) == 1


@with_password
async def test_the_same_charger_in_two_dialogs(hass: HomeAssistant, generation: Generation) -> None:
    """The first to finish has it."""
    async with standing(hass, generation, **CREDENTIALS) as charger:
        first, second = [await add(hass, charger.url) for _ in range(2)]
        assert (await submit(hass, first, CREDENTIALS))["type"] is FlowResultType.CREATE_ENTRY
        assert_aborted(await submit(hass, second, CREDENTIALS), "charger_set_up")


async def test_a_car_is_no_charger(hass: HomeAssistant) -> None:
    """Entries of other kinds are not in the way."""
    async with standing(hass) as charger:
        MockConfigEntry(domain=DOMAIN, unique_id="ovms/demo/LEAF1", data={"kind": "vehicle_mqtt"}).add_to_hass(hass)
        assert_created(await add(hass, charger.url), charger)


# Texts


@pytest.mark.parametrize(
    "error",
    [
        errors.CannotConnect("x"),
        errors.TlsFailed("x"),
        errors.Unauthorized("x"),
        errors.Unauthorized("x", retry_later=True),
        errors.NotAnOpenEvse("x"),
        errors.WrongCharger("x"),
        errors.FirmwareTooOld("x"),
        errors.BadAnswer("x"),
        errors.TlsWanted("x"),
        errors.Refused("x"),
        errors.NotAvailable("x"),
    ],
)
def test_every_error_has_a_text(texts: Texts, error: errors.OpenEvseError) -> None:
    """Whatever reading a charger may raise."""
    assert f"config.error.{charger_settings.charger_error_key(error)}" in texts.keys
