"""Answers that are waited for, each at the place where it will appear, and what the module is busy with meanwhile."""

import asyncio
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any


class Answers:
    """Hands what arrives to all who wait for it; what nobody waits for, or no longer, is dropped."""

    def __init__(self) -> None:
        """Start with nobody waiting."""
        self._waiting: dict[asyncio.Future[str | None], str] = {}

    @contextmanager
    def expected(self, place: str) -> Generator[asyncio.Future[str | None]]:
        """Wait, inside, for what arrives at a place; None is that nothing will."""
        answer: asyncio.Future[str | None] = asyncio.get_running_loop().create_future()
        self._waiting[answer] = place
        try:
            yield answer
        finally:
            del self._waiting[answer]

    def arrived(self, place: str, text: str) -> None:
        """Take an answer; a second one at the same place is none."""
        for answer, wanted in self._waiting.items():
            if wanted == place and not answer.done():
                answer.set_result(text)

    def give_up(self) -> None:
        """Tell all who wait that nothing will come."""
        for answer in self._waiting:
            if not answer.done():
                answer.set_result(None)


class Orders:
    """What a module was told to do and has not answered yet.

    It does one thing after the other (all firmware), and some take half a minute: until then it answers nothing else.
    """

    def __init__(self) -> None:
        """Start with none."""
        self._open: set[asyncio.Future[None]] = set()

    @contextmanager
    def given(self) -> Generator[None]:
        """Be at an order, inside, until it is answered or nobody waits for it any more."""
        order: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._open.add(order)
        try:
            yield
        finally:
            self._open.discard(order)
            order.set_result(None)

    async def done_unless(self, answer: asyncio.Future[str | None]) -> None:
        """Wait until all orders that were given before are done, or an answer is there sooner."""
        orders = set(self._open)
        while not answer.done() and not all(order.done() for order in orders):
            waiting: set[asyncio.Future[Any]] = {answer, *(order for order in orders if not order.done())}
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
