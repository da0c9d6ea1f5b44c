"""What befalls the devices and the ways to them: a table, one row each."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from functools import partial

from simulators.cpo import CallbackFault
from simulators.openevse import RapiFault

from . import happenings as happen
from .world import World

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


DEVICE_FAULTS: tuple[Fault, ...] = (
    _to("MQTT", "broker_killed", "the broker is killed, with all that it keeps", happen.broker_killed),
    _to("MQTT", "broker_restarted", "the broker restarts", happen.broker_restarted),
    _to("MQTT", "car_no_coverage", "the car drives into a tunnel", partial(happen.no_coverage, happen.car)),
    _to("MQTT", "car_reboots", "the car's module reboots", partial(happen.rebooted, happen.car)),
    _to("MQTT", "car_without_power", "the car's module has no power", partial(happen.without_power, happen.car)),
    _to("MQTT", "car_cut", "the car's connection breaks", happen.link_cut),
    _to(
        "MQTT",
        "car_mute",
        "the car's module answers no command",
        partial(happen.car_troubled, happen.car, lose_replies=True),
    ),
    _to("MQTT", "car_slow", "the car's module is slow", partial(happen.car_troubled, happen.car, reply_delay=50.0)),
    _to(
        "MQTT",
        "car_refuses",
        "the car refuses every command",
        partial(happen.car_troubled, happen.car, refuse=True),
    ),
    _to(
        "MQTT",
        "car_lies",
        "the car says done and does nothing",
        partial(happen.car_troubled, happen.car, confirm=False),
    ),
    _to(
        "MQTT",
        "car_megabyte",
        "a metric of the car has 1 MB",
        partial(happen.payload, "v.vin", b"x" * happen.MEGABYTE),
    ),
    _to(
        "MQTT",
        "car_html",
        "a metric of the car is a page of HTML",
        partial(happen.payload, "v.b.soc", b"<html><body>Log in</body></html>"),
    ),
    _to(
        "MQTT",
        "car_binary",
        "a metric of the car is no text",
        partial(happen.payload, "v.p.odometer", bytes(range(256))),
    ),
    _to("MQTT", "car_flood", f"{happen.FLOOD} topics that nobody knows", happen.flood),
    _to("MQTT", "car_chatter", f"{happen.NOTIFICATIONS} notifications of the car", partial(happen.chatter, happen.car)),
    _to("server", "server_down", "the OVMS server is down", happen.server_down),
    _to("server", "server_restarted", "the OVMS server restarts", happen.server_restarted),
    _to("server", "server_silent", "the OVMS server falls silent", partial(happen.server_troubled, silent=True)),
    _to(
        "server", "server_deaf", "the OVMS server answers no ping", partial(happen.server_troubled, deaf_to_pings=True)
    ),
    _to(
        "server",
        "server_hangs_up",
        "the OVMS server hangs up",
        partial(happen.server_troubled, hang_up=True, disconnect=True),
    ),
    _to(
        "server",
        "server_mute",
        "the OVMS server lets nobody in",
        partial(happen.server_troubled, no_welcome=True, disconnect=True),
    ),
    _to(
        "server",
        "server_html",
        "the OVMS server is a web server",
        partial(happen.server_troubled, welcome=b"HTTP/1.1 400 Bad Request\r\n\r\n<html>\r\n", disconnect=True),
    ),
    _to(
        "server",
        "server_dribbles",
        "the OVMS server sends byte by byte",
        partial(happen.server_troubled, dribble=0.002),
    ),
    _to("server", "server_joins", "the OVMS server sends in heaps", partial(happen.server_troubled, join=1.0)),
    _to(
        "server",
        "server_replies_twice",
        "every reply of the OVMS server comes twice",
        partial(happen.server_troubled, reply_copies=2),
    ),
    _to(
        "server",
        "server_loses_replies",
        "the OVMS server loses three replies",
        partial(happen.server_troubled, lose_replies=3),
    ),
    _to(
        "server",
        "server_garbage",
        "garbage from the OVMS server",
        partial(happen.server_says, b"\x00\xff garbage\r\n\r\n"),
    ),
    _to(
        "server",
        "server_base64",
        "a line of the OVMS server decrypts to garbage",
        partial(happen.server_says, b"QUJDRA==\r\n"),
    ),
    _to("server", "server_endless", "a line of the OVMS server has 1 MB and no end", happen.endless_line),
    _to(
        "server",
        "server_car_no_coverage",
        "the car at the server has no coverage",
        partial(happen.no_coverage, happen.server_car),
    ),
    _to(
        "server", "server_car_reboots", "the module at the server reboots", partial(happen.rebooted, happen.server_car)
    ),
    _to(
        "server",
        "server_car_without_power",
        "the module at the server is off",
        partial(happen.without_power, happen.server_car),
    ),
    _to(
        "server",
        "server_car_mute",
        "the module at the server answers no command",
        partial(happen.car_troubled, happen.server_car, lose_replies=True),
    ),
    _to("server", "server_car_chatter", "notifications through the server", partial(happen.chatter, happen.server_car)),
    _to("charger", "charger_silent", "the charger falls silent", partial(happen.charger_troubled, silent=True)),
    _to("charger", "charger_html", "the charger answers with HTML", partial(happen.charger_troubled, html=True)),
    _to(
        "charger",
        "charger_cut_off",
        "the charger's answers are cut off",
        partial(happen.charger_troubled, cut_off=True),
    ),
    _to("charger", "charger_hangs_up", "the charger hangs up", partial(happen.charger_troubled, hang_up=True)),
    _to("charger", "charger_slow", "the charger takes 4 s", partial(happen.charger_troubled, slow=4.0)),
    _to("charger", "charger_500", "the charger answers 500", partial(happen.charger_troubled, status=500)),
    _to("charger", "charger_gone", "the charger refuses connections", happen.charger_gone),
    _to(
        "charger",
        "charger_deaf",
        "the charger's websocket falls silent",
        partial(happen.charger_troubled, websocket_silent=True),
    ),
    _to(
        "charger",
        "charger_lies",
        "the charger accepts and does nothing",
        partial(happen.charger_troubled, confirm=False),
    ),
    _to(
        "charger",
        "charger_absent",
        "the charger's controller is silent",
        partial(happen.charger_troubled, controller_absent=True),
    ),
    _to(
        "charger",
        "charger_rapi",
        "the charger's controller times out",
        partial(happen.charger_troubled, rapi_fault=RapiFault.TIMEOUT),
    ),
    _to(
        "charger",
        "charger_checksum",
        "RAPI answers with a wrong checksum",
        partial(happen.charger_troubled, bad_checksum=True),
    ),
    _to(
        "charger",
        "charger_reboots",
        "the charger's gateway restarts",
        partial(happen.once, lambda it: it.charger.restart_gateway()),
    ),
    _to(
        "charger",
        "charger_controller",
        "the charger's controller restarts",
        partial(happen.once, lambda it: it.charger.restart_controller()),
    ),
    _to(
        "charger",
        "charger_mid_answer",
        "the charger's gateway restarts in the midst of an answer",
        partial(happen.charger_troubled, restart_mid_answer=True, for_requests=1),
    ),
    _to(
        "charger",
        "charger_websockets",
        "the charger's websocket breaks",
        partial(happen.once, lambda it: it.charger.drop_websockets()),
    ),
    _to("charger", "charger_leaks", "the charger finds a ground fault", happen.leaking),
    _to("operator", "operator_down", "the operator refuses connections", happen.operator_down),
    _to("operator", "operator_silent", "the operator falls silent", partial(happen.operator_troubled, silent=True)),
    _to("operator", "operator_html", "the operator answers with HTML", partial(happen.operator_troubled, html=True)),
    _to("operator", "operator_500", "the operator answers 500", partial(happen.operator_troubled, status=500)),
    _to("operator", "operator_3000", "the operator says 3000", partial(happen.operator_troubled, code=3000)),
    _to(
        "operator",
        "operator_cut_off",
        "the operator's answers are cut off",
        partial(happen.operator_troubled, cut_off=True),
    ),
    _to(
        "operator",
        "operator_midway",
        "the operator hangs up midway",
        partial(happen.operator_troubled, hang_up_midway=True),
    ),
    _to(
        "operator",
        "operator_huge",
        "the operator's answers end in 8 MB of blanks",
        partial(happen.operator_troubled, huge=8 * happen.MEGABYTE),
    ),
    _to("operator", "operator_slow", "the operator takes 4 s", partial(happen.operator_troubled, slow=4.0)),
    _to(
        "operator",
        "operator_types",
        "the operator answers with numbers",
        partial(happen.operator_troubled, wrong_types=True),
    ),
    _to("operator", "operator_late", "results of commands come late", partial(happen.results, delay=8.0)),
    _to(
        "operator",
        "operator_never",
        "results of commands never come",
        partial(happen.results, fault=CallbackFault.NEVER),
    ),
    _to(
        "operator",
        "operator_twice",
        "results of commands come twice",
        partial(happen.results, fault=CallbackFault.TWICE),
    ),
    _to(
        "operator",
        "operator_guessed",
        "somebody guesses the results of commands",
        partial(happen.results, fault=CallbackFault.WRONG_TOKEN_FIRST),
    ),
    _to(
        "operator",
        "operator_garbage",
        "results of commands are garbage",
        partial(happen.results, fault=CallbackFault.GARBAGE),
    ),
    _to(
        "operator",
        "operator_rejects",
        "the operator rejects every command",
        partial(happen.results, immediate="REJECTED"),
    ),
    _to("operator", "operator_out_of_order", "the charge point is out of order", happen.out_of_order),
)
