"""Server v2: a simulated module's second link, to an OVMS server (firmware 3.3.006, its `server v2`)."""

import asyncio
from collections.abc import Coroutine
import ssl

from simulators.ovms_module import OvmsModule
from simulators.ovms_module.relay import Relay
from simulators.ovms_module.shell import Answer, failed

from .car_connection import CarConnection, Refused, Unreachable
from .car_messages import Messages
from .car_paranoid import Paranoid
from .car_runner import Runner
from .car_schedule import Schedule
from .car_view import View, encode

_RETRY_AFTER_LOSS = 10
_RETRY_AFTER_FAILURE = 20
_SILENCE = 960
_PING_AFTER = 900
_KINDS = {"info": "I", "alert": "A", "error": "E"}
_UPDATE_KINDS = ("all", "modified")


class ServerV2:
    """The link between a module and an OVMS server.

    It lives with the module: it connects when the module boots, its periods are those of the module's clock, and its
    commands are run by the module's shell. `module.knobs` decides how the module answers, on this link as on MQTT.
    Nothing but replies and notifications goes out between two seconds of that clock, also what is to be sent at once:
    where the clock stands still, `module.tick` or `send_all` brings it forward.
    """

    def __init__(
        self,
        module: OvmsModule,
        port: int,
        *,
        host: str = "127.0.0.1",
        password: str,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """Give a module the link, before it boots.

        The module's configuration holds what the firmware's holds: `server.v2 updatetime.connected` and
        `updatetime.idle` (s), `vehicle units.distance` (K or M), `vehicle stream` (s), `server.v2 paranoid`,
        `password module`, and `password server.v2`, which is `password` here. With `auto server.v3` set to no, the
        module has no MQTT broker.
        """
        self._module = module
        self._tls = tls
        self._relay = Relay(host, port)
        self._connection: CarConnection | None = None
        self._attempt: asyncio.Task[None] | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._waiting: list[str] = []
        self._records = 0
        self._running = False
        self._retry_at: float | None = None
        self._heard_at = self._pinged_at = 0.0
        self._paranoid = Paranoid()
        self._runner = Runner(module, self.send, self._flush)
        self.messages = Messages(module.generation.number, module.vehicle_id)
        self.schedule = Schedule(module, self.messages, self._send_code)
        self.stale: set[str] = set()
        """Metrics that have not been heard of for too long, which the validity fields tell."""
        self.sent: list[str] = []
        """Every message that was sent, before it was hidden."""
        module.config["auto", "server.v2"] = "yes"
        module.config["server.v2", "server"] = host
        module.config["server.v2", "port"] = str(port)
        module.config["server.v2", "tls"] = "yes" if tls else "no"
        module.config["password", "server.v2"] = password
        module.links.add(self)
        self._register_commands()

    @property
    def connected(self) -> bool:
        """The server has let the module in, and the module does not know that the link is broken."""
        return self._connection is not None

    @property
    def refused(self) -> bool:
        """The server has not let the module in, which does not try again: public servers block those who do."""
        return self._running and self._retry_at is None and not self.connected and self._attempt is None

    # The link

    async def start(self) -> None:
        """Connect, and send everything; returns when that is done, or the server could not be had."""
        self._running = True
        await self._relay.start()
        self._runner.start()
        await self.connect()

    async def stop(self) -> None:
        """End without a word to the server."""
        self._running = False
        await self._runner.stop()
        if (attempt := self._attempt) is not None:
            attempt.cancel()
            await asyncio.wait([attempt])
        await self.disconnect()
        if self._tasks:
            await asyncio.wait(self._tasks)
        await self._relay.stop()
        self._waiting.clear()

    async def connect(self) -> None:
        """Connect now; returns when that is done, or has failed."""
        if self._connection is None and self._running:
            self._try()
        await self._attempted()

    async def disconnect(self) -> None:
        """End the connection; the module tries again after 10 seconds."""
        if (connection := self._connection) is not None:
            self._lost(connection)
            await connection.close()

    async def settle(self) -> None:
        """Wait for an attempt to connect that is under way, and for what was written to be taken."""
        if self._relay.frozen:
            return
        await self._attempted()
        if self._connection is not None:
            await self._connection.flush()

    def freeze(self) -> None:
        """Out of coverage: the server does not learn of it."""
        self._relay.freeze()

    def thaw(self) -> None:
        """Back in coverage."""
        self._relay.thaw()

    def send(self, message: str) -> None:
        """Send any message as the car; without a connection it is lost."""
        if self._connection is not None:
            self.sent.append(message)
            self._connection.send(self._paranoid.hidden(message))

    async def send_all(self) -> None:
        """Transmit every message now."""
        self.schedule.send_all()
        await self.settle()

    async def send_changed(self) -> None:
        """Transmit the messages that have changed now."""
        self.schedule.send_changed()
        await self.settle()

    @property
    def _now(self) -> float:
        return self._module.clock.now

    def _try(self) -> None:
        if self._attempt is None:
            self._attempt = asyncio.create_task(self._connect())

    async def _attempted(self) -> None:
        if (attempt := self._attempt) is not None:
            await asyncio.wait([attempt])

    async def _connect(self) -> None:
        config, failures = self._module.config, self._relay.failures
        try:
            connection = await CarConnection.connect(
                self._relay.local_port,
                config.text("vehicle", "id"),
                config.text("password", "server.v2"),
                self._received,
                self._tls,
            )
        except Unreachable:
            self._retry_at = self._now + _RETRY_AFTER_FAILURE
            return
        except Refused:
            # Behind the relay, a server that is not there looks like one that hangs up.
            self._retry_at = None if self._relay.failures == failures else self._now + _RETRY_AFTER_FAILURE
            return
        finally:
            self._attempt = None
        self._joined(connection)
        await connection.flush()

    def _joined(self, connection: CarConnection) -> None:
        self._connection = connection
        self._heard_at = self._pinged_at = self._now
        self._spawn(self._watch(connection))
        self._module.metrics.set("s.v2.connected", value=True)
        self._module.server.event("server.v2.connected")
        config = self._module.config
        password = config.text("password", "module") if config.flag("server.v2", "paranoid") else ""
        if (token := self._paranoid.begin(password)) is not None:
            self.send(token)
        self.schedule.restart()
        self._send_due()

    async def _watch(self, connection: CarConnection) -> None:
        await connection.closed.wait()
        self._lost(connection)

    def _lost(self, connection: CarConnection) -> None:
        """Notice the end of a connection."""
        if self._connection is not connection:
            return
        self._connection = None
        self._retry_at = self._now + _RETRY_AFTER_LOSS
        self.schedule.peers = 0
        self._module.metrics.set("s.v2.connected", value=False)
        self._module.metrics.set("s.v2.peers", 0)
        self._module.server.event("server.v2.disconnected")

    # What goes out

    def second(self) -> None:
        """Do what the firmware does every second."""
        if (connection := self._connection) is None:
            if self._running and self._retry_at is not None and self._now >= self._retry_at:
                self._try()
            return
        if self._now - self._heard_at > _SILENCE:
            self._lost(connection)
            self._spawn(connection.close())
            return
        if self._now - max(self._heard_at, self._pinged_at) >= _PING_AFTER:
            self._pinged_at = self._now
            self.send("A")
        self._send_due()

    def _send_due(self) -> None:
        """Send what is due; while a command is running nothing else is sent."""
        if not self._runner.busy:
            self.schedule.second(self._now)
        self._flush()

    def _flush(self) -> None:
        """Send the notifications that wait, if they can be sent."""
        if self._connection is None or self._runner.busy:
            return
        waiting, self._waiting = self._waiting, []
        for message in waiting:
            self.send(message)

    def notify(self, kind: str, subtype: str, text: str) -> None:
        """Pass a notification on, as soon as there is a connection; its subtype is not told."""
        match kind:
            case "data":
                self._records += 1
                self._waiting.append(f"h{self._records},0,{text.partition('\n')[0]}")
            case "error":
                self._waiting.append(f"PE{text}")
            case _ if kind in _KINDS:
                self._waiting.append(f"P{_KINDS[kind]}{encode(text)}")
        self._flush()

    def _send_code(self, code: str) -> None:
        self.send(self.messages.write(code, View(self._module.metrics, self._module.config, self.stale, self._moment)))

    @property
    def _moment(self) -> float:
        return self._module.now.timestamp()

    # What comes in

    def _received(self, message: str) -> None:
        self._heard_at = self._now
        code, data = message[0], message[1:]
        match code:
            case "A":
                self.send("a")
            case "Z":
                self._count(int(data) if data.isdigit() else 0)
            case "C":
                self._runner.put(data)
            case "E" if data.startswith("MC"):
                self._runner.put(self._paranoid.revealed(data.removeprefix("MC")))

    def _count(self, peers: int) -> None:
        former, self.schedule.peers = self.schedule.peers, peers
        self._module.metrics.set("s.v2.peers", peers)
        if peers > former:
            self.schedule.restart()
        if peers or former:
            self._module.server.event("app.connected" if peers else "app.disconnected")

    # The shell

    def _register_commands(self) -> None:
        v2 = self._module.shell.root.children["server"].add("v2")
        v2.add("status", self._status)
        if self._module.generation.update_kinds:
            v2.add("update", self._update, f"[{'|'.join(_UPDATE_KINDS)}]", 0, 1)

    def _status(self, _: list[str]) -> Answer:
        if self.connected:
            return Answer("State: Connected\n       OVMS V2 login successful, and crypto channel established\n")
        if self._retry_at is None:
            return Answer("State: Disconnected\n       Authentication error (wrong ID/password)\n")
        seconds = max(0, int(self._retry_at - self._now))
        return Answer(f"State: Waiting to reconnect ({seconds} second(s) remaining)\n       Disconnected\n")

    def _update(self, words: list[str]) -> Answer:
        found = [kind for kind in _UPDATE_KINDS if kind.startswith(words[0])] if words else ["modified"]
        if len(found) != 1:
            return failed(f"Usage: server v2 update [{'|'.join(_UPDATE_KINDS)}]")
        if found == ["all"]:
            self.schedule.restart()
        else:
            self._module.clock.call_later(1, self.schedule.send_changed)
        return Answer(f"Server V2 data update for {found[0]} metrics has been scheduled")

    def _spawn(self, coroutine: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
