"""What the server itself answers: the traffic of each day, and the records that cars have sent to be kept."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from .connection import Connection, Kind
from .database import HistoryRecord, VehicleRecord

_TRAFFIC, _SUMMARY, _RECORDS = "30", "31", "32"
_WITHOUT_HISTORY = "No historical data available"
_EVER = "0000-00-00"


class Archive:
    """Counts, keeps, and answers commands 30 to 32, with the car connected or not."""

    def __init__(self, moment: Callable[[], datetime]) -> None:
        """Ask `moment` what time it is, in UTC."""
        self._moment = moment

    def count(self, connection: Connection, *, sent: int = 0, received: int = 0) -> None:
        """Add bytes to a vehicle's traffic of today."""
        if (vehicle := connection.vehicle) is None or not sent + received:
            return
        today = vehicle.days[f"{self._moment():%Y-%m-%d}"]
        if connection.kind is Kind.CAR:
            today.car_in += received
            today.car_out += sent
        else:
            today.app_in += received
            today.app_out += sent

    def record(self, vehicle: VehicleRecord, data: str) -> None:
        """Keep a record: number, age in seconds (negative), kind, number of the record, lifetime, values."""
        match data.split(",", 5):
            case [_, age, kind, number, _, values]:
                moment = self._moment() + timedelta(seconds=int(age))
                vehicle.history.append(
                    HistoryRecord(kind=kind, number=int(number), data=values, moment=f"{moment:%Y-%m-%d %H:%M:%S}")
                )
            case _:
                pass

    def answer(self, vehicle: VehicleRecord, command: str) -> list[str] | None:
        """Answer a command; None is one for the car."""
        code, _, rest = command.partition(",")
        match code:
            case "30":
                days = sorted(vehicle.days.items(), reverse=True)
                rows = [f"{day},{traffic}" for day, traffic in days]
                return _numbered(_TRAFFIC, rows, "No GPRS utilisation data available")
            case "31":
                return _numbered(_SUMMARY, self._summary(vehicle, rest or _EVER), _WITHOUT_HISTORY)
            case "32":
                kind, _, since = rest.partition(",")
                found = [it for it in vehicle.history if it.kind == kind and it.moment > (since or _EVER)]
                rows = [f"{it.kind},{it.moment},{it.number},{it.data}" for it in found]
                return _numbered(_RECORDS, rows, _WITHOUT_HISTORY)
            case _:
                return None

    @staticmethod
    def _summary(vehicle: VehicleRecord, since: str) -> Iterable[str]:
        found = [it for it in vehicle.history if it.moment > since]
        for kind in sorted({it.kind for it in found}):
            records = [it for it in found if it.kind == kind]
            moments = sorted(it.moment for it in records)
            numbers, size = len({it.number for it in records}), sum(len(it.data) for it in records)
            yield f"{kind},{numbers},{len(records)},{size},{moments[0]},{moments[-1]}"


def _numbered(code: str, rows: Iterable[str], nothing: str) -> list[str]:
    """Write the lines of a reply; each says which it is of how many."""
    lines = list(rows)
    return [f"c{code},0,{number},{len(lines)},{row}" for number, row in enumerate(lines, 1)] or [f"c{code},1,{nothing}"]
