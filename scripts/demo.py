"""A real Home Assistant with Open EV, a car on an MQTT broker, one at an OVMS server, a charger, and an operator's garage.

`scripts/demo` runs it.

Everything that it makes is in one folder of the cache. A second start goes on with what is there: the same owner, the
same cars, charger and operator, and whatever was changed in the user interface meanwhile.
"""

import argparse
import asyncio
from collections.abc import Generator
from contextlib import AsyncExitStack, contextmanager
import fcntl
import logging
import os
from pathlib import Path
import shutil
import signal
import sys
import time

from scripts.demo_car import PIN, UNIQUE_ID as CAR_ID, USERNAME as CAR, live, make_car
from scripts.demo_charger import add_charger, make_charger, share_cable
from scripts.demo_dashboard import URL_PATH, show_dashboard
from scripts.demo_operator import TOKENS, add_operator, live_next_door, make_operator
from scripts.demo_server import SERVER_LOGIN, VEHICLE_ID, add_server_car, make_server, make_server_car
from simulators.broker import EmbeddedBroker
from simulators.cpo import Cpo
from simulators.home_assistant import (
    RESTART_EXIT_CODE,
    Api,
    HomeAssistant,
    NotStarted,
    SetupFailed,
    confirm_discovered,
    free_port,
    use_broker,
)
from simulators.openevse import OpenEvse
from simulators.ovms_server import OvmsServer

DOMAIN = "open_ev"
INTEGRATION = Path(__file__).resolve().parent.parent / "custom_components" / DOMAIN
BROKER_PORT = 21883
CHARGER_PORT = 21880
SERVER_PORT = 26867
OPERATOR_PORT = 21890
HOME_ASSISTANT_PORT = 8123
HOME_ASSISTANT = "homeassistant"

# Not a secret: the broker listens on loopback only, and a broker without any account is what the integration warns of.
_BROKER_LOGIN = "demo"


class Failed(Exception):
    """The demo cannot go on; the text says what to do."""


def main() -> int:
    """Run the demo and return the exit code."""
    options = _options()
    cache = Path(os.environ.get("OPEN_EV_CACHE") or Path.home() / ".cache" / "open-ev")
    home = cache / "demo-home"
    try:
        cache.mkdir(parents=True, exist_ok=True)
        with _only_one(cache):
            if options.fresh:
                shutil.rmtree(home, ignore_errors=True)
            home.mkdir(exist_ok=True)
            asyncio.run(_run(home, options.port))
    except (Failed, NotStarted, SetupFailed, OSError) as error:
        print(f"Failed: {error}", file=sys.stderr)
        return 1
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/demo", description=__doc__)
    parser.add_argument("--fresh", action="store_true", help="forget what an earlier demo has set up")
    parser.add_argument(
        "--port",
        type=int,
        help=f"where Home Assistant listens on loopback (default: {HOME_ASSISTANT_PORT} or a free one)",
    )
    return parser.parse_args()


@contextmanager
def _only_one(cache: Path) -> Generator[None]:
    """Keep a second demo off the folder. The lock is the kernel's, so that a killed demo leaves none behind."""
    with (cache / "demo.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Failed("another demo is running. End it first, or set OPEN_EV_CACHE to another folder.") from None
        yield


async def _run(home: Path, port: int | None) -> None:
    """Run everything until a signal ends it, or Home Assistant ends by itself."""
    demo = asyncio.create_task(_demo(home, port))
    ended_by: list[signal.Signals] = []

    def end(number: signal.Signals) -> None:
        if not ended_by:
            print("\n==> Ending", flush=True)
            ended_by.append(number)
            demo.cancel()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, end, number)
    await asyncio.wait([demo])
    if not ended_by:
        demo.result()


async def _demo(home: Path, port: int | None) -> None:
    # Home Assistant tries MQTT 5 at every start, and the broker complains of that.
    logging.getLogger("amqtt").setLevel(logging.CRITICAL)
    async with AsyncExitStack() as running:
        _say("Starting the broker, the OVMS server, the cars, the charger and the operator")
        broker = EmbeddedBroker(free_port(BROKER_PORT), accounts={HOME_ASSISTANT: _BROKER_LOGIN, CAR: _BROKER_LOGIN})
        await running.enter_async_context(broker)
        car = await running.enter_async_context(make_car(broker.port, _BROKER_LOGIN))
        server = await running.enter_async_context(make_server(free_port(SERVER_PORT)))
        server_car = await running.enter_async_context(make_server_car(server))
        charger = await running.enter_async_context(make_charger(free_port(CHARGER_PORT)))
        operator = await running.enter_async_context(make_operator(free_port(OPERATOR_PORT)))

        _say("Starting Home Assistant")
        found = free_port(port or HOME_ASSISTANT_PORT)
        if port is not None and found != port:
            raise Failed(f"something listens on port {port} already. Choose another one, or none.")
        home_assistant = HomeAssistant(home, INTEGRATION, port=found, logs={f"custom_components.{DOMAIN}": "info"})
        await running.enter_async_context(home_assistant)
        await _set_up(home_assistant.api, broker.port, server, charger, operator)
        print(welcome(home_assistant, broker, server, charger.url, operator), flush=True)

        await asyncio.gather(
            live(car),
            live(server_car, "The car at the server"),
            share_cable(car, charger),
            live_next_door(operator),
            _watch(home_assistant),
        )


async def _watch(home_assistant: HomeAssistant) -> None:
    """Start Home Assistant again whenever its user wants that, which it leaves to whoever has started it."""
    while await home_assistant.wait() == RESTART_EXIT_CODE:
        _say("Restarting Home Assistant, as asked for in its user interface")
        await home_assistant.restart()
    raise Failed(f"Home Assistant ended by itself. Its log is {home_assistant.folder / 'home-assistant.log'}")


async def _set_up(api: Api, broker_port: int, server: OvmsServer, charger: OpenEvse, operator: Cpo) -> None:
    """Do once what a user does: add the broker, confirm the car that is discovered, add the others, make a dashboard."""
    # Where the broker's port was taken last time or is now, what was set up last time finds nobody, and says it is loaded.
    await use_broker(api, broker_port, HOME_ASSISTANT, _BROKER_LOGIN, protocol="3.1.1")
    await ignore_old_mqtt(api)
    if not await _knows_car(api):
        _say("Waiting for the car to be discovered")
        await confirm_discovered(api, DOMAIN)
    # Where their ports were taken this time, these lead there.
    await add_charger(api, DOMAIN, charger.url)
    await add_server_car(api, DOMAIN, server)
    # It is told where Home Assistant is, and Home Assistant listens on loopback only.
    await api.command("config/core/update", internal_url=api.url)
    await add_operator(api, DOMAIN, operator)
    await show_dashboard(api)


async def ignore_old_mqtt(api: Api) -> None:
    """Ignore that Home Assistant would like MQTT 5, which the embedded broker does not speak."""
    for issue in (await api.command("repairs/list_issues"))["issues"]:
        if issue["domain"] == "mqtt":
            await api.command("repairs/ignore_issue", domain="mqtt", issue_id=issue["issue_id"], ignore=True)


async def _knows_car(api: Api) -> bool:
    """Whether the car was set up before, or is to be ignored."""
    devices, entries = await api.devices(), await api.entries(DOMAIN)
    is_set_up = any([DOMAIN, CAR_ID] in device["identifiers"] for device in devices)
    return is_set_up or any(entry["source"] == "ignore" for entry in entries)


def welcome(
    home_assistant: HomeAssistant, broker: EmbeddedBroker, server: OvmsServer, charger_url: str, operator: Cpo
) -> str:
    """Tell where everything is, with all that is needed to add it by hand."""
    return f"""
    Home Assistant:  {home_assistant.url}/{URL_PATH}
    Log in as:       {home_assistant.username}, with the password {home_assistant.password}
    The car's PIN:   {PIN}, which valet mode asks for; the doors of this car, as of any Leaf, open with every PIN
    The broker:      {broker.host}:{broker.port}, without encryption; user {HOME_ASSISTANT}, password {_BROKER_LOGIN}
                     The car is there with the topic prefix {CAR_ID}/
    The charger:     {charger_url}
    The operator:    {operator.versions_url} with the token {TOKENS["token"]}, ours {TOKENS["own_token"]}, as NL HOM;
                     it has a garage: start a session there, and look what it costs
    The OVMS server: {server.host}:{server.port}, without encryption; it has {VEHICLE_ID}, with the password {SERVER_LOGIN}
    Ctrl-C ends everything. The next start goes on from here; --fresh starts anew.
"""


_started = time.monotonic()


def _say(text: str) -> None:
    print(f"==> {text} ({time.monotonic() - _started:.1f} s)", flush=True)


if __name__ == "__main__":
    sys.exit(main())
