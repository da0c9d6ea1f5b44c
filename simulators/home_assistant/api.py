"""The interfaces of a running Home Assistant, as its own frontend uses them: REST and WebSocket."""

import asyncio
from collections.abc import Mapping
from http import HTTPStatus
import itertools
from typing import Any, Self

import aiohttp

type Json = dict[str, Any]

_TIMEOUT = aiohttp.ClientTimeout(total=60)
_MAX_MESSAGE = 64 * 1024 * 1024


class ApiError(Exception):
    """Home Assistant refused; the text is its reason."""


class NotFound(ApiError):
    """There is no such path."""


class Api:
    """A session of the owner."""

    def __init__(self, url: str) -> None:
        """Take the address, such as `http://127.0.0.1:8123`."""
        self.url = url
        self._session = aiohttp.ClientSession(url, timeout=_TIMEOUT)
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._ids = itertools.count(1)
        self._one_at_a_time = asyncio.Lock()

    async def close(self) -> None:
        """End the session."""
        if self._socket is not None:
            await self._socket.close()
        await self._session.close()

    async def __aenter__(self) -> Self:
        """Return the session, which is not logged in yet."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """End the session."""
        await self.close()

    # Logging in

    async def reachable(self) -> bool:
        """Tell whether somebody answers."""
        try:
            async with self._session.get("/manifest.json") as response:
                return response.status == HTTPStatus.OK
        except aiohttp.ClientError:
            return False

    async def log_in(self, username: str, password: str) -> None:
        """Log in as the owner, who is made first where there is none.

        Raises:
            ApiError: user name or password is wrong.
        """
        client = {"client_id": f"{self.url}/"}
        if await self._needs_owner():
            person = {"name": username.capitalize(), "username": username, "password": password, "language": "en"}
            code = (await self.post("/api/onboarding/users", {**client, **person}))["auth_code"]
        else:
            flow = await self.post(
                "/auth/login_flow",
                {**client, "handler": ["homeassistant", None], "redirect_uri": f"{self.url}/"},
            )
            done = await self.post(
                f"/auth/login_flow/{flow['flow_id']}", {**client, "username": username, "password": password}
            )
            if done["type"] != "create_entry":
                raise ApiError(f"{username} cannot log in: {done.get('errors')}")
            code = done["result"]
        await self._take_token({**client, "grant_type": "authorization_code", "code": code})

    async def _needs_owner(self) -> bool:
        try:
            steps: list[Json] = await self.get("/api/onboarding")
        except NotFound:
            # Onboarding is not even loaded once it is complete.
            return False
        return any(step["step"] == "user" and not step["done"] for step in steps)

    async def _take_token(self, form: Mapping[str, str]) -> None:
        async with self._session.post("/auth/token", data=form) as response:
            answer = await response.json()
            if response.status != HTTPStatus.OK:
                raise ApiError(str(answer))
        token: str = answer["access_token"]
        self._session.headers["Authorization"] = f"Bearer {token}"
        self._socket = await self._session.ws_connect("/api/websocket", max_msg_size=_MAX_MESSAGE)
        await self._socket.receive_json()
        await self._socket.send_json({"type": "auth", "access_token": token})
        await self._socket.receive_json()

    # What the two interfaces take

    async def get(self, path: str, **parameters: str) -> Any:
        """Read a path.

        Raises:
            ApiError: Home Assistant refused.
        """
        return await self._request("GET", path, params=parameters)

    async def post(self, path: str, body: Mapping[str, Any]) -> Any:
        """Send JSON to a path.

        Raises:
            ApiError: Home Assistant refused.
        """
        return await self._request("POST", path, json=body)

    async def delete(self, path: str) -> Any:
        """Delete what a path names.

        Raises:
            ApiError: Home Assistant refused.
        """
        return await self._request("DELETE", path)

    async def command(self, kind: str, **parameters: Any) -> Any:
        """Send a command over the WebSocket and return its result.

        Raises:
            ApiError: Home Assistant refused.
            ConnectionError: not logged in, or the connection is gone.
        """
        if self._socket is None:
            raise ConnectionError("not logged in")
        async with self._one_at_a_time:
            number = next(self._ids)
            await self._socket.send_json({"id": number, "type": kind, **parameters})
            async for message in self._socket:
                answer = message.json()
                if answer["id"] == number and answer["type"] == "result":
                    if answer["success"]:
                        return answer["result"]
                    raise ApiError(answer["error"]["message"])
        raise ConnectionError("Home Assistant closed the connection")

    async def _request(self, method: str, path: str, **arguments: Any) -> Any:
        async with self._session.request(method, path, **arguments) as response:
            if response.status == HTTPStatus.NOT_FOUND:
                raise NotFound(path)
            if response.status >= HTTPStatus.BAD_REQUEST:
                raise ApiError(f"{method} {path}: {response.status} {await response.text()}")
            return await response.json()

    # What is asked for often

    async def is_running(self) -> bool:
        """Tell whether the start is complete."""
        configuration = await self.get("/api/config")
        return bool(configuration["state"] == "RUNNING")

    async def states(self) -> dict[str, Json]:
        """Return all states, by entity id."""
        return {state["entity_id"]: state for state in await self.get("/api/states")}

    async def state(self, entity_id: str) -> str | None:
        """Return one state, None where there is no such entity."""
        state = (await self.states()).get(entity_id)
        return None if state is None else state["state"]

    async def act(self, action: str, target: Mapping[str, Any] | None = None, **data: Any) -> None:
        """Call an action, such as `lock.unlock`.

        Raises:
            ApiError: it failed; the text is what a user would read.
        """
        domain, service = action.split(".")
        await self.command("call_service", domain=domain, service=service, target=dict(target or {}), service_data=data)

    async def respond(self, action: str, target: Mapping[str, Any] | None = None, **data: Any) -> Json:
        """Call an action that answers, and return its answer.

        Raises:
            ApiError: it failed; the text is what a user would read.
        """
        domain, service = action.split(".")
        result: Json = await self.command(
            "call_service",
            domain=domain,
            service=service,
            target=dict(target or {}),
            service_data=data,
            return_response=True,
        )
        response: Json = result["response"]
        return response

    async def entries(self, domain: str) -> list[Json]:
        """Return the config entries of an integration."""
        found: list[Json] = await self.command("config_entries/get", domain=domain)
        return found

    async def devices(self) -> list[Json]:
        """Return the device registry."""
        found: list[Json] = await self.command("config/device_registry/list")
        return found

    async def entities(self, platform: str) -> list[Json]:
        """Return the registered entities of an integration."""
        found: list[Json] = await self.command("config/entity_registry/list")
        return [entity for entity in found if entity["platform"] == platform]

    async def entity_ids(self, platform: str, entry_id: str | None = None) -> dict[str, str]:
        """Return the ids of an integration's enabled entities, by domain and translation key: `lock.doors`.

        Where more than one device may have such an entity, `entry_id` tells which config entry is meant.
        """
        return {
            f"{entity['entity_id'].partition('.')[0]}.{entity['translation_key']}": entity["entity_id"]
            for entity in await self.entities(platform)
            if entity["disabled_by"] is None and entry_id in {None, entity["config_entry_id"]}
        }

    async def flows(self, domain: str) -> list[Json]:
        """Return the config flows that wait for the user."""
        found: list[Json] = await self.command("config_entries/flow/progress")
        return [flow for flow in found if flow["handler"] == domain]

    async def start_flow(self, domain: str, entry_id: str | None = None) -> Json:
        """Start a config flow as the user, to reconfigure where an entry is named; return its first step."""
        entry = {} if entry_id is None else {"entry_id": entry_id}
        step: Json = await self.post("/api/config/config_entries/flow", {"handler": domain, **entry})
        return step

    async def flow_step(self, flow_id: str, answers: Mapping[str, Any] | None = None) -> Json:
        """Answer a step of a config flow, or look at it; return the step that follows."""
        return await self._step(f"/api/config/config_entries/flow/{flow_id}", answers)

    async def start_subentry_flow(self, entry_id: str, kind: str) -> Json:
        """Start adding something to a config entry; return the first step."""
        step: Json = await self.post("/api/config/config_entries/subentries/flow", {"handler": [entry_id, kind]})
        return step

    async def subentry_step(self, flow_id: str, answers: Mapping[str, Any] | None = None) -> Json:
        """Answer a step of that, or look at it; return the step that follows."""
        return await self._step(f"/api/config/config_entries/subentries/flow/{flow_id}", answers)

    async def _step(self, path: str, answers: Mapping[str, Any] | None) -> Json:
        step: Json = await self.get(path) if answers is None else await self.post(path, answers)
        return step
