"""Who may come in, and the websocket."""

from pathlib import Path
import ssl

import aiohttp
import pytest

from simulators.openevse import Generation, OpenEvse

from .openevse_visitor import visit

pytestmark = pytest.mark.usefixtures("socket_enabled")

ESP8266 = {Generation.V2_7, Generation.V2_9}
SOCKETS = [generation for generation in Generation if generation not in ESP8266]


@pytest.mark.parametrize("generation", list(Generation))
async def test_credentials(generation: Generation) -> None:
    """Asked for on every path but the one that says what this is; a wrong answer has no body."""
    evse = OpenEvse(generation, username="me", password="secret")
    async with visit(evse) as visitor:
        for path in ("/status", "/config", "/r"):
            reply = await visitor.get(path)
            assert (reply.status, reply.body) == (401, b"")
            realm = "openevse"
            assert reply.headers["WWW-Authenticate"] == f"Basic realm={realm}"
            assert (await visitor.ask("GET", path, login=("me", "wrong"))).status == 401
            assert (await visitor.ask("GET", path, login=("me", "secret"))).status == 200
        assert (await visitor.get("/emoncms/describe")).text == "openevse"


async def test_a_password_without_a_name() -> None:
    """The newest goes by the password; the name is then its own."""
    async with visit(OpenEvse(Generation.HEAD, password="secret")) as visitor:
        assert (await visitor.ask("GET", "/status", login=("openevseadmin", "secret"))).status == 200
        assert (await visitor.get("/status")).status == 401
    async with visit(OpenEvse(Generation.V5_1, password="secret")) as visitor:
        assert (await visitor.get("/status")).status == 200


async def test_sessions() -> None:
    """A cookie lets in for hours; to change anything it must come from the gateway's own page."""
    evse = OpenEvse(Generation.HEAD, username="me", password="secret")
    own = {"X-Requested-With": "OpenEVSE"}
    async with visit(evse) as visitor:
        assert (await visitor.post("/login", {"user": "me", "pass": "wrong"})).status == 401
        reply = await visitor.post("/login", {"user": "me", "pass": "secret"})
        assert reply.status == 200
        assert "HttpOnly; SameSite=Strict" in reply.headers["Set-Cookie"]
        assert (await visitor.get("/status")).status == 200
        refused = await visitor.post("/override", {"state": "disabled"})
        assert (refused.status, refused.json) == (403, {"msg": "csrf"})
        assert not evse.claims
        taken = await visitor.ask("POST", "/override", said={"state": "disabled"}, headers=own)
        assert taken.status == 201
        # RAPI by GET is not protected.
        assert await visitor.rapi("$FB 4") == "$OK"
        async with visitor.listening() as listener:
            assert (await listener.hear())["state"] == 254
        evse.tick(6 * 3600)
        assert (await visitor.get("/status")).status == 401
        with pytest.raises(aiohttp.WSServerHandshakeError):
            async with visitor.listening():
                pass


async def test_sessions_that_last() -> None:
    """`remember` is thirty days; a restart forgets it all the same."""
    evse = OpenEvse(Generation.HEAD, username="me", password="secret")
    async with visit(evse) as visitor:
        await visitor.post("/login", {"user": "me", "pass": "secret", "remember": True})
        evse.tick(7 * 3600)
        assert (await visitor.get("/status")).status == 200
        evse.restart_gateway()
        assert (await visitor.get("/status")).status == 401


async def test_too_many_wrong_passwords() -> None:
    """After ten, wrong ones are not even looked at; the right one is always let in, and one is forgiven a minute."""
    evse = OpenEvse(Generation.HEAD, username="me", password="secret")
    async with visit(evse) as visitor:
        statuses = [(await visitor.ask("GET", "/status", login=("me", "wrong"))).status for _ in range(11)]
        assert statuses == [401] * 10 + [429]
        assert (await visitor.ask("GET", "/status", login=("me", "secret"))).status == 200
        evse.tick(61)
        statuses = [(await visitor.ask("GET", "/status", login=("me", "wrong"))).status for _ in range(2)]
        assert statuses == [401, 429]


@pytest.mark.parametrize("generation", SOCKETS)
async def test_the_websocket(generation: Generation) -> None:
    """First all of /status, then what changes; a ping has its pong."""
    evse = OpenEvse(generation)
    async with visit(evse) as visitor, visitor.listening() as listener:
        first = await listener.hear()
        assert first == await visitor.status()
        evse.plug_in()
        changed = await listener.hear()
        assert changed["state"] == 3
        assert len(changed) < 12
        await listener.say({"ping": 1})
        assert await listener.hear_of("pong") == 1
        evse.tick(1)
        assert await listener.hear_of("amp") == 16_000
        evse.tick(5)
        assert await listener.hear_of("wattsec") == 16 * 240 * 5


@pytest.mark.parametrize("generation", sorted(ESP8266))
async def test_no_websocket(generation: Generation) -> None:
    """An ESP8266 has none."""
    async with visit(OpenEvse(generation)) as visitor:
        assert (await visitor.get("/ws")).status == 404


async def test_changes_are_told() -> None:
    """Claims, limits, overrides and settings, each by its number."""
    evse = OpenEvse(Generation.V5_1)
    async with visit(evse) as visitor, visitor.listening() as listener:
        await listener.hear()
        await visitor.post("/override", {"state": "disabled"})
        assert await listener.hear_of("claims_version") == 1
        await visitor.post("/limit", {"type": "time", "value": 5})
        assert await listener.hear_of("limit") is True
        await visitor.post("/config", {"hostname": "garage"})
        assert await listener.hear_of("config_version") == 2


async def test_websockets_end() -> None:
    """With a restart, on command; one that is silent says nothing, not even a pong."""
    evse = OpenEvse(Generation.V5_1)
    async with visit(evse) as visitor:
        for end in (evse.restart_gateway, evse.drop_websockets):
            async with visitor.listening() as listener:
                await listener.hear()
                assert evse.websockets == 1
                end()
                assert await listener.ends()
        async with visitor.listening() as listener:
            await listener.hear()
            evse.knobs.websocket_silent = True
            await listener.say({"ping": 1})
            await visitor.get("/status")
            evse.knobs.websocket_silent = False
            await listener.say({"nothing": 1})
            await listener.say({"ping": 1})
            assert await listener.hear() == {"pong": 1}


async def test_https(certificate: tuple[Path, Path]) -> None:
    """With a certificate that is its own."""
    served, trusted = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context()
    served.load_cert_chain(*certificate)
    trusted.load_verify_locations(certificate[0])
    async with visit(OpenEvse(tls=served), trusted) as visitor:
        assert (await visitor.status())["state"] == 1
    async with visit(OpenEvse(tls=served)) as visitor:
        with pytest.raises(aiohttp.ClientConnectorCertificateError):
            await visitor.status()


async def test_made_up_refusals() -> None:
    """A test may have any status, and 401 is a proper one."""
    evse = OpenEvse()
    async with visit(evse) as visitor:
        for status in (401, 429):
            evse.knobs.status = status
            reply = await visitor.get("/status")
            assert (reply.status, "WWW-Authenticate" in reply.headers) == (status, status == 401)
