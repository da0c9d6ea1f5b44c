"""How operators reach Home Assistant: a webhook for each command that is under way, and none otherwise."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus
from typing import Final

from aiohttp import hdrs
from aiohttp.web import Request, RequestPayloadError, Response, json_response
from homeassistant.components import webhook
from homeassistant.core import HomeAssistant
from homeassistant.helpers.network import NoURLAvailableError, get_url

from ..clients.ocpi.callbacks import MAX_RESULT, Reply
from ..const import DOMAIN

type Deliver = Callable[[str, str | None, bytes], Reply]

# Who needs longer for a few hundred bytes is not about to send them.
READ_TIMEOUT: Final = 10.0


class Webhooks:
    """Where one operator posts what became of a command: at an address that it alone is told, and only until it has."""

    def __init__(self, hass: HomeAssistant, name: str, deliver: Deliver, *, over_http: bool) -> None:
        """Open nothing yet.

        Args:
            hass: Home Assistant.
            name: What the list of webhooks calls the operator.
            deliver: Takes what is posted, by the command's id, and says what to answer.
            over_http: Whether the operator may come without encryption: one on this machine, where nobody listens in between.
        """
        self._hass = hass
        self._name = name
        self._deliver = deliver
        self._over_http = over_http

    async def open(self, pending_id: str) -> str | None:
        """Take what is posted to an address of its own from now on, and return that address; None where there is no way in.

        What an operator posts comes with the token that we have given it, so it is asked to come over https.
        """
        url = self.base_url()
        if url is None:
            return None
        webhook.async_register(
            self._hass,
            DOMAIN,
            f"Result of a command to {self._name}",
            pending_id,
            self._take,
            local_only=False,
            # Home Assistant would write an address into the log that another method was tried at.
            allowed_methods=(hdrs.METH_GET, hdrs.METH_HEAD, hdrs.METH_POST, hdrs.METH_PUT),
        )
        return url + webhook.async_generate_path(pending_id)

    def close(self, pending_id: str) -> None:
        """Take nothing there any more."""
        webhook.async_unregister(self._hass, pending_id)

    def base_url(self) -> str | None:
        """Where Home Assistant is for an operator, as far as its network settings say; None if nowhere.

        Without encryption it is only where it is at home: on the way to its external address somebody may listen.
        """
        with suppress(NoURLAvailableError):
            return get_url(self._hass, require_ssl=True, prefer_external=True)
        if self._over_http:
            with suppress(NoURLAvailableError):
                return get_url(self._hass, allow_external=False)
        return None

    async def _take(self, _: HomeAssistant, webhook_id: str, request: Request) -> Response:
        """Take what was posted, of which no more is read than a result has."""
        if request.method != hdrs.METH_POST:
            return Response(status=HTTPStatus.METHOD_NOT_ALLOWED, headers={hdrs.ALLOW: hdrs.METH_POST})
        body = bytearray()
        try:
            async with asyncio.timeout(READ_TIMEOUT):
                while len(body) <= MAX_RESULT and (chunk := await request.content.read(MAX_RESULT + 1)):
                    body += chunk
        except TimeoutError:
            return Response(status=HTTPStatus.REQUEST_TIMEOUT)
        except RequestPayloadError:
            # Packed in a way that it is not packed in.
            return Response(status=HTTPStatus.BAD_REQUEST)
        reply = self._deliver(webhook_id, request.headers.get(hdrs.AUTHORIZATION), bytes(body))
        return json_response(reply.body, status=reply.status)
