"""Whether a module is there, asked once by all who need to know it in the same moment."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass


@dataclass(slots=True, eq=False)
class _Question:
    answer: asyncio.Task[bool]
    waiting: int = 0


class SignOfLife:
    """Puts a question to a module that only a living one can answer.

    An answer to what was asked earlier says nothing of now: it can have been on its way for long. So those who want a
    sign of life within one turn of the event loop share a question, and who comes later has another one put.
    """

    def __init__(self, ask: Callable[[], Awaitable[bool]]) -> None:
        """`ask` puts the question once, and tells whether the module answered it."""
        self._ask = ask
        self._next: _Question | None = None

    async def given(self) -> bool:
        """Whether the module answered a question that was put after this call."""
        if (question := self._next) is None:
            # Put in the next turn, whatever kind of tasks the loop makes.
            question = self._next = _Question(asyncio.create_task(self._put(), eager_start=False))
        question.waiting += 1
        try:
            # Not awaited itself, because who is cancelled must not take the answer away from the others.
            await asyncio.wait([question.answer])
        finally:
            question.waiting -= 1
            if not question.waiting:
                question.answer.cancel()
        return question.answer.result()

    async def _put(self) -> bool:
        self._next = None
        return await self._ask()
