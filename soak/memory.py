"""Whether memory stays flat while a soak lasts."""

from statistics import median
from typing import Final, override

from .traces import live_blocks, resident_bytes

_MIB: Final = 1024 * 1024
# Below this many rounds nothing can be said: caches are still being filled.
_FEWEST_ROUNDS: Final = 12
# An entry that is not let go is some thousands of blocks, a task with what it holds on to some dozens.
_MOST_BLOCKS_A_ROUND: Final = 150.0
# What payloads of 8 MB leave in the allocator's hands comes and goes.
_MOST_MIB: Final = 8.0


class Memory:
    """What is held after each round, when all is quiet."""

    def __init__(self) -> None:
        """Note nothing yet."""
        self._blocks: list[int] = []
        self._resident: list[float] = []

    def note(self) -> None:
        """Note what is held now."""
        self._blocks.append(live_blocks())
        self._resident.append(resident_bytes() / _MIB)

    def problems(self) -> list[str]:
        """What is wrong with it."""
        if len(self._blocks) < _FEWEST_ROUNDS:
            return []
        blocks, resident = _growth(self._blocks) / (len(self._blocks) // 3), _growth(self._resident)
        return [
            *([f"memory grows by {blocks:.0f} blocks a round"] if blocks > _MOST_BLOCKS_A_ROUND else []),
            *([f"{resident:.1f} MiB more in the last third than in the second"] if resident > _MOST_MIB else []),
        ]

    def told(self) -> str:
        """Both, in a line."""
        if len(self._blocks) < _FEWEST_ROUNDS:
            return "too few rounds to say anything of memory"
        return (
            f"memory from the second third to the last: {_growth(self._blocks):+.0f} blocks, "
            f"{_growth(self._resident):+.1f} MiB of {self._resident[-1]:.0f} MiB"
        )

    @override
    def __str__(self) -> str:
        """The last that was noted."""
        return f"{self._resident[-1]:.0f} MiB, {self._blocks[-1]:,} blocks" if self._blocks else ""


def _growth(values: list[int] | list[float]) -> float:
    """From the middle of the second third to that of the last: the first is for warming up."""
    third = len(values) // 3
    return float(median(values[-third:]) - median(values[third : 2 * third]))
