"""Which texts are addresses of a web server."""

from yarl import URL


def web_address(text: str, base: URL | None = None) -> URL | None:
    """Read an address of http or https, with a host, which may be meant from `base`; None if it is none.

    yarl 1.25 looks at parts of an address only when they are asked for, and fails at some of what anybody can write with an
    IndexError.
    """
    try:
        url = URL(text) if base is None else base.join(URL(text))
        host = url.host
    except ValueError, IndexError:
        return None
    return url if url.scheme in {"http", "https"} and host else None
