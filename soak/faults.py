"""What befalls the devices and the ways to them: a table, one row each."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

from simulators.cpo import CallbackFault, Command
from simulators.openevse import RapiFault
from simulators.ovms_module import OvmsModule

from .world import EVSE, SERVER_CAR_ID, World

_MEGABYTE = 1024 * 1024
_FLOOD = 500
_NOTIFICATIONS = 30
_GFCI = 6

type Happening = Callable[[World], AbstractAsyncContextManager[None]]


@dataclass(frozen=True, kw_only=True)
class Fault:
    """Something that goes wrong at one end of one link, and ends when its context does."""

    name: str
    text: str
    link: str
    happens: Happening


def _to(link: str, name: str, text: str, happens: Happening) -> Fault:
    return Fault(name=name, text=text, link=link, happens=happens)


# The broker and the car there


@asynccontextmanager
async def _broker_killed(world: World) -> AsyncGenerator[None]:
    await world.broker.stop()
    yield
    await world.broker.start()


@asynccontextmanager
async def _broker_restarted(world: World) -> AsyncGenerator[None]:
    await world.broker.restart()
    yield


@asynccontextmanager
async def _no_coverage(car: Callable[[World], OvmsModule], world: World) -> AsyncGenerator[None]:
    await car(world).lose_coverage()
    yield
    await car(world).regain_coverage()


@asynccontextmanager
async def _rebooted(car: Callable[[World], OvmsModule], world: World) -> AsyncGenerator[None]:
    await car(world).reboot()
    yield
    # What a module only learns from a car that is awake is not known before.
    await car(world).wake()


@asynccontextmanager
async def _without_power(car: Callable[[World], OvmsModule], world: World) -> AsyncGenerator[None]:
    await car(world).power_off()
    yield
    await car(world).boot()
    await car(world).wake()


@asynccontextmanager
async def _car_troubled(car: Callable[[World], OvmsModule], world: World, **settings: Any) -> AsyncGenerator[None]:
    knobs = car(world).knobs
    before = {name: getattr(knobs, name) for name in settings}
    for name, value in settings.items():
        setattr(knobs, name, value)
    yield
    for name, value in before.items():
        setattr(knobs, name, value)


@asynccontextmanager
async def _link_cut(world: World) -> AsyncGenerator[None]:
    await world.car.lose_connection()
    yield


@asynccontextmanager
async def _payload(metric: str, payload: bytes, world: World) -> AsyncGenerator[None]:
    """Publish nonsense in place of a metric, and in the end what it is."""
    if world.car.connected:
        await world.car.publish_raw(metric, payload)
    yield
    world.car.metrics[metric].modified = True


@asynccontextmanager
async def _flood(world: World) -> AsyncGenerator[None]:
    """Publish topics that nobody knows, as any client of a broker can, and take them away again."""
    topics = [f"metric/x/flood/{number}" for number in range(_FLOOD)]
    for payload in (b"1", b""):
        for topic in topics:
            await world.car.publish_topic(topic, payload, retain=True)
            await asyncio.sleep(0)
        if payload:
            yield


@asynccontextmanager
async def _chatter(car: Callable[[World], OvmsModule], world: World) -> AsyncGenerator[None]:
    for number in range(_NOTIFICATIONS):
        await car(world).notify("alert" if number % 2 else "info", "soak", f"Notification {number} " + "x" * 500)
    yield


# The server


@asynccontextmanager
async def _server_down(world: World) -> AsyncGenerator[None]:
    await world.server.stop()
    yield
    await world.server.start()


@asynccontextmanager
async def _server_restarted(world: World) -> AsyncGenerator[None]:
    await world.server.restart()
    yield


@asynccontextmanager
async def _server_troubled(world: World, *, disconnect: bool = False, **settings: Any) -> AsyncGenerator[None]:
    for name, value in settings.items():
        setattr(world.server.knobs, name, value)
    if disconnect:
        world.server.disconnect()
    yield
    world.server.knobs.heal()
    # A connection to which nothing was said is not heard of again before its clients look; a server that is mended starts anew.
    world.server.disconnect()


@asynccontextmanager
async def _server_says(data: bytes, world: World) -> AsyncGenerator[None]:
    world.server.blurt(SERVER_CAR_ID, data)
    yield


@asynccontextmanager
async def _endless_line(world: World) -> AsyncGenerator[None]:
    await world.server.endless_line(SERVER_CAR_ID, _MEGABYTE)
    yield


# The charger


@asynccontextmanager
async def _charger_troubled(world: World, **settings: Any) -> AsyncGenerator[None]:
    for name, value in settings.items():
        setattr(world.charger.knobs, name, value)
    yield
    world.charger.knobs.heal()


@asynccontextmanager
async def _charger_gone(world: World) -> AsyncGenerator[None]:
    await world.charger.refuse_connections()
    yield
    await world.charger.accept_connections()


@asynccontextmanager
async def _once(deed: Callable[[World], None], world: World) -> AsyncGenerator[None]:
    deed(world)
    yield


@asynccontextmanager
async def _leaking(world: World) -> AsyncGenerator[None]:
    world.charger.fault(_GFCI)
    yield
    world.charger.clear_fault()


# The operator


@asynccontextmanager
async def _operator_troubled(world: World, **settings: Any) -> AsyncGenerator[None]:
    for name, value in settings.items():
        setattr(world.operator.knobs, name, value)
    yield
    world.operator.heal()


@asynccontextmanager
async def _operator_down(world: World) -> AsyncGenerator[None]:
    await world.operator.refuse_connections()
    yield
    await world.operator.accept_connections()


@asynccontextmanager
async def _results(world: World, **settings: Any) -> AsyncGenerator[None]:
    for command in Command:
        for name, value in settings.items():
            setattr(world.operator.scripts[command], name, value)
    yield
    world.operator.heal()


@asynccontextmanager
async def _out_of_order(world: World) -> AsyncGenerator[None]:
    world.operator.out_of_order(EVSE)
    yield
    world.operator.repair(EVSE)


def _car(world: World) -> OvmsModule:
    return world.car


def _server_car(world: World) -> OvmsModule:
    return world.server_car


DEVICE_FAULTS: tuple[Fault, ...] = (
    _to("MQTT", "broker_killed", "the broker is killed, with all that it keeps", _broker_killed),
    _to("MQTT", "broker_restarted", "the broker restarts", _broker_restarted),
    _to("MQTT", "car_no_coverage", "the car drives into a tunnel", partial(_no_coverage, _car)),
    _to("MQTT", "car_reboots", "the car's module reboots", partial(_rebooted, _car)),
    _to("MQTT", "car_without_power", "the car's module has no power", partial(_without_power, _car)),
    _to("MQTT", "car_cut", "the car's connection breaks", _link_cut),
    _to("MQTT", "car_mute", "the car's module answers no command", partial(_car_troubled, _car, lose_replies=True)),
    _to("MQTT", "car_slow", "the car's module is slow", partial(_car_troubled, _car, reply_delay=50.0)),
    _to("MQTT", "car_refuses", "the car refuses every command", partial(_car_troubled, _car, refuse=True)),
    _to("MQTT", "car_lies", "the car says done and does nothing", partial(_car_troubled, _car, confirm=False)),
    _to("MQTT", "car_megabyte", "a metric of 1 MB", partial(_payload, "v.vin", b"x" * _MEGABYTE)),
    _to(
        "MQTT",
        "car_html",
        "a metric is a page of HTML",
        partial(_payload, "v.b.soc", b"<html><body>Log in</body></html>"),
    ),
    _to("MQTT", "car_binary", "a metric is no text", partial(_payload, "v.p.odometer", bytes(range(256)))),
    _to("MQTT", "car_flood", f"{_FLOOD} topics that nobody knows", _flood),
    _to("MQTT", "car_chatter", f"{_NOTIFICATIONS} notifications of the car", partial(_chatter, _car)),
    _to("server", "server_down", "the OVMS server is down", _server_down),
    _to("server", "server_restarted", "the OVMS server restarts", _server_restarted),
    _to("server", "server_silent", "the OVMS server falls silent", partial(_server_troubled, silent=True)),
    _to("server", "server_deaf", "the OVMS server answers no ping", partial(_server_troubled, deaf_to_pings=True)),
    _to(
        "server",
        "server_hangs_up",
        "the OVMS server hangs up",
        partial(_server_troubled, hang_up=True, disconnect=True),
    ),
    _to(
        "server",
        "server_mute",
        "the OVMS server lets nobody in",
        partial(_server_troubled, no_welcome=True, disconnect=True),
    ),
    _to(
        "server",
        "server_html",
        "the OVMS server is a web server",
        partial(_server_troubled, welcome=b"HTTP/1.1 400 Bad Request\r\n\r\n<html>\r\n", disconnect=True),
    ),
    _to("server", "server_dribbles", "the OVMS server sends byte by byte", partial(_server_troubled, dribble=0.002)),
    _to("server", "server_joins", "the OVMS server sends in heaps", partial(_server_troubled, join=1.0)),
    _to("server", "server_replies_twice", "every reply comes twice", partial(_server_troubled, reply_copies=2)),
    _to("server", "server_loses_replies", "three replies are lost", partial(_server_troubled, lose_replies=3)),
    _to("server", "server_garbage", "garbage from the OVMS server", partial(_server_says, b"\x00\xff garbage\r\n\r\n")),
    _to("server", "server_base64", "a line that decrypts to garbage", partial(_server_says, b"QUJDRA==\r\n")),
    _to("server", "server_endless", "a line of 1 MB without an end", _endless_line),
    _to(
        "server", "server_car_no_coverage", "the car at the server has no coverage", partial(_no_coverage, _server_car)
    ),
    _to("server", "server_car_reboots", "the module at the server reboots", partial(_rebooted, _server_car)),
    _to("server", "server_car_without_power", "the module at the server is off", partial(_without_power, _server_car)),
    _to("server", "server_car_mute", "it answers no command", partial(_car_troubled, _server_car, lose_replies=True)),
    _to("server", "server_car_chatter", "notifications through the server", partial(_chatter, _server_car)),
    _to("charger", "charger_silent", "the charger falls silent", partial(_charger_troubled, silent=True)),
    _to("charger", "charger_html", "the charger answers with HTML", partial(_charger_troubled, html=True)),
    _to("charger", "charger_cut_off", "the charger's answers are cut off", partial(_charger_troubled, cut_off=True)),
    _to("charger", "charger_hangs_up", "the charger hangs up", partial(_charger_troubled, hang_up=True)),
    _to("charger", "charger_slow", "the charger takes 4 s", partial(_charger_troubled, slow=4.0)),
    _to("charger", "charger_500", "the charger answers 500", partial(_charger_troubled, status=500)),
    _to("charger", "charger_gone", "the charger refuses connections", _charger_gone),
    _to(
        "charger",
        "charger_deaf",
        "the charger's websocket falls silent",
        partial(_charger_troubled, websocket_silent=True),
    ),
    _to("charger", "charger_lies", "the charger accepts and does nothing", partial(_charger_troubled, confirm=False)),
    _to(
        "charger",
        "charger_absent",
        "the charger's controller is silent",
        partial(_charger_troubled, controller_absent=True),
    ),
    _to(
        "charger",
        "charger_rapi",
        "the charger's controller times out",
        partial(_charger_troubled, rapi_fault=RapiFault.TIMEOUT),
    ),
    _to(
        "charger",
        "charger_checksum",
        "RAPI answers with a wrong checksum",
        partial(_charger_troubled, bad_checksum=True),
    ),
    _to(
        "charger",
        "charger_reboots",
        "the charger's gateway restarts",
        partial(_once, lambda it: it.charger.restart_gateway()),
    ),
    _to(
        "charger",
        "charger_controller",
        "its controller restarts",
        partial(_once, lambda it: it.charger.restart_controller()),
    ),
    _to(
        "charger",
        "charger_mid_answer",
        "the gateway restarts in the midst of an answer",
        partial(_charger_troubled, restart_mid_answer=True, for_requests=1),
    ),
    _to(
        "charger", "charger_websockets", "its websocket breaks", partial(_once, lambda it: it.charger.drop_websockets())
    ),
    _to("charger", "charger_leaks", "the charger finds a ground fault", _leaking),
    _to("operator", "operator_down", "the operator refuses connections", _operator_down),
    _to("operator", "operator_silent", "the operator falls silent", partial(_operator_troubled, silent=True)),
    _to("operator", "operator_html", "the operator answers with HTML", partial(_operator_troubled, html=True)),
    _to("operator", "operator_500", "the operator answers 500", partial(_operator_troubled, status=500)),
    _to("operator", "operator_3000", "the operator says 3000", partial(_operator_troubled, code=3000)),
    _to(
        "operator", "operator_cut_off", "the operator's answers are cut off", partial(_operator_troubled, cut_off=True)
    ),
    _to(
        "operator", "operator_midway", "the operator hangs up midway", partial(_operator_troubled, hang_up_midway=True)
    ),
    _to(
        "operator",
        "operator_huge",
        "the operator's answers end in 8 MB of blanks",
        partial(_operator_troubled, huge=8 * _MEGABYTE),
    ),
    _to("operator", "operator_slow", "the operator takes 4 s", partial(_operator_troubled, slow=4.0)),
    _to(
        "operator", "operator_types", "the operator answers with numbers", partial(_operator_troubled, wrong_types=True)
    ),
    _to("operator", "operator_late", "results come late", partial(_results, delay=8.0)),
    _to("operator", "operator_never", "results never come", partial(_results, fault=CallbackFault.NEVER)),
    _to("operator", "operator_twice", "results come twice", partial(_results, fault=CallbackFault.TWICE)),
    _to("operator", "operator_guessed", "somebody guesses", partial(_results, fault=CallbackFault.WRONG_TOKEN_FIRST)),
    _to("operator", "operator_garbage", "results are garbage", partial(_results, fault=CallbackFault.GARBAGE)),
    _to("operator", "operator_rejects", "the operator rejects every command", partial(_results, immediate="REJECTED")),
    _to("operator", "operator_out_of_order", "the charge point is out of order", _out_of_order),
)
