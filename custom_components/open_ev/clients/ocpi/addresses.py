"""Addresses: which are any, and which are of one server. The token goes by them."""

import ipaddress
from urllib.parse import quote

from yarl import URL

from ..web_address import web_address
from .errors import InvalidArgument


def operator_url(typed: str) -> URL:
    """Read the address of an operator's versions.

    Raises:
        InvalidArgument: it is none, it holds a password, or it is not encrypted.
    """
    url = web_address(typed.strip())
    if url is None:
        raise InvalidArgument("url", "not_a_url")
    if url.user or url.password:
        raise InvalidArgument("url", "credentials")
    if url.scheme == "http" and not is_loopback(url):
        raise InvalidArgument("url", "not_encrypted")
    return url.with_fragment(None)


def is_loopback(url: URL) -> bool:
    """Whether an address is on this machine, where nobody listens in between."""
    host = url.raw_host or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def is_same_server(one: URL, other: URL) -> bool:
    """Whether two addresses are of one server: what is shown to the one may be shown to the other."""
    return (one.scheme, one.raw_host, one.port) == (other.scheme, other.raw_host, other.port) and not one.user


def joined(base: URL, *segments: str) -> URL:
    """Add segments to an address that may or may not end with a slash; an id may hold one."""
    return base.joinpath(*(quote(segment, safe="") for segment in segments), encoded=True)
