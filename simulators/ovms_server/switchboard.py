"""Who is connected, and what is passed on to whom."""

from collections import deque
from collections.abc import Iterator

from simulators.ovms_module.clock import Clock

from .archive import Archive
from .connection import Connection, Kind
from .database import Stored, VehicleRecord
from .knobs import Knobs

SERVER_VERSION = "3.0.001-77-g1822ce2"
_LISTED = frozenset({"1", "3"})
"""Commands that a car answers with many lines; all of them are one entry in the queue of those who wait."""


class Switchboard:
    """The routing of messages between the cars and their clients, as server v3 does it."""

    def __init__(self, clock: Clock, knobs: Knobs, archive: Archive) -> None:
        """Begin with nobody."""
        self._clock = clock
        self._knobs = knobs
        self._archive = archive
        self.connections: list[Connection] = []
        """Those that have logged in, in that order."""
        self._groups: dict[str, dict[str, str]] = {}

    def car(self, vehicle: VehicleRecord) -> Connection | None:
        """The car's connection."""
        return next((it for it in self.connections if it.kind is Kind.CAR and it.vehicle is vehicle), None)

    def clients(self, vehicle: VehicleRecord) -> list[Connection]:
        """The vehicle's apps and batch clients."""
        return [it for it in self.connections if it.is_client and it.vehicle is vehicle]

    def apps(self, vehicle: VehicleRecord) -> int:
        """How many apps there are, which is what a car is told."""
        return sum(it.kind is Kind.APP for it in self.clients(vehicle))

    # Coming and going

    def join(self, connection: Connection, vehicle: VehicleRecord) -> None:
        """Take in whoever has just logged in."""
        if connection.kind is Kind.CAR:
            self._join_car(connection, vehicle)
            return
        self.connections.append(connection)
        if connection.kind is Kind.APP:
            self._count_apps(vehicle)
        self.tell(connection, f"Z{int(self.car(vehicle) is not None)}")
        for message in _burst(vehicle):
            self.tell(connection, message)
        self.tell(connection, f"T{vehicle.age(self._clock.now)}")

    def leave(self, connection: Connection) -> None:
        """Forget a connection, and tell those whom it concerns."""
        vehicle = connection.vehicle
        if vehicle is None or connection not in self.connections:
            return
        self.connections.remove(connection)
        if connection.kind is Kind.CAR:
            self.tell_clients(vehicle, "Z0")
        elif connection.kind is Kind.APP:
            self._count_apps(vehicle)

    def _join_car(self, connection: Connection, vehicle: VehicleRecord) -> None:
        if (former := self.car(vehicle)) is not None:
            self.leave(former)
            former.close()
        self.connections.append(connection)
        self.tell_clients(vehicle, "Z1")
        self.tell(connection, f"Z{self.apps(vehicle)}")

    def _count_apps(self, vehicle: VehicleRecord) -> None:
        if (car := self.car(vehicle)) is not None:
            self.tell(car, f"Z{self.apps(vehicle)}")

    # Messages

    def tell(self, connection: Connection, message: str) -> None:
        """Send a message to one."""
        sent = connection.transmit(message, self._clock.now)
        self._archive.count(connection, sent=sent)

    def tell_clients(self, vehicle: VehicleRecord, message: str) -> None:
        """Send a message to all apps and batch clients of a vehicle."""
        for client in self.clients(vehicle):
            self.tell(client, message)

    def take(self, connection: Connection, vehicle: VehicleRecord, message: str) -> None:
        """Do what a message asks for."""
        code, data = message[0], message[1:]
        from_car = connection.kind is Kind.CAR
        match code:
            case "A":
                if from_car or not self._knobs.deaf_to_pings:
                    self.tell(connection, "a")
            case "a" | "p" | "H":
                pass
            case "P":
                self.tell_clients(vehicle, message)
            case "E" if data.startswith("T"):
                vehicle.set_paranoid_token(data[1:])
                self.tell_clients(vehicle, message)
            case "E" if data.startswith("M"):
                self._take_plain(connection, vehicle, message, data[1:2], data[2:])
            case "E":
                pass
            case _:
                self._take_plain(connection, vehicle, message, code, data)

    def _take_plain(self, connection: Connection, vehicle: VehicleRecord, message: str, code: str, data: str) -> None:
        """Handle a message whose code is known, be its data hidden or not."""
        from_car = connection.kind is Kind.CAR
        match code:
            case "C" if connection.is_client:
                self._command(connection, vehicle, message)
            case "c" if from_car:
                self._reply(connection, vehicle, message)
            case "h" if from_car:
                self._archive.record(vehicle, data)
                self.tell(connection, f"h{data.partition(',')[0]}")
            case "G":
                self._subscribe(connection, data)
            case "g" if from_car:
                self._pass_to_group(vehicle, data)
            case "C" | "c" | "h" | "g":
                pass
            case _ if from_car:
                self.keep(vehicle, message, code, data)
            case _ if connection.kind is Kind.APP and (car := self.car(vehicle)) is not None:
                self.tell(car, message)

    def keep(self, vehicle: VehicleRecord, message: str, code: str, data: str) -> None:
        """Store what a car says of itself, and pass it on."""
        vehicle.store(code, data, self._clock.now, hidden=message.startswith("E"))
        self.tell_clients(vehicle, message)
        if code == "F":
            self.tell_clients(vehicle, f"f{SERVER_VERSION}")
        self.tell_clients(vehicle, "T0")

    # Commands and their replies

    def _command(self, asker: Connection, vehicle: VehicleRecord, message: str) -> None:
        answers = self._archive.answer(vehicle, message.removeprefix("C")) if message.startswith("C") else None
        if answers is not None:
            for answer in answers:
                self._deliver(asker, answer)
            return
        # Nobody learns that a command for an absent car went nowhere.
        if (car := self.car(vehicle)) is None:
            return
        if car.askers is None:
            car.askers = deque()
        car.askers.append(asker)
        self.tell(car, message)

    def _reply(self, car: Connection, vehicle: VehicleRecord, message: str) -> None:
        """Pass a reply on to whoever has waited longest, whatever it is a reply to."""
        if car.askers is None:
            # The real server stumbles here, and never reads from this connection again.
            car.unheard = True
        elif self._knobs.lose_replies > 0:
            self._knobs.lose_replies -= 1
        elif not car.askers:
            self.tell_clients(vehicle, message)
        else:
            asker = car.askers[0] if _goes_on(message) else car.askers.popleft()
            self._deliver(asker, message)

    def _deliver(self, asker: Connection, message: str) -> None:
        def tell() -> None:
            for _ in range(self._knobs.reply_copies):
                self.tell(asker, message)

        if self._knobs.reply_delay:
            self._clock.call_later(self._knobs.reply_delay, tell)
        else:
            tell()

    # Groups

    def _subscribe(self, connection: Connection, data: str) -> None:
        group = data.partition(",")[0].upper()
        if connection.kind is Kind.APP:
            connection.groups.add(group)
        for vehicle_id, last in self._groups.get(group, {}).items():
            self.tell(connection, f"g{vehicle_id},{group},{last}")

    def _pass_to_group(self, vehicle: VehicleRecord, data: str) -> None:
        name, _, rest = data.partition(",")
        group = name.upper()
        self._groups.setdefault(group, {})[vehicle.id] = rest
        for connection in self.connections:
            if group in connection.groups:
                self.tell(connection, f"g{vehicle.id},{group},{rest}")


def _goes_on(reply: str) -> bool:
    """Whether more lines of the same reply follow. A hidden reply cannot be looked into."""
    code, *fields = reply.removeprefix("c").split(",", 4)
    if code not in _LISTED:
        return False
    result, index, count = ([*fields, "", "", ""])[:3]
    return result != "0" or not (index.isdigit() and count.isdigit()) or int(index) < int(count) - 1


def _burst(vehicle: VehicleRecord) -> Iterator[str]:
    """What a client is told at its login."""
    token_told = False
    for code, stored in vehicle.in_order():
        if stored.hidden and not token_told:
            token_told = True
            yield f"ET{vehicle.paranoid_token}"
        yield _as_message(code, stored)


def _as_message(code: str, stored: Stored) -> str:
    return f"EM{code}{stored.data}" if stored.hidden else f"{code}{stored.data}"
