"""Sending a command, and finding out what became of it: the operator tells, or its effect is seen, or neither in time.

The two come in any order, and before the operator's first answer as well; either may never come.
"""

import asyncio
from collections.abc import Awaitable, Callable
import logging

from .callbacks import Pending
from .client import OcpiClient
from .commands import Command
from .errors import CommandRefused, OcpiError, ResultTimeout, Unanswered
from .models import Result
from .pace import Pace

_LOGGER = logging.getLogger(__name__)


class Order:
    """One command under way."""

    def __init__(
        self,
        command: Command,
        pending: Pending,
        *,
        look: Callable[[], Awaitable[None]],
        is_seen: Callable[[], bool] | None,
        pace: Pace,
    ) -> None:
        """`look` looks at the charge point, after which `is_seen` says whether the command had its effect, if that can be seen."""
        self._command = command
        self._pending = pending
        self._look = look
        self._is_seen = is_seen
        self._pace = pace

    async def carry_out(self, client: OcpiClient) -> None:
        """Send it, and return once it is known to be carried out.

        Raises:
            CommandRefused: the operator says no.
            ResultTimeout: neither a result nor an effect came in time.
            NotReached: it was not sent.
            Unanswered: nobody knows, or wants to know any more.
            Unauthorized, NotOcpi, StatusError: it was not understood.
        """
        try:
            await self._carry_out(client)
        except CommandRefused as error:
            raise CommandRefused(error.result, client.credentials.cover(error.reply)) from None

    async def _carry_out(self, client: OcpiClient) -> None:
        patience = await self._send(client)
        loop = asyncio.get_running_loop()
        end = loop.time() + patience
        while not self._is_told():
            left = end - loop.time()
            if left <= 0:
                raise ResultTimeout("the operator took the command, and nothing came of it in time")
            await self._pending.wait(left if self._is_seen is None else min(left, self._pace.command))
            if self._is_told() or await self._shows(max(0.0, end - loop.time())):
                return

    async def _send(self, client: OcpiClient) -> float:
        """Send it; return how many seconds to wait for the result."""
        try:
            response = await client.command(self._command, self._pending.url)
        except OcpiError:
            # The result may have overtaken an answer that got lost.
            if self._pending.result is None:
                raise
            return 0.0
        if response.result is not Result.ACCEPTED:
            raise CommandRefused(response.result, response.reply)
        told = response.timeout
        return self._pace.result if told is None or told <= 0 else min(told, self._pace.longest_result)

    def _is_told(self) -> bool:
        """Whether the operator says that it was carried out; raises what it says otherwise."""
        result = self._pending.result
        if result is None:
            if self._pending.is_closed:
                raise Unanswered("let go of")
            return False
        if result.result is not Result.ACCEPTED:
            raise CommandRefused(result.result, result.reply)
        return True

    async def _shows(self, seconds: float) -> bool:
        """Look for the effect. A look in vain says nothing: the command is on its way all the same."""
        if self._is_seen is None:
            return False
        try:
            async with asyncio.timeout(seconds):
                await self._look()
        except (OcpiError, TimeoutError) as error:
            _LOGGER.debug("A look in vain while a command is under way: %s", error)
            return False
        return self._is_seen()
