"""Every error that a user is told has a text, and there are no others.

What flows tell is watched where flows are tested.
"""

import ast
from collections.abc import Iterator

from homeassistant.exceptions import HomeAssistantError
import pytest

from custom_components.open_ev import services
from custom_components.open_ev.clients.ocpi import errors as ocpi
from custom_components.open_ev.clients.ocpi.models import Result
from custom_components.open_ev.clients.openevse import errors as openevse
from custom_components.open_ev.clients.ovms import errors
from custom_components.open_ev.coordinator import ClientError, acting
from custom_components.open_ev.settings import (
    broker as broker_settings,
    charger as charger_settings,
    operator as operator_settings,
    server as server_settings,
)

from .files import ENGLISH, INTEGRATION, placeholders


def trees() -> Iterator[ast.AST]:
    """The code of the integration, with the clients whose errors it tells. What flows tell is watched where they are tested."""
    for path in INTEGRATION.rglob("*.py"):
        if not path.is_relative_to(INTEGRATION / "flows"):
            yield ast.parse(path.read_text(encoding="utf-8"))


def calls() -> Iterator[ast.Call]:
    """Every call in it."""
    for tree in trees():
        yield from (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def keys_in_raises() -> Iterator[str]:
    """The translation keys that are written where an error is made."""
    for call in calls():
        keywords = {keyword.arg: keyword.value for keyword in call.keywords}
        key = keywords.get("translation_key")
        if "translation_domain" in keywords and isinstance(key, ast.Constant):
            yield str(key.value)


def reasons_of_invalid_arguments() -> Iterator[str]:
    """What can be wrong with an argument."""
    for call in calls():
        if isinstance(call.func, ast.Name) and call.func.id == "InvalidArgument":
            reason = call.args[1]
            assert isinstance(reason, ast.Constant), "a reason that is put together cannot be found here"
            yield str(reason.value)


ACTING: tuple[ClientError, ...] = (
    errors.Unsupported("Error: no"),
    errors.Failed("Error: no"),
    errors.FailedWithPin("Error: no"),
    errors.UsageError("Usage: no"),
    errors.UnknownCommand("no"),
    errors.Busy(),
    errors.NoAnswer(),
    errors.EmptyAnswer(),
    errors.VehicleOffline(),
    errors.FirmwareTooOld("3.3.006"),
    errors.LinkError(),
    errors.CannotConnect(),
    errors.NoBroker(),
    errors.ConnectionRefused(),
    errors.TlsFailed(),
    openevse.CannotConnect("no answer"),
    openevse.TlsFailed("no certificate"),
    openevse.TlsWanted("https://charger.example"),
    openevse.Unauthorized("wrong"),
    openevse.Unauthorized("wrong", retry_later=True),
    openevse.NotAnOpenEvse("no"),
    openevse.WrongCharger("another"),
    openevse.FirmwareTooOld("2.2"),
    openevse.BadAnswer("html"),
    openevse.Refused("status 500"),
    openevse.RapiBlocked("no"),
    openevse.RapiRefused("$NK"),
    openevse.RapiFailed("timeout"),
    openevse.NotAvailable("no"),
    openevse.TimerDecides("no"),
    openevse.DisplayBlocked("no"),
    openevse.VehicleSourceNotSet("no"),
    openevse.Unconfirmed("start"),
    openevse.Unconfirmed("start", "ocpp"),
    ocpi.CannotConnect("no answer"),
    ocpi.NotReached("no connection"),
    ocpi.TlsFailed("no certificate"),
    ocpi.Unauthorized("wrong"),
    ocpi.NotOcpi("html"),
    ocpi.BadAnswer("cut_off"),
    ocpi.UnsupportedVersion(("2.0",)),
    ocpi.NotAvailable("commands"),
    ocpi.StatusError(3000),
    ocpi.StatusError(3000, "no"),
    ocpi.UnknownObject(2003),
    ocpi.ResultTimeout("no"),
    ocpi.Unanswered("cut off"),
    *(ocpi.CommandRefused(result, reply) for result in Result if result is not Result.ACCEPTED for reply in ("", "no")),
    openevse.Unseen("start"),
)


async def told(error: ClientError) -> HomeAssistantError:
    """What a user is told of a client's error."""
    with pytest.raises(HomeAssistantError) as raised:
        async with acting():
            raise error
    return raised.value


def leaves[ErrorT: Exception](kind: type[ErrorT]) -> set[type[ErrorT]]:
    """The errors of a kind that are raised; the kinds themselves only sort them."""
    below = kind.__subclasses__()
    return {leaf for each in below for leaf in leaves(each)} if below else {kind}


def test_every_error_of_the_clients_is_known_here() -> None:
    """One that is added wants to be told."""
    known: set[type[Exception]] = {type(error) for error in ACTING}
    assert known >= leaves(errors.OvmsError) - {errors.InvalidArgument}
    assert known >= leaves(openevse.OpenEvseError) - {openevse.InvalidArgument}
    assert known >= leaves(ocpi.OcpiError) - {ocpi.InvalidArgument}


async def test_every_error_has_a_text_and_no_text_is_left() -> None:
    """Errors of actions, of arguments and of setting up."""
    needed = set(keys_in_raises())
    for target in (services.VEHICLE, services.CHARGER, services.OPERATOR):
        needed |= {target.wrong, target.several, target.none}
    needed |= {f"invalid_{reason}" for reason in reasons_of_invalid_arguments()}
    needed |= {str((await told(error)).translation_key) for error in ACTING}
    for link_error_key in (broker_settings.link_error_key, server_settings.server_error_key):
        needed |= {link_error_key(error) for error in ACTING if isinstance(error, errors.LinkError)}
    needed |= {
        charger_settings.charger_error_key(error) for error in ACTING if isinstance(error, openevse.OpenEvseError)
    }
    needed |= {operator_settings.operator_error_key(error) for error in ACTING if isinstance(error, ocpi.OcpiError)}
    assert set(ENGLISH["exceptions"]) == needed


async def test_every_error_fills_its_text_in() -> None:
    """What a text names is what the error gives."""
    arguments = [errors.InvalidArgument("command", reason) for reason in set(reasons_of_invalid_arguments())]
    for error in (*ACTING, *arguments):
        raised = await told(error)
        message = ENGLISH["exceptions"][str(raised.translation_key)]["message"]
        assert placeholders(message) <= set(raised.translation_placeholders or {}), raised.translation_key
