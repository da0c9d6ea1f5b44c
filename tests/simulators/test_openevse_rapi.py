"""RAPI over HTTP in all its forms, and a controller that falls silent."""

import pytest

from simulators.openevse import Generation, OpenEvse, RapiFault, State

from .openevse_visitor import state_of, visit

pytestmark = pytest.mark.usefixtures("socket_enabled")

ESP8266 = {Generation.V2_7, Generation.V2_9}


@pytest.mark.parametrize("generation", list(Generation))
async def test_rapi_in_json(generation: Generation) -> None:
    """With `json` among the parameters, whatever it says; with a checksum always."""
    async with visit(OpenEvse(generation)) as visitor:
        for path in ("/r", "/rapi"):
            for query in ({"json": "1"}, {"json": "true"}, {"json": ""}):
                reply = await visitor.ask("GET", path, query={"rapi": "$GC", **query})
                assert reply.text == '{"cmd":"$GC","ret":"$OK 6 80 24 24^1E"}'
                assert reply.headers["Content-Type"].startswith("application/json")
        reply = await visitor.get("/r", json="1")
        assert (reply.status, reply.body) == (200, b"")


@pytest.mark.parametrize("generation", list(Generation))
async def test_rapi_in_html(generation: Generation) -> None:
    """A page with the answer in it; the newest escapes the mark before it."""
    async with visit(OpenEvse(generation)) as visitor:
        reply = await visitor.get("/r", rapi="$GC")
        mark = "&gt;" if generation is Generation.HEAD else ">"
        assert f"$GC<p>{mark}$OK 6 80 24 24^1E<script" in reply.text
        assert reply.headers["Content-Type"].startswith("text/html")
        assert "<p>>" not in (await visitor.get("/r")).text


@pytest.mark.parametrize("generation", list(Generation))
async def test_rapi_by_post(generation: Generation) -> None:
    """A form works everywhere; parameters in the address only on an ESP8266."""
    evse = OpenEvse(generation)
    async with visit(evse) as visitor:
        reply = await visitor.ask("POST", "/r", form={"json": "1", "rapi": "$GC"})
        assert reply.text == '{"cmd":"$GC","ret":"$OK 6 80 24 24^1E"}'
        reply = await visitor.ask("POST", "/r", query={"json": "1", "rapi": "$GC"})
        assert ("ret" in reply.text) == (generation in ESP8266)
        assert len(evse.rapi) == (2 if generation in ESP8266 else 1)


@pytest.mark.parametrize("fault", list(RapiFault))
@pytest.mark.parametrize("generation", [Generation.V2_7, Generation.V2_9, Generation.V5_1])
async def test_rapi_that_fails(generation: Generation, fault: RapiFault) -> None:
    """Status 500 and a reason; up to 2.7 nothing at all."""
    evse = OpenEvse(generation)
    async with visit(evse) as visitor:
        evse.knobs.rapi_fault = fault
        reply = await visitor.get("/r", json="1", rapi="$GC")
        page = await visitor.get("/r", rapi="$GC")
        if generation is Generation.V2_7:
            assert (reply.status, reply.body) == (200, b"")
            assert (page.status, "$OK" in page.text) == (200, False)
        else:
            assert (reply.status, reply.text) == (500, f'{{"cmd":"$GC","error":"{fault}"}}')
            assert f"$GC<p><strong>Error:</strong>{fault}<script" in page.text


@pytest.mark.parametrize(
    "command", ["$FP 0 0 this is longer than what fits in the buffer", "GC", ""], ids=["long", "no start", "nothing"]
)
async def test_the_controller_says_nothing(command: str) -> None:
    """To what does not fit, or does not begin as a command."""
    async with visit(OpenEvse(Generation.V2_9)) as visitor:
        assert await visitor.rapi(command) == "RAPI_RESPONSE_TIMEOUT"


async def test_nothing_is_escaped() -> None:
    """Quotation marks in a command, and raw bytes in an answer, are no JSON."""
    evse = OpenEvse(Generation.V5_1, blocked=False)
    async with visit(evse) as visitor:
        evse.board.chip = b"\xff\x01\x0c\x94\xf5\x010C94F501"
        reply = await visitor.get("/r", json="1", rapi="$GI")
        assert reply.body.startswith(b'{"cmd":"$GI","ret":"$OK  \xff\x01\x0c')
        reply = await visitor.get("/r", json="1", rapi='$FP 0 0 a"b')
        assert reply.text.startswith('{"cmd":"$FP 0 0 a"b","ret":"$OK')


async def test_old_controllers_are_helped() -> None:
    """`$GD` is answered from the last `$ST`, without a checksum; `$FF D` is tried as `$SD`, and still said to have failed."""
    evse = OpenEvse(Generation.V2_9, "4.5.1")
    async with visit(evse) as visitor:
        reply = await visitor.get("/r", json="1", rapi="$GD")
        assert reply.text == '{"cmd":"$GD","ret":"$OK 0 0 0 0"}'
        await visitor.rapi("$ST 1 2 3 4")
        reply = await visitor.get("/r", json="1", rapi="$GD")
        assert reply.text == '{"cmd":"$GD","ret":"$OK 1 2 3 4"}'
        assert await visitor.rapi("$FF D 0") == "$NK"
        assert await visitor.rapi("$GE") == "$OK 16 0003"


async def test_what_rapi_can_be_made_to_answer() -> None:
    """A wrong checksum, a sequence id of somebody else, nothing, a refusal."""
    evse = OpenEvse(Generation.V2_9)
    async with visit(evse) as visitor:
        evse.knobs.bad_checksum = True
        assert "80 24 24^E1" in (await visitor.get("/r", json="1", rapi="$GC")).text
        evse.knobs.heal()
        evse.knobs.bad_sequence = True
        assert await visitor.rapi("$GC") == "$OK 6 80 24 24 :7F"
        evse.knobs.heal()
        evse.knobs.empty_answer = True
        assert (await visitor.get("/r", json="1", rapi="$GC")).body == b""
        evse.knobs.heal()
        evse.knobs.refused.append("FS")
        assert await visitor.rapi("$FS") == "$NK"
        evse.knobs.heal()
        evse.plug_in()
        evse.knobs.confirm = False
        assert [await visitor.rapi(command) for command in ("$FS", "$SC 8 V")] == ["$OK", "$OK 8"]
        assert (evse.state, evse.pilot) == (State.CHARGING, 24)


@pytest.mark.parametrize("generation", list(Generation))
async def test_a_silent_controller(generation: Generation) -> None:
    """The gateway keeps what it knew; one that never heard it knows no firmware."""
    evse = OpenEvse(generation)
    async with visit(evse) as visitor:
        evse.plug_in()
        evse.knobs.controller_absent = True
        evse.unplug()
        evse.tick(5)
        told = await visitor.status()
        assert (told["state"], told.get("rapi_connected", 0)) == (3, 0)
        assert (await visitor.config())["firmware"] == "8.2.3"
        evse.restart_gateway()
        # Before 4.0 it says so with a dash.
        assert (await visitor.config()).get("firmware") == (None if generation.firmware.manager else "-")
        evse.knobs.controller_absent = False
        assert ((await visitor.status())["state"], (await visitor.config())["firmware"]) == (1, "8.2.3")


async def test_a_gateway_greets_a_controller_that_restarts() -> None:
    """And has it do again what the claims come to."""
    evse = OpenEvse(Generation.V5_1)
    async with visit(evse) as visitor:
        evse.plug_in()
        await visitor.post("/claims/20", {"charge_current": 10})
        assert (await visitor.post("/restart", {"device": "evse"})).status == 200
        assert evse.state == State.STARTING
        evse.tick(4)
        assert (state_of(evse), evse.pilot, evse.controller_restarts) == (State.CHARGING, 10, 1)


async def test_a_lost_heartbeat() -> None:
    """6 A, whatever is claimed, until the gateway comes back."""
    evse = OpenEvse(Generation.V5_1, blocked=False)
    async with visit(evse) as visitor:
        assert await visitor.rapi("$GY") == "$OK 5 6 0"
        evse.lose_heartbeat()
        evse.tick(10)
        assert (evse.pilot, await visitor.rapi("$GY")) == (6, "$OK 5 6 2")
        evse.restart_gateway()
        assert evse.pilot == 24
