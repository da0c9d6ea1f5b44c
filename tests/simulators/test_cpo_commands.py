"""Commands to a simulated operator: what they do, and every result that they may have."""

import asyncio

import pytest

from simulators.cpo import Capability, Car, Command, Cpo, Order, Result, Script, SessionStatus, Tariff, Version

from .cpo_emsp import an_object, meet, objects, refined, token

pytestmark = pytest.mark.usefixtures("socket_enabled")

ALL = list(Version)
NEW = [Version.V2_2_1, Version.V2_3_0]
EACH = [
    (version, command)
    for version in Version
    for command in Command
    if version in NEW or command is not Command.CANCEL_RESERVATION
]


# What commands do


@pytest.mark.parametrize("version", ALL)
async def test_a_session(version: Version) -> None:
    """It is started, gains energy and cost, and is stopped; the car stays."""
    async with meet(Cpo(version, tariff=Tariff(start=1.0))) as emsp:
        cpo = emsp.cpo
        cpo.plug_in(car=Car(power=10_000))
        reply = await emsp.send(Command.START_SESSION, authorization_reference="REF", connector_id="1")
        told: dict[str, object] = {"result": "ACCEPTED"}
        assert reply.data == (told if version is Version.V2_1_1 else told | {"timeout": 30, "message": []})
        assert (await emsp.hear()).result == "ACCEPTED"
        cpo.tick(3600)
        [session] = await emsp.sessions()
        assert (session["status"], session["kwh"], session["currency"]) == ("ACTIVE", 10.0, "EUR")
        assert (await emsp.evse())["status"] == "CHARGING"
        if version is Version.V2_1_1:
            assert session["total_cost"] == 5.0
            assert (session["auth_id"], "start_datetime" in session) == ("NL-HOM-ME", True)
            place = an_object(session["location"])
            assert [evse["uid"] for evse in objects(place["evses"])] == ["EVSE1"]
        else:
            assert session["total_cost"] == (
                {"excl_vat": 5.0, "incl_vat": 6.05}
                if version is Version.V2_2_1
                else {"before_taxes": 5.0, "taxes": [{"name": "VAT", "percentage": 21.0, "amount": 1.05}]}
            )
            assert (session["location_id"], session["evse_uid"], session["connector_id"]) == ("LOC1", "EVSE1", "1")
            assert an_object(session["cdr_token"])["uid"] == "ME"
            assert (session["authorization_reference"], "start_date_time" in session) == ("REF", True)
        assert await emsp.do(Command.STOP_SESSION, session_id=str(session["id"]).lower()) == ["ACCEPTED"] * 3
        cpo.tick(3600)
        [session] = await emsp.sessions()
        assert (session["status"], session["kwh"]) == ("COMPLETED", 10.0)
        assert ("end_datetime" if version is Version.V2_1_1 else "end_date_time") in session
        assert cpo.status() == "CHARGING"


async def test_energy() -> None:
    """No more than connector, car and battery allow; a full car's session stays active."""
    async with meet(Cpo()) as emsp:
        car = Car(power=50_000, capacity=20_000, soc=50)
        emsp.cpo.plug_in(car=car)
        await emsp.do(Command.START_SESSION)
        emsp.cpo.tick(1800)
        [session] = emsp.cpo.sessions
        assert session.energy == pytest.approx(5.52)
        emsp.cpo.tick(3600)
        assert session.energy == pytest.approx(10.0)
        assert car.soc == pytest.approx(100.0)
        emsp.cpo.tick(3600)
        assert session.energy == pytest.approx(10.0)
        assert emsp.cpo.charging()
        car.soc = 50
        emsp.cpo.car_full()
        emsp.cpo.tick(3600)
        assert session.energy == pytest.approx(10.0)
        emsp.cpo.unplug()
        assert (await emsp.sessions())[0]["status"] == "COMPLETED"
        assert not emsp.cpo.charging()


async def test_time_that_runs() -> None:
    """By itself, as fast as one wants."""
    async with meet(Cpo(speed=36_000)) as emsp:
        emsp.cpo.plug_in()
        await emsp.do(Command.START_SESSION)
        await asyncio.sleep(0.2)
        assert emsp.cpo.sessions[0].energy > 0


async def test_accepted_is_not_charging() -> None:
    """Without a car there is no session; one that comes in time starts it, one that comes too late does not."""
    async with meet(Cpo(patience=60)) as emsp:
        assert await emsp.do(Command.START_SESSION) == ["ACCEPTED"] * 2
        assert await emsp.sessions() == []
        emsp.cpo.tick(30)
        emsp.cpo.plug_in()
        assert (await emsp.sessions())[0]["status"] == "ACTIVE"
        emsp.cpo.unplug()
        await emsp.do(Command.START_SESSION)
        emsp.cpo.tick(61)
        emsp.cpo.plug_in()
        assert [session["status"] for session in await emsp.sessions()] == ["COMPLETED"]


async def test_a_start_somewhere() -> None:
    """Without an EVSE, the first that is free."""
    async with meet(Cpo()) as emsp:
        emsp.cpo.plug_in("EVSE1")
        emsp.cpo.plug_in("EVSE2")
        emsp.cpo.swipe("EVSE1")
        assert await emsp.do(Command.START_SESSION, evse_uid="absent") == ["ACCEPTED"] * 2
        assert emsp.cpo.charging("EVSE2")


async def test_sessions_since() -> None:
    """A date is needed; what has not changed since is left out, and so is what is not our business."""
    async with meet(Cpo()) as emsp:
        cpo = emsp.cpo
        assert (await emsp.get(emsp.at("sessions"))).code == 2001
        cpo.swipe("EVSE1")
        cpo.tick(60)
        later = f"{cpo.now:%Y-%m-%dT%H:%M:%SZ}"
        cpo.swipe("EVSE2", listed=False)
        assert [session["evse_uid"] for session in await emsp.sessions()] == ["EVSE1"]
        assert (await emsp.get(emsp.at("sessions"), date_from=later)).list == []
        cpo.stop_session("EVSE1")
        assert len((await emsp.get(emsp.at("sessions"), date_from=later)).list) == 1
        assert await emsp.do(Command.STOP_SESSION, session_id="SESSION-2") == ["UNKNOWN_SESSION"]


async def test_unlocking() -> None:
    """It ends the session at the connector."""
    async with meet(Cpo()) as emsp:
        emsp.cpo.plug_in()
        await emsp.do(Command.START_SESSION)
        assert await emsp.do(Command.UNLOCK_CONNECTOR) == ["ACCEPTED"] * 3
        assert (emsp.cpo.evse().unlocked, emsp.cpo.charging()) == (["1"], False)


# What is the case


@pytest.mark.parametrize("version", ALL)
async def test_results_of_what_is_the_case(version: Version) -> None:
    """Occupied, inoperative, not supported, unknown: as far as the version has words for it."""
    occupied, inoperative = refined(version, Result.EVSE_OCCUPIED), refined(version, Result.EVSE_INOPERATIVE)
    async with meet(Cpo(version)) as emsp:
        cpo = emsp.cpo
        cpo.swipe("EVSE1")
        cpo.out_of_order("EVSE2")
        assert await emsp.do(Command.START_SESSION) == ["ACCEPTED", occupied]
        assert await emsp.do(Command.RESERVE_NOW) == ["ACCEPTED", occupied, occupied]
        emsp.heard.clear()
        for command in (Command.START_SESSION, Command.RESERVE_NOW, Command.UNLOCK_CONNECTOR):
            assert (await emsp.do(command, evse_uid="EVSE2"))[-1] == inoperative
        emsp.heard.clear()
        for command in (Command.START_SESSION, Command.RESERVE_NOW, Command.UNLOCK_CONNECTOR):
            assert await emsp.do(command, location_id="LOC2", evse_uid="EVSE3") == ["NOT_SUPPORTED"]
            assert await emsp.do(command, evse_uid="EVSE9") == ["REJECTED"]
            reply = await emsp.send(command, location_id="LOC9")
            assert (reply.status, reply.code, reply.data["result"]) == (200, 2003, "REJECTED")
        assert await emsp.do(Command.STOP_SESSION, session_id="SESSION-9") == ["UNKNOWN_SESSION"]
        assert await emsp.do(Command.UNLOCK_CONNECTOR, connector_id="2") == ["REJECTED"]
        cpo.stop_session()
        assert await emsp.do(Command.STOP_SESSION) == ["REJECTED"]
        if version in NEW:
            assert await emsp.do(Command.START_SESSION, connector_id="2") == ["REJECTED"]
            assert await emsp.do(Command.CANCEL_RESERVATION) == ["ACCEPTED", "UNKNOWN_RESERVATION"]


@pytest.mark.parametrize("version", ALL)
async def test_tokens(version: Version) -> None:
    """One that is not valid is refused; one that nobody told of is not known."""
    async with meet(Cpo(version, drivers={"me"})) as emsp:
        assert await emsp.do(Command.START_SESSION, token=token(version, valid=False)) == ["REJECTED"]
        for command in (Command.START_SESSION, Command.RESERVE_NOW):
            assert (await emsp.send(command, token=token(version, "YOU"))).code == 2004
        assert await emsp.do(Command.START_SESSION) == ["ACCEPTED"] * 2


# What a test wants to be answered


@pytest.mark.parametrize(("version", "command"), EACH)
async def test_every_answer(version: Version, command: Command) -> None:
    """At once: only what was accepted has a result."""
    async with meet(Cpo(version)) as emsp:
        for result in Result:
            emsp.heard.clear()
            emsp.cpo.scripts[command] = Script(immediate=result, result=Result.FAILED)
            expected = [result, Result.FAILED] if result is Result.ACCEPTED else [result]
            assert await emsp.do(command) == expected
        assert (emsp.cpo.sessions, emsp.cpo.reservations, emsp.cpo.evse().unlocked) == ([], [], [])


@pytest.mark.parametrize("order", list(Order))
@pytest.mark.parametrize(("version", "command"), EACH)
async def test_every_result(version: Version, command: Command, order: Order) -> None:
    """Later, or before the answer even; what was not accepted is not done."""
    async with meet(Cpo(version)) as emsp:
        emsp.cpo.plug_in()
        # What was accepted comes last, because it is done.
        for number, result in enumerate(reversed(Result), 1):
            assert (emsp.cpo.sessions, emsp.cpo.reservations, emsp.cpo.evse().unlocked) == ([], [], [])
            emsp.cpo.scripts[command] = Script(immediate=Result.ACCEPTED, result=result, order=order, message="Hello")
            reply = await emsp.send(command)
            if order is Order.BEFORE:
                assert len(emsp.heard) == number
            heard = await emsp.hear(number)
            assert (reply.data["result"], heard.result, heard.path) == ("ACCEPTED", result, f"/{command}")
            assert (b"Hello" in heard.body) is (version in NEW)
            assert ("message" in reply.data) is (version in NEW)
        done = bool(emsp.cpo.sessions or emsp.cpo.reservations or emsp.cpo.evse().unlocked)
        assert done is (command not in {Command.STOP_SESSION, Command.CANCEL_RESERVATION})


async def test_what_turns_out_later() -> None:
    """An operator that looks at nothing before it answers."""
    async with meet(Cpo()) as emsp:
        for command in Command:
            emsp.cpo.scripts[command].immediate = Result.ACCEPTED
        assert await emsp.do(Command.START_SESSION, evse_uid="EVSE9") == ["ACCEPTED", "REJECTED"]
        assert (await emsp.do(Command.STOP_SESSION))[-1] == "UNKNOWN_SESSION"


async def test_what_is_promised_and_not_done() -> None:
    """Or done later."""
    async with meet(Cpo()) as emsp:
        emsp.cpo.plug_in()
        emsp.cpo.scripts[Command.START_SESSION].does = False
        assert await emsp.do(Command.START_SESSION) == ["ACCEPTED"] * 2
        assert emsp.cpo.sessions == []
        emsp.cpo.heal()
        script = emsp.cpo.scripts[Command.START_SESSION]
        script.does_after, script.delay, script.timeout = 0.05, 0, 5
        reply = await emsp.send(Command.START_SESSION)
        assert reply.data["timeout"] == 5
        await emsp.hear(2)
        assert emsp.cpo.sessions == []
        await emsp.cpo.settle()
        assert emsp.cpo.sessions[0].status == SessionStatus.ACTIVE


async def test_a_result_takes_its_time() -> None:
    """As long as it is told to; then it is decided by what is the case by then."""
    async with meet(Cpo()) as emsp:
        emsp.cpo.scripts[Command.START_SESSION].delay = 0.2
        await emsp.send(Command.START_SESSION)
        assert emsp.heard == []
        emsp.cpo.out_of_order()
        assert await emsp.results() == ["EVSE_INOPERATIVE"]


# What is no proper command


@pytest.mark.parametrize(("version", "command"), EACH)
async def test_what_is_missing(version: Version, command: Command) -> None:
    """Each field that must be there, and each of a token's."""
    optional = {"evse_uid"} if command in {Command.START_SESSION, Command.RESERVE_NOW} else set()
    async with meet(Cpo(version)) as emsp:
        said = emsp.body(command)
        for name in set(said) - optional:
            reply = await emsp.send(command, **{name: "absent"})
            assert (reply.status, reply.code, "data" in reply.envelope) == (200, 2001, False)
            assert (await emsp.send(command, **{name: 1.5})).code == 2001
        for name in an_object(said.get("token", {})):
            less = {key: value for key, value in token(version).items() if key != name}
            assert (await emsp.send(command, token=less)).code == 2001
        assert await emsp.results() == []


@pytest.mark.parametrize("version", ALL)
async def test_what_is_wrong(version: Version) -> None:
    """Not JSON is status 400; all else is OCPI's business."""
    async with meet(Cpo(version)) as emsp:
        path = emsp.at("commands/START_SESSION")
        assert (await emsp.ask("POST", path, body=b"{")).status == 400
        for said in ([], "", 7, [emsp.body(Command.START_SESSION)]):
            reply = await emsp.ask("POST", path, said=said)
            assert (reply.status, reply.code) == (200, 2001)
        assert (await emsp.ask("POST", emsp.at("commands/DANCE"), said={})).code == 2001
        for url in ("not a url", "ftp://127.0.0.1/", "http://", "http://["):
            assert (await emsp.send(Command.START_SESSION, response_url=url)).code == 2001
        kind = "APP_USER" if version is Version.V2_1_1 else "KING"
        for name, wrong in (("type", kind), ("whitelist", "PERHAPS"), ("valid", "yes"), ("last_updated", "once")):
            assert (await emsp.send(Command.START_SESSION, token=token(version) | {name: wrong})).code == 2001
        assert (await emsp.send(Command.RESERVE_NOW, reservation_id=[])).code == 2001
        assert (await emsp.send(Command.RESERVE_NOW, expiry_date="soon")).code == 2001


@pytest.mark.parametrize("version", NEW)
async def test_what_is_too_long(version: Version) -> None:
    """36 characters are allowed. A number is no id, as a text is none in 2.1.1."""
    async with meet(Cpo(version)) as emsp:
        for right in ("x" * 36, "x"):
            assert (await emsp.send(Command.RESERVE_NOW, reservation_id=right)).code == 1000
        assert (await emsp.send(Command.RESERVE_NOW, reservation_id="x" * 37)).code == 2001
        assert (await emsp.send(Command.RESERVE_NOW, reservation_id=7)).code == 2001
        assert (await emsp.send(Command.START_SESSION, authorization_reference="x" * 37)).code == 2001


async def test_what_the_old_version_has_not() -> None:
    """No CANCEL_RESERVATION, no text as the id of a reservation; a connector and a reference are not looked at."""
    async with meet(Cpo(Version.V2_1_1)) as emsp:
        assert (await emsp.send(Command.CANCEL_RESERVATION)).code == 2001
        assert (await emsp.send(Command.RESERVE_NOW, reservation_id="7")).code == 2001
        emsp.cpo.plug_in()
        await emsp.do(Command.START_SESSION, connector_id="9", authorization_reference="x" * 99)
        assert emsp.cpo.sessions[0].reference is None


async def test_connectors() -> None:
    """A connector needs its EVSE; some EVSEs need a connector."""
    async with meet(Cpo()) as emsp:
        assert (await emsp.send(Command.START_SESSION, evse_uid="absent", connector_id="1")).code == 2001
        emsp.cpo.evse().capabilities.append(Capability.START_SESSION_CONNECTOR_REQUIRED)
        assert (await emsp.send(Command.START_SESSION)).code == 2001
        assert (await emsp.send(Command.START_SESSION, connector_id="1")).code == 1000
