"""What a gateway tells unasked: firmware 3.0 and later, over a websocket."""

import asyncio
from collections.abc import Callable
import json
from typing import Final

import aiohttp

from .errors import CannotConnect
from .gateway import Gateway
from .report import Json, JsonObject

# An idle charger says nothing for hours. It answers this, and one that does not is gone.
PING_EVERY: Final = 20.0
SILENCE: Final = 50.0
_PING: Final = '{"ping":1}'


async def listen(gateway: Gateway, heard: Callable[[JsonObject], None]) -> None:
    """Hand on what is told, until the connection ends.

    Raises:
        NotAvailable: this firmware has no websocket.
        CannotConnect: it could not be opened, has ended, or is silent.
        Unauthorized, Refused: as for every request.
    """
    websocket = await gateway.websocket()
    pinging = asyncio.create_task(_ping(websocket))
    try:
        async with asyncio.timeout(SILENCE) as silence:
            while (message := await websocket.receive()).type is aiohttp.WSMsgType.TEXT:
                silence.reschedule(asyncio.get_running_loop().time() + SILENCE)
                if (said := _read(message.data)) is not None:
                    heard(said)
    except TimeoutError:
        raise CannotConnect("the websocket is silent") from None
    finally:
        pinging.cancel()
        try:
            # What it could not send was noticed here, too.
            await asyncio.gather(pinging, return_exceptions=True)
        finally:
            # Also for who is cancelled twice: by whoever closes the charger, and by whoever ends all that belongs to it.
            await websocket.close()
    raise CannotConnect("the websocket was closed")


async def _ping(websocket: aiohttp.ClientWebSocketResponse) -> None:
    while True:
        await asyncio.sleep(PING_EVERY)
        await websocket.send_str(_PING)


def _read(data: str) -> JsonObject | None:
    try:
        said: Json = json.loads(data, strict=False)
    except ValueError, RecursionError:
        return None
    return said if isinstance(said, dict) else None
