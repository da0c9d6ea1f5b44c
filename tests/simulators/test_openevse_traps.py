"""The things about a real OpenEVSE that every client has fallen into, each built into the simulated one."""

from itertools import pairwise

import pytest

from simulators.openevse import Generation, OpenEvse, State

from .openevse_visitor import state_of, visit

pytestmark = pytest.mark.usefixtures("socket_enabled")

BY_RAPI = [Generation.V2_7, Generation.V2_9, Generation.V3_3]
OWNED = [generation for generation in Generation if generation not in BY_RAPI]
BLOCKED = [Generation.V5_0, Generation.V5_1, Generation.HEAD]


def is_charging(evse: OpenEvse) -> bool:
    """Ask afresh: for a type checker an attribute does not change by itself."""
    return evse.relay_closed


def shapes(evse: OpenEvse) -> bool:
    """Ask afresh."""
    return evse.shaper_enabled


@pytest.mark.parametrize("generation", OWNED)
@pytest.mark.parametrize(("command", "state"), [("$FS", State.SLEEPING), ("$FD", State.DISABLED)])
async def test_the_gateway_owns_the_charger(generation: Generation, command: str, state: State) -> None:
    """From 4.0 on sleeping by RAPI is agreed to, and undone after a second and a half."""
    evse = OpenEvse(generation, blocked=False)
    async with visit(evse) as visitor:
        evse.plug_in()
        assert await visitor.rapi(command) == "$OK"
        assert state_of(evse) == state
        evse.tick(1)
        assert not is_charging(evse)
        evse.tick(1)
        assert is_charging(evse)


@pytest.mark.parametrize("generation", OWNED)
async def test_the_gateway_owns_the_current(generation: Generation) -> None:
    """The same with the current."""
    evse = OpenEvse(generation, blocked=False)
    async with visit(evse) as visitor:
        assert await visitor.rapi("$SC 10 V") == "$OK 10"
        assert evse.pilot == 10
        evse.tick(3)
        assert evse.pilot == 24


@pytest.mark.parametrize("generation", BY_RAPI)
async def test_older_gateways_leave_the_charger_alone(generation: Generation) -> None:
    """Up to 3.3 it stays as it was told to be."""
    evse = OpenEvse(generation)
    async with visit(evse) as visitor:
        evse.plug_in()
        assert await visitor.rapi("$FS") == "$OK"
        assert await visitor.rapi("$SC 10 V") == "$OK 10"
        evse.tick(60)
        assert evse.state == State.SLEEPING
        assert evse.pilot == 10


@pytest.mark.parametrize("generation", BLOCKED)
async def test_rapi_that_writes_is_blocked(generation: Generation) -> None:
    """From 5.0 on RAPI may only ask."""
    evse = OpenEvse(generation)
    async with visit(evse) as visitor:
        reply = await visitor.get("/r", json="1", rapi="$FS")
        assert (reply.status, reply.text) == (400, '{"cmd":"$FS","error":"RAPI_RESPONSE_BLOCKED"}')
        assert await visitor.rapi("$GC") == "$OK 6 80 24 24"
        assert evse.rapi == ["$GC"]
        newest = generation is Generation.HEAD
        assert await visitor.rapi("$FB 4") == ("$OK" if newest else "RAPI_RESPONSE_BLOCKED")
        assert await visitor.rapi("$FP 0 0 Hi") == "RAPI_RESPONSE_BLOCKED"


@pytest.mark.parametrize("generation", [Generation.V4_1_0, Generation.V4_1_7, Generation.V4_2])
async def test_the_timer_is_blocked_before(generation: Generation) -> None:
    """4.1 and 4.2 refuse `$ST` only."""
    evse = OpenEvse(generation)
    async with visit(evse) as visitor:
        assert await visitor.rapi("$ST 1 0 2 0") == "RAPI_RESPONSE_BLOCKED"
        assert await visitor.rapi("$S0 1") == "$OK"
        assert evse.eeprom.timer == (0, 0, 0, 0)


@pytest.mark.parametrize(
    ("asked", "answer", "pilot"),
    [
        ("$SC 5", "$NK 6", 6),
        ("$SC 90", "$NK 80", 80),
        ("$SC 300", "$OK 44", 44),
        ("$SC abc", "$OK 75", 75),
        ("$SC 16", "$OK 16", 16),
    ],
)
async def test_a_refused_current_is_in_force(asked: str, answer: str, pilot: int) -> None:
    """`$NK n` means that it is n now, and what is no number, or does not fit in 8 bits, is one all the same."""
    evse = OpenEvse(Generation.V2_9)
    async with visit(evse) as visitor:
        assert await visitor.rapi(asked) == answer
        assert evse.pilot == pilot


async def test_a_current_without_v_is_stored() -> None:
    """It lowers the maximum for good; V may not exceed it, and wears nothing."""
    evse = OpenEvse(Generation.V2_9)
    async with visit(evse) as visitor:
        assert await visitor.rapi("$SC 20 V") == "$OK 20"
        assert (evse.eeprom.maximum[2], evse.eeprom.writes) == (24, 0)
        assert await visitor.rapi("$SC 16") == "$OK 16"
        assert (evse.eeprom.maximum[2], evse.eeprom.writes) == (16, 1)
        assert await visitor.rapi("$SC 20 V") == "$NK 16"
        assert await visitor.rapi("$SC 10 V") == "$OK 10"
        evse.restart_controller()
        evse.tick(4)
        assert evse.pilot == 16


@pytest.mark.parametrize("value", ["0", "1"])
async def test_the_echo_breaks_everything(value: str) -> None:
    """Whatever `$FF E` is given, every later exchange fails until the controller restarts."""
    evse = OpenEvse(Generation.V5_1, blocked=False)
    async with visit(evse) as visitor:
        assert await visitor.rapi(f"$FF E {value}") == "$OK"
        reply = await visitor.get("/r", json="1", rapi="$GS")
        assert (reply.status, reply.text) == (500, '{"cmd":"$GS","error":"RAPI_RESPONSE_INVALID_RESPONSE"}')
        assert await visitor.rapi("$FF E 0") == "RAPI_RESPONSE_INVALID_RESPONSE"
        assert (await visitor.status())["rapi_connected"] == 0
        assert (await visitor.post("/restart", {"device": "evse"})).status == 200
        assert await visitor.rapi("$GS") == "RAPI_RESPONSE_TIMEOUT"
        evse.tick(4)
        assert await visitor.rapi("$GS") == "$OK 01 0 01 0200"


async def test_a_timer_makes_the_charger_flap() -> None:
    """Controller and gateway fight: half a dozen times in twelve seconds."""
    evse = OpenEvse(Generation.V5_1, blocked=False)
    async with visit(evse) as visitor:
        evse.plug_in()
        hour = (evse.now.hour + 2) % 24
        assert await visitor.rapi(f"$ST {hour} 0 {hour} 30") == "$OK"
        states = []
        for _ in range(24):
            evse.tick(0.5)
            states.append(is_charging(evse))
        assert 4 <= sum(now and not before for before, now in pairwise(states)) <= 8


@pytest.mark.parametrize("generation", list(Generation))
async def test_checks_were_the_other_way_round(generation: Generation) -> None:
    """Up to 4.1.1 they say 1 when they are off, from 4.1.2 on true when they are on."""
    evse = OpenEvse(generation, blocked=False)
    async with visit(evse) as visitor:
        assert await visitor.rapi("$FF D 0") == "$OK"
        evse.restart_gateway()
        told = await visitor.config()
        if generation in {*BY_RAPI, Generation.V4_1_0}:
            assert (told["diodet"], told["ventt"]) == (1, 0)
        else:
            assert (told["diode_check"], told["vent_check"]) == (False, True)


async def test_state_4_is_no_fault_of_the_charger() -> None:
    """It is a car that wants ventilation."""
    evse = OpenEvse()
    async with visit(evse) as visitor:
        evse.plug_in()
        assert evse.car is not None
        evse.car.needs_ventilation = True
        evse.tick(1)
        assert (await visitor.status())["state"] == 4
        assert not evse.relay_closed


async def test_limits_are_not_in_newest_controllers() -> None:
    """8.x refuses `$S3` and `$SH`; 5.0.1 to 7.1.3 take them with a car only."""
    newest, older = OpenEvse(Generation.V2_9), OpenEvse(Generation.V2_9, "7.1.3")
    async with visit(newest) as visitor, visit(older) as other:
        assert await other.rapi("$SH 5") == "$NK"
        newest.plug_in()
        older.plug_in()
        assert await visitor.rapi("$SH 5") == "$NK"
        assert await other.rapi("$SH 5") == "$OK"


async def test_asking_changes_modes() -> None:
    """GET /shaper without a parameter switches it off, GET /divertmode without one sets a mode that is none."""
    evse = OpenEvse(Generation.V5_1)
    async with visit(evse) as visitor:
        await visitor.get("/shaper", shaper="1")
        assert shapes(evse)
        await visitor.get("/shaper")
        assert not shapes(evse)
        await visitor.get("/divertmode", divertmode="2")
        assert evse.divert_mode == 2
        await visitor.get("/divertmode")
        assert evse.divert_mode == 0


@pytest.mark.parametrize("generation", list(Generation))
async def test_asking_restarts(generation: Generation) -> None:
    """Before the development snapshot GET /restart restarts, and GET /reset wipes the settings."""
    evse = OpenEvse(generation)
    async with visit(evse) as visitor:
        reply = await visitor.get("/restart")
        newest = generation is Generation.HEAD
        assert (reply.status, evse.gateway_restarts) == ((403, 0) if newest else (200, 1))
        reply = await visitor.get("/reset")
        assert (reply.status, evse.config["ssid"]) == ((403, "Home") if newest else (200, ""))


async def test_feeds_are_echoed_whatever_becomes_of_them() -> None:
    """A vehicle's data are ignored unless they are expected from there; null is 0."""
    evse = OpenEvse(Generation.V5_1)
    async with visit(evse) as visitor:
        fed = {"battery_level": 61, "battery_range": 240}
        reply = await visitor.post("/status", fed)
        assert (reply.status, reply.json) == (200, fed)
        assert "battery_level" not in await visitor.status()
        await visitor.post("/config", {"vehicle_data_src": 3})
        await visitor.post("/status", fed)
        assert (await visitor.status())["battery_level"] == 61
        await visitor.post("/status", {"battery_level": None})
        assert (await visitor.status())["battery_level"] == 0


@pytest.mark.parametrize("generation", list(Generation))
async def test_amperes_are_milliamperes(generation: Generation) -> None:
    """`amp` is in mA in every generation."""
    evse = OpenEvse(generation)
    async with visit(evse) as visitor:
        evse.plug_in()
        assert (await visitor.status())["amp"] == 16_000


@pytest.mark.parametrize(
    ("generation", "controller", "expected"),
    [
        (Generation.V2_7, "5.0.1", (250, -2560, -2560)),
        (Generation.V2_7, "4.5.1", (250, 0, 230)),
        (Generation.V2_9, "5.0.1", (250, False, False)),
        (Generation.V5_1, "8.2.3", (250, False, False)),
    ],
)
async def test_absent_sensors(generation: Generation, controller: str, expected: tuple[int, ...]) -> None:
    """-2560, 230, 0 or false is a sensor that is not there."""
    async with visit(OpenEvse(generation, controller)) as visitor:
        told = await visitor.status()
        assert (told["temp1"], told["temp2"], told["temp3"]) == expected
        assert isinstance(told["temp2"], bool) == isinstance(expected[1], bool)


@pytest.mark.parametrize(("generation", "state"), [(Generation.V2_7, 0), (Generation.V2_9, 254)])
async def test_an_old_gateway_cannot_read_a_new_state(generation: Generation, state: int) -> None:
    """Up to 2.8 the hexadecimal state is read as a decimal, so that sleeping is 0."""
    evse = OpenEvse(generation, "8.2.3")
    async with visit(evse) as visitor:
        await visitor.rapi("$FS")
        evse.tick(12)
        assert (await visitor.status())["state"] == state


async def test_g4_is_not_there() -> None:
    """The lock of the published guide's `$S4` and `$G4` exists on no stock build; `$S5` is the newer one."""
    evse = OpenEvse(Generation.V2_9)
    async with visit(evse) as visitor:
        assert [await visitor.rapi(command) for command in ("$S4 1", "$G4", "$S5 1")] == ["$NK", "$NK", "$OK"]
        assert evse.socket_locked
        assert await visitor.rapi("$G5") == "$OK 1 M"
