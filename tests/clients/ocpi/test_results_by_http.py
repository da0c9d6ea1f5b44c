"""Results over real HTTP that are not what they should be, and answers to commands that are not."""

from datetime import UTC, datetime, timedelta

import aiohttp
from aiohttp import web
import pytest

from custom_components.open_ev.clients.ocpi.charge_point import ChargePoint
from custom_components.open_ev.clients.ocpi.client import OcpiClient
from custom_components.open_ev.clients.ocpi.errors import (
    CommandRefused,
    NotAvailable,
    NotOcpi,
    OcpiError,
    ResultTimeout,
    StatusError,
    Unanswered,
    Unauthorized,
    UnknownObject,
)
from custom_components.open_ev.clients.ocpi.models import CommandResponse, Result, Session, SessionStatus
from custom_components.open_ev.clients.ocpi.operator import Operator
from simulators.cpo import CallbackFault, Command, Cpo, Knobs, Module, Order, Quirk, Result as Told, Script, Version
from tests.operator_pace import IMPATIENT

from .conftest import TOKEN, Inbox, connected, credentials, handshake, operator, serving

# Callbacks


@pytest.mark.parametrize(
    "fault",
    [
        CallbackFault.WRONG_TOKEN,
        CallbackFault.NO_TOKEN,
        CallbackFault.OTHER_SCHEME,
        CallbackFault.HUGE,
        CallbackFault.GARBAGE,
        CallbackFault.NOT_AN_OBJECT,
        CallbackFault.NO_RESULT,
    ],
)
async def test_callbacks_that_say_nothing(
    session: aiohttp.ClientSession, cpo: Cpo, inbox: Inbox, fault: CallbackFault
) -> None:
    """They are as good as none: a no of a stranger is no no, and a yes no yes."""
    async with connected(session, cpo, inbox, pace=IMPATIENT) as (_, point):
        cpo.scripts[Command.UNLOCK_CONNECTOR] = Script(fault=fault, does=False)
        with pytest.raises(ResultTimeout):
            await point.unlock()
    async with connected(session, cpo, inbox) as (_, point):
        cpo.scripts[Command.START_SESSION] = Script(fault=fault)
        cpo.plug_in()
        await point.start()
        assert cpo.charging()
        await cpo.settle()
    assert all(reply.status != 200 or reply.body["status_code"] == 2001 for reply in inbox.replies)


@pytest.mark.parametrize(
    "fault",
    [
        CallbackFault.WRAPPED,
        CallbackFault.LISTED,
        CallbackFault.LOWER_CASE,
        CallbackFault.OTHER_ENCODING,
        CallbackFault.WRONG_TOKEN_FIRST,
    ],
)
async def test_callbacks_that_are_understood(
    linked: tuple[Operator, ChargePoint], cpo: Cpo, fault: CallbackFault
) -> None:
    """Real operators write results in more than one way; and somebody may have tried before."""
    _, point = linked
    cpo.scripts[Command.UNLOCK_CONNECTOR] = Script(fault=fault)
    await point.unlock()
    cpo.scripts[Command.UNLOCK_CONNECTOR] = Script(result=Told.FAILED, fault=fault)
    with pytest.raises(CommandRefused) as caught:
        await point.unlock()
    assert caught.value.result is Result.FAILED


async def test_results_that_nobody_knows(linked: tuple[Operator, ChargePoint], cpo: Cpo) -> None:
    """What no version has is no success, at once or later."""
    _, point = linked
    for script in (Script(immediate="PERHAPS"), Script(result="PERHAPS")):
        cpo.scripts[Command.UNLOCK_CONNECTOR] = script
        with pytest.raises(CommandRefused) as caught:
            await point.unlock()
        assert caught.value.result is Result.UNKNOWN


async def test_no_cancelling_in_2_1_1(linked: tuple[Operator, ChargePoint], cpo: Cpo, version: Version) -> None:
    """It has no such command, and none is sent."""
    _, point = linked
    if version is Version.V2_1_1:
        sent = len(cpo.requests)
        with pytest.raises(NotAvailable):
            await point.cancel_reservation("1")
        assert len(cpo.requests) == sent
    else:
        with pytest.raises(CommandRefused) as caught:
            await point.cancel_reservation("R1")
        assert caught.value.result is Result.UNKNOWN_RESERVATION


async def test_a_result_that_overtakes_a_lost_answer(linked: tuple[Operator, ChargePoint], cpo: Cpo) -> None:
    """What was told is true, though the answer broke off."""
    _, point = linked
    cpo.plug_in()
    cpo.scripts[Command.START_SESSION] = Script(order=Order.BEFORE)
    cpo.knobs.modules, cpo.knobs.hang_up_midway = frozenset({Module.COMMANDS}), True
    await point.start()
    cpo.stop_session()
    cpo.scripts[Command.START_SESSION] = Script(order=Order.BEFORE, result=Told.EVSE_OCCUPIED)
    with pytest.raises(CommandRefused):
        await point.start()
    # Without one nothing is known.
    cpo.scripts[Command.START_SESSION] = Script(fault=CallbackFault.NEVER)
    with pytest.raises(Unanswered):
        await point.start()


# Answers


@pytest.mark.parametrize(
    "quirks",
    [{Quirk.BARE_COMMANDS}, {Quirk.COMMAND_LISTS}, {Quirk.BARE_COMMANDS, Quirk.COMMAND_LISTS}],
    ids=["bare", "lists", "bare lists"],
)
async def test_shapes_of_answers(
    session: aiohttp.ClientSession, version: Version, inbox: Inbox, quirks: set[Quirk]
) -> None:
    """Without an envelope, or in a list."""
    async with operator(version, quirks) as cpo, connected(session, cpo, inbox) as (_, point):
        await point.unlock()
        cpo.scripts[Command.UNLOCK_CONNECTOR] = Script(immediate=Told.NOT_SUPPORTED)
        with pytest.raises(CommandRefused) as caught:
            await point.unlock()
        assert caught.value.result is Result.NOT_SUPPORTED


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Knobs(status=401), Unauthorized),
        (Knobs(status=403), Unauthorized),
        (Knobs(status=422), StatusError),
        (Knobs(status=500), StatusError),
        # A gateway that has lost sight of it knows no more than we do.
        (Knobs(status=502), Unanswered),
        (Knobs(status=504), Unanswered),
        (Knobs(code=2004), StatusError),
        (Knobs(code=3000), StatusError),
        (Knobs(html=True), NotOcpi),
        (Knobs(empty=True), NotOcpi),
        (Knobs(not_an_envelope=True), NotOcpi),
        (Knobs(wrong_types=True), Unanswered),
        (Knobs(no_data=True), Unanswered),
        (Knobs(cut_off=True), Unanswered),
        (Knobs(huge=5_000_000), Unanswered),
        (Knobs(nested=True), Unanswered),
        (Knobs(redirect="https://elsewhere.example/"), Unanswered),
        (Knobs(hang_up=True), Unanswered),
    ],
    ids=lambda value: value.__name__ if isinstance(value, type) else "",
)
async def test_answers_that_are_none(
    session: aiohttp.ClientSession, inbox: Inbox, fault: Knobs, error: type[OcpiError]
) -> None:
    """Each is an error, nobody waits for a result, and the next command works."""
    async with operator() as cpo, connected(session, cpo, inbox) as (_, point):
        fault.modules = frozenset({Module.COMMANDS})
        healthy = cpo.knobs
        _set(healthy, fault)
        cpo.scripts[Command.UNLOCK_CONNECTOR] = Script(fault=CallbackFault.NEVER)
        with pytest.raises(OcpiError) as caught:
            await point.unlock()
        assert type(caught.value) is error
        assert not inbox.open_ids
        cpo.heal()
        await point.unlock()


def _set(knobs: Knobs, fault: Knobs) -> None:
    for name in Knobs.__dataclass_fields__:
        setattr(knobs, name, getattr(fault, name))


STOP = Session(id="S1", status=SessionStatus.ACTIVE)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        # A refusal within an error is the better of the two.
        ({"status_code": 2003, "data": {"result": "REJECTED"}}, CommandResponse(result=Result.REJECTED)),
        ({"status_code": 2003, "data": [{"result": "REJECTED"}]}, CommandResponse(result=Result.REJECTED)),
        ({"status_code": 2003, "data": {"result": "ACCEPTED"}}, UnknownObject),
        ({"status_code": 2001, "data": None}, StatusError),
        (
            {"status_code": 1000, "data": {"result": "ACCEPTED", "timeout": 9}},
            CommandResponse(result=Result.ACCEPTED, timeout=9),
        ),
        ({"result": "ACCEPTED", "timeout": 30}, CommandResponse(result=Result.ACCEPTED, timeout=30)),
        ({"results": "ACCEPTED"}, NotOcpi),
        ([{"result": "ACCEPTED"}], CommandResponse(result=Result.ACCEPTED)),
        ([], Unanswered),
    ],
)
async def test_what_an_answer_means(
    session: aiohttp.ClientSession, body: object, expected: CommandResponse | type[OcpiError]
) -> None:
    """Wherever it says it."""

    async def answer(request: web.Request) -> web.Response:
        return handshake(request) or web.json_response(body)

    async with serving(answer) as (url, seen):
        client = OcpiClient(session, credentials(f"{url}/versions"))
        await client.connect()
        command = client.commands.stop_session(STOP)
        if isinstance(expected, CommandResponse):
            assert await client.command(command, "https://home.example/1") == expected
        else:
            with pytest.raises(OcpiError) as caught:
                await client.command(command, "https://home.example/1")
            assert type(caught.value) is expected
        assert (seen[-1].method, seen[-1].path) == ("POST", "/commands/STOP_SESSION")


async def test_a_redirect_of_a_command(session: aiohttp.ClientSession, inbox: Inbox, version: Version) -> None:
    """For a slash: method, body and token go along."""
    strict = operator(version, {Quirk.TRAILING_SLASHES, Quirk.STRICT_SLASHES})
    async with strict as cpo, connected(session, cpo, inbox) as (_, point):
        await point.unlock()
        assert cpo.evse().unlocked == ["1"]


async def test_another_token_in_the_middle(linked: tuple[Operator, ChargePoint], cpo: Cpo, inbox: Inbox) -> None:
    """A token that is taken back ends commands, and says so."""
    _, point = linked
    cpo.token = f"not-{TOKEN}"
    with pytest.raises(Unauthorized):
        await point.reserve(datetime.now(UTC) + timedelta(hours=1))
    assert not inbox.open_ids
