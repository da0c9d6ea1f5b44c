"""A real Home Assistant with Open EV, an MQTT broker and a simulated car. `scripts/demo` runs it.

Everything that it makes is in one folder of the cache. A second start goes on with what is there: the same owner, the
same car, and whatever was changed in the user interface meanwhile.
"""

import argparse
import asyncio
from collections.abc import Generator
from contextlib import AsyncExitStack, contextmanager
import fcntl
import os
from pathlib import Path
import shutil
import signal
import sys
import time

from scripts.demo_car import PIN, PREFIX, USERNAME as CAR, live, make_car
from scripts.demo_dashboard import URL_PATH, show_dashboard
from simulators.broker import EmbeddedBroker
from simulators.home_assistant import Api, HomeAssistant, Json, NotStarted, free_port
from simulators.home_assistant.process import RESTART_EXIT_CODE

DOMAIN = "open_ev"
INTEGRATION = Path(__file__).resolve().parent.parent / "custom_components" / DOMAIN
BROKER_PORT = 21883
HOME_ASSISTANT_PORT = 8123
HOME_ASSISTANT = "homeassistant"
_DISCOVERY_TIMEOUT = 30.0

# Not a secret: the broker listens on loopback only, and a broker without any account is what the integration warns of.
_BROKER_LOGIN = "demo"


class Failed(Exception):
    """The demo cannot go on; the text says what to do."""


def main() -> int:
    """Run the demo and return the exit code."""
    options = _options()
    home = _home()
    try:
        if options.fresh:
            shutil.rmtree(home, ignore_errors=True)
        home.mkdir(parents=True, exist_ok=True)
        with _only_one(home):
            asyncio.run(_run(home, options.port))
    except (Failed, NotStarted, OSError) as error:
        print(f"Failed: {error}", file=sys.stderr)
        return 1
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/demo", description=__doc__)
    parser.add_argument("--fresh", action="store_true", help="forget what an earlier demo has set up")
    parser.add_argument(
        "--port",
        type=int,
        help=f"where Home Assistant listens on loopback (default: {HOME_ASSISTANT_PORT}, or a free one)",
    )
    return parser.parse_args()


def _home() -> Path:
    cache = os.environ.get("OPEN_EV_CACHE")
    return (Path(cache) if cache else Path.home() / ".cache" / "open-ev") / "demo-home"


@contextmanager
def _only_one(home: Path) -> Generator[None]:
    """Keep a second demo off the folder. The lock is the kernel's, so that a killed demo leaves none behind."""
    with (home / "demo.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Failed(
                f"another demo is running in {home}. End it first, or set OPEN_EV_CACHE to another folder."
            ) from None
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
    async with AsyncExitStack() as running:
        _say("Starting the broker and the car")
        broker = EmbeddedBroker(free_port(BROKER_PORT), accounts={HOME_ASSISTANT: _BROKER_LOGIN, CAR: _BROKER_LOGIN})
        await running.enter_async_context(broker)
        car = await running.enter_async_context(make_car(broker.port, _BROKER_LOGIN))

        _say("Starting Home Assistant")
        wanted = port or free_port(HOME_ASSISTANT_PORT)
        home_assistant = HomeAssistant(home, INTEGRATION, port=wanted, logs={f"custom_components.{DOMAIN}": "info"})
        await running.enter_async_context(home_assistant)
        await _set_up(home_assistant.api, broker.port)
        _welcome(home_assistant)

        life = asyncio.create_task(live(car))
        running.callback(life.cancel)
        while await home_assistant.wait() == RESTART_EXIT_CODE:
            _say("Restarting Home Assistant, as asked for in its user interface")
            await home_assistant.restart()
        raise Failed(f"Home Assistant ended by itself. Its log is {home / 'home-assistant.log'}")


async def _set_up(api: Api, broker_port: int) -> None:
    """Do once what a user does: add the broker, confirm the car that is discovered, make a dashboard."""
    await _set_up_broker(api, broker_port)
    if not await api.entries(DOMAIN):
        _say("Waiting for the car to be discovered")
        await _confirm_car(api)
    await show_dashboard(api)


async def _set_up_broker(api: Api, port: int) -> None:
    """Make Home Assistant's MQTT integration use the broker; its port may be another one than last time."""
    entries = await api.entries("mqtt")
    answers = {
        "broker": "127.0.0.1",
        "port": port,
        # What the embedded broker speaks.
        "protocol": "3.1.1",
        "username": HOME_ASSISTANT,
        "password": _BROKER_LOGIN,
        "other_settings": {"set_client_cert": False, "set_ca_cert": "off", "transport": "tcp"},
    }
    if entries and entries[0]["state"] == "loaded":
        return
    step = await api.start_flow("mqtt", entries[0]["entry_id"] if entries else None)
    step = await api.flow_step(step["flow_id"], answers)
    if step["type"] == "form":
        raise Failed(f"Home Assistant cannot use the broker: {step['errors']}")


async def _confirm_car(api: Api) -> None:
    try:
        async with asyncio.timeout(_DISCOVERY_TIMEOUT):
            step = await api.flow_step((await _discovered(api))["flow_id"])
    except TimeoutError:
        raise Failed(f"the car on {PREFIX} was not discovered within {_DISCOVERY_TIMEOUT:.0f} s") from None
    while step["type"] == "form":
        step = await api.flow_step(step["flow_id"], {})
    if step["type"] != "create_entry":
        raise Failed(f"the car could not be added: {step}")


async def _discovered(api: Api) -> Json:
    while True:
        if flows := await api.flows(DOMAIN):
            return flows[0]
        await asyncio.sleep(0.2)


def _welcome(home_assistant: HomeAssistant) -> None:
    print(
        f"""
    Home Assistant:  {home_assistant.url}/{URL_PATH}
    Log in as:       {home_assistant.username}, with the password {home_assistant.password}
    The lock's PIN:  {PIN}
    Ctrl-C ends everything. The next start goes on from here; --fresh starts anew.
""",
        flush=True,
    )


_started = time.monotonic()


def _say(text: str) -> None:
    print(f"==> {text} ({time.monotonic() - _started:.1f} s)", flush=True)


if __name__ == "__main__":
    sys.exit(main())
