"""What was measured, beside what it is held against, and whether it keeps its bound."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
import statistics


class Unit(Enum):
    """How a figure is shown: a label, and how many of these are one second, one byte or one request."""

    MICROSECONDS = ("µs", 1e6)
    MILLISECONDS = ("ms", 1e3)
    MEBIBYTES = ("MiB", 2.0**-20)
    REQUESTS = ("requests", 1.0)
    MESSAGES_PER_SECOND = ("messages a second", 1.0)

    def show(self, values: Sequence[float]) -> str:
        """Show the median and the middle half of some values."""
        label, factor = self.value
        return f"{_spread([value * factor for value in values])} {label}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One line of the table.

    Values are in seconds, bytes, requests or messages a second. Those of `beside` were measured in turns with those of `measured`, so that the n-th
    of both saw the same machine: the ratio is the median of the ratios of such pairs.
    """

    name: str
    unit: Unit
    measured: Sequence[float]
    beside: Sequence[float]
    beside_name: str
    most: float | None = None
    """The bound of the median."""
    most_times: float | None = None
    """The bound of the ratio."""

    @property
    def kept(self) -> bool:
        """Whether no bound is broken."""
        return (self.most is None or statistics.median(self.measured) <= self.most) and (
            self.most_times is None or statistics.median(self._ratios) <= self.most_times
        )

    def row(self) -> tuple[str, ...]:
        """The cells of the table."""
        return (
            self.name,
            self.unit.show(self.measured),
            f"{self.beside_name}: {self.unit.show(self.beside)}",
            _spread(self._ratios),
            self._bound(),
            self._verdict(),
        )

    @property
    def _ratios(self) -> list[float]:
        return [mine / other for mine, other in zip(self.measured, self.beside, strict=True)]

    def _bound(self) -> str:
        if self.most is not None:
            label, factor = self.unit.value
            return f"{self.most * factor:g} {label}"
        return "" if self.most_times is None else f"{self.most_times:g} times"

    def _verdict(self) -> str:
        if self.most is None and self.most_times is None:
            return ""
        return "kept" if self.kept else "**broken**"


_HEAD = ("what", "Open EV", "beside", "ratio", "bound", "verdict")


def table(figures: Iterable[Figure]) -> str:
    """Write the figures as a Markdown table."""
    rows = [_HEAD, *(figure.row() for figure in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD))]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in rows
    ]
    lines.insert(1, "| " + " | ".join("-" * width for width in widths) + " |")
    return "\n".join(lines)


async def in_turns[NameT](
    rounds: int, subjects: Mapping[NameT, Callable[[], Awaitable[float]]]
) -> dict[NameT, list[float]]:
    """Measure each subject once a round, so that a busy moment of the machine hits all of them alike."""
    values: dict[NameT, list[float]] = {name: [] for name in subjects}
    for _ in range(rounds):
        for name, measure in subjects.items():
            values[name].append(await measure())
    return values


def _spread(values: Sequence[float]) -> str:
    if len(values) == 1:
        return _digits(values[0])
    low, middle, high = statistics.quantiles(values, n=4, method="inclusive")
    return f"{_digits(middle)} ({_digits(low)} to {_digits(high)})"


def _digits(value: float) -> str:
    """Show three digits, for more were not measured."""
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"
