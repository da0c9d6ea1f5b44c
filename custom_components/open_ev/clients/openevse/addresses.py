"""A charger's address: what a user types, and where a charger leads."""

import re
from typing import Final

from yarl import URL

from ..web_address import web_address
from .errors import InvalidArgument

_SCHEME: Final = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)


def charger_url(address: str) -> URL:
    """Read what a user typed: a host, a host and a port, or a URL of http or https.

    Raises:
        InvalidArgument: it is none of these, or it holds a password, which would end in logs.
    """
    given = address.strip()
    url = web_address(given if _SCHEME.match(given) else f"http://{given}")
    if url is None:
        raise InvalidArgument("url", "not_a_url")
    if url.user or url.password:
        raise InvalidArgument("url", "credentials")
    return url.with_query(None).with_fragment(None).with_path(url.path.rstrip("/"))


def tls_url(asked: URL, location: str) -> str | None:
    """Where an answer to http leads to, if that is https of the same machine: nobody is led to another."""
    url = web_address(location)
    if url is None or (asked.scheme, url.scheme, url.host) != ("http", "https", asked.host):
        return None
    return str(url.origin())
