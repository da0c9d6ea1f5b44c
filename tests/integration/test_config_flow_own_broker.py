"""A person types a broker: what can be wrong with it, and that each can be mended where it was typed."""

import asyncio

from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType, InvalidData
import pytest

from simulators.broker import EmbeddedBroker

from .certificates import Authority
from .dialog import PREFIX, assert_error, car, own, shown, start, submit

pytestmark = pytest.mark.usefixtures("hurried")


async def test_wrong_port(hass: HomeAssistant, broker: EmbeddedBroker, unused_tcp_port: int) -> None:
    """Nobody answers there; the form keeps what was typed, except the password."""
    result = await start(hass, "own_broker")
    typed = own(broker, port=unused_tcp_port, username="me", password="secret", advanced={"websocket_path": "/mqtt"})
    result = await submit(hass, result, typed)
    assert_error(result, "own_broker", {"base": "cannot_connect"})
    assert shown(result["data_schema"]) == {
        "host": broker.host,
        "port": unused_tcp_port,
        "username": "me",
        "tls": False,
        "tls_insecure": False,
        "transport": "tcp",
        "websocket_path": "/mqtt",
        "protocol": "3.1.1",
    }
    assert (await submit(hass, result, own(broker)))["step_id"] == "nothing_heard"


async def test_a_password_is_asked_for_again(hass: HomeAssistant, broker: EmbeddedBroker, unused_tcp_port: int) -> None:
    """After an error its field is empty, and who overlooks that is told before the broker is asked."""
    broker.accounts["me"] = "secret"
    await broker.restart()
    result = await start(hass, "own_broker")
    typed = own(broker, port=unused_tcp_port, username="me", password="secret")
    assert_error(await submit(hass, result, typed), "own_broker", {"base": "cannot_connect"})
    for _ in range(2):
        result = await submit(hass, result, own(broker, username="me"))
        assert_error(result, "own_broker", {"password": "broker_password_needed"})
    assert_error(await submit(hass, result, own(broker)), "own_broker", {"base": "refused"})
    result = await submit(hass, result, own(broker, username="me", password="secret"))
    assert result["step_id"] == "nothing_heard"


async def test_wrong_protocol(hass: HomeAssistant, broker: EmbeddedBroker) -> None:
    """The embedded broker speaks 3.1.1 only."""
    result = await start(hass, "own_broker")
    result = await submit(hass, result, own(broker, advanced={"protocol": "5"}))
    assert_error(result, "own_broker", {"base": "cannot_connect"})
    assert (await submit(hass, result, own(broker)))["step_id"] == "nothing_heard"


@pytest.mark.parametrize("credentials", [{}, {"username": "me"}, {"username": "me", "password": "wrong"}])
async def test_wrong_user(hass: HomeAssistant, broker: EmbeddedBroker, credentials: dict[str, str]) -> None:
    """A broker that answers and refuses is not one that cannot be reached."""
    broker.accounts["me"] = "secret"
    await broker.restart()
    result = await start(hass, "own_broker")
    result = await submit(hass, result, own(broker, **credentials))
    assert_error(result, "own_broker", {"base": "refused"})
    result = await submit(hass, result, own(broker, username="me", password="secret"))
    assert result["step_id"] == "nothing_heard"


async def test_no_host(hass: HomeAssistant, broker: EmbeddedBroker) -> None:
    """What cannot be a name or an address is not tried."""
    result = await start(hass, "own_broker")
    result = await submit(hass, result, own(broker, host="mqtt://broker:1883"))
    assert_error(result, "own_broker", {"host": "invalid_host"})
    assert shown(result["data_schema"])["host"] == "mqtt://broker:1883"
    assert (await submit(hass, result, own(broker)))["step_id"] == "nothing_heard"


@pytest.mark.parametrize("port", [0, 65536, -1, "a"])
async def test_no_port(hass: HomeAssistant, broker: EmbeddedBroker, port: object) -> None:
    """The field takes nothing else."""
    result = await start(hass, "own_broker")
    with pytest.raises(InvalidData):
        await submit(hass, result, own(broker, port=port))


async def test_no_tls_there(hass: HomeAssistant, broker: EmbeddedBroker) -> None:
    """Encryption was switched on, and the port is one without."""

    async def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    result = await start(hass, "own_broker")
    async with await asyncio.start_server(hang_up, broker.host) as server:
        port = server.sockets[0].getsockname()[1]
        result = await submit(hass, result, own(broker, port=port, tls=True))
        assert_error(result, "own_broker", {"base": "tls_failed"})
    assert (await submit(hass, result, own(broker)))["step_id"] == "nothing_heard"


@pytest.mark.parametrize("way", ["authority", "insecure"])
async def test_an_unknown_authority(
    hass: HomeAssistant, tls_broker: EmbeddedBroker, authority: Authority, way: str
) -> None:
    """A broker nobody vouches for is not trusted; its authority can be given, or trust be waived."""
    result = await start(hass, "own_broker")
    result = await submit(hass, result, own(tls_broker, tls=True))
    assert_error(result, "own_broker", {"base": "tls_failed"})
    advanced = {"ca_certificate": authority.pem} if way == "authority" else {"tls_insecure": True}
    assert (await submit(hass, result, own(tls_broker, tls=True, advanced=advanced)))["step_id"] == "nothing_heard"


async def test_a_client_certificate(
    hass: HomeAssistant, tls_broker: EmbeddedBroker, authority: Authority, stranger: Authority
) -> None:
    """A broker that looks at certificates refuses a strange one, and takes its own; the key is kept, and not shown."""
    fields = {"ca_certificate": authority.pem}
    strange, known = stranger.sign("localhost"), authority.sign("client")
    result = await start(hass, "own_broker")
    advanced = fields | {"client_certificate": strange.chain, "client_key": strange.key}
    result = await submit(hass, result, own(tls_broker, tls=True, advanced=advanced))
    assert_error(result, "own_broker", {"base": "tls_failed"})
    assert "client_key" not in shown(result["data_schema"])
    assert shown(result["data_schema"])["client_certificate"] == strange.chain

    result = await submit(hass, result, own(tls_broker, tls=True, advanced=fields | {"client_certificate": "?"}))
    assert_error(result, "own_broker", {"base": "invalid_client_certificate"})
    result = await submit(hass, result, own(tls_broker, tls=True, advanced={"ca_certificate": "?"}))
    assert_error(result, "own_broker", {"base": "invalid_ca_certificate"})
    result = await submit(hass, result, own(tls_broker, advanced=fields))
    assert_error(result, "own_broker", {"base": "certificates_without_tls"})

    advanced = fields | {"client_certificate": known.chain, "client_key": known.key}
    async with car(tls_broker, tls=authority.context()):
        result = await submit(hass, result, own(tls_broker, tls=True, advanced=advanced))
        result = await submit(hass, result, {"vehicle": PREFIX})
        assert result["type"] is FlowResultType.CREATE_ENTRY
        data = result["data"]
        assert (data["client_key"], data["client_certificate"]) == (known.key.strip(), known.chain.strip())
        await hass.async_block_till_done()
        await hass.config_entries.async_unload(result["result"].entry_id)


async def test_websockets(hass: HomeAssistant) -> None:
    """A broker that offers WebSockets is found on them."""
    async with EmbeddedBroker(websocket=True) as broker, car(broker):
        result = await start(hass, "own_broker")
        advanced = {"transport": "websockets", "websocket_path": " /mqtt "}
        result = await submit(hass, result, own(broker, port=broker.websocket_port, advanced=advanced))
        result = await submit(hass, result, {"vehicle": PREFIX})
        assert result["type"] is FlowResultType.CREATE_ENTRY
        assert (result["data"]["transport"], result["data"]["websocket_path"]) == ("websockets", "/mqtt")
        await hass.async_block_till_done()
        await hass.config_entries.async_unload(result["result"].entry_id)
