"""The ways in which operators differ from the standard, each of which was seen or read in a real one."""

from enum import StrEnum
from typing import Final


class Quirk(StrEnum):
    """One of them."""

    # Shapes
    LISTS = "lists"
    """One location, EVSE or connector comes in a list of one."""
    COMMAND_LISTS = "command_lists"
    """The answer to a command comes in a list of one."""
    LOWER_CASE_IDS = "lower_case_ids"
    """Ids are told in lower case, whatever they are; they mean the same."""
    BARE = "bare"
    """Answers have no envelope."""
    BARE_COMMANDS = "bare_commands"
    """Answers to commands have no envelope."""
    UNKNOWN_FIELDS = "unknown_fields"
    """Objects have fields that no standard knows."""
    UNKNOWN_VALUES = "unknown_values"
    """Capabilities and connectors have values that no standard knows (open since 2.3.0)."""
    NULLS = "nulls"
    """What is not known is null, and not left out."""
    NO_ZONE = "no_zone"
    """Times do not say that they are UTC."""
    NO_POWER = "no_power"
    """Connectors do not tell their power (optional since 2.2)."""
    NO_REFERENCES = "no_references"
    """Sessions do not tell the reference of the command that they came from."""
    NEWER_SESSIONS = "newer_sessions"
    """Sessions of 2.2.1 have the shape of 2.3.0."""
    ONE_EVSE = "one_evse"
    """The location within a session of 2.1.1 has one `evse` in place of `evses`, as in the standard's example."""

    # Addresses
    TRAILING_SLASHES = "trailing_slashes"
    """The URLs in the version details end with a slash."""
    STRICT_SLASHES = "strict_slashes"
    """Lists want a slash at the end, all else none; who does otherwise is led there with status 307."""
    BOTH_ROLES = "both_roles"
    """The version details tell the modules of an eMSP first, at other URLs (since 2.2)."""
    UNKNOWN_VERSIONS = "unknown_versions"
    """The versions endpoint tells of versions that nobody has."""

    # Pages
    BROKEN_LINKS = "broken_links"
    """The link to the next page leads nowhere, and that of the last page is there, and empty."""
    NO_LINKS = "no_links"
    """There is no link to the next page."""
    RELATIVE_LINKS = "relative_links"
    """The link to the next page lacks scheme and host."""
    ENDLESS_LINKS = "endless_links"
    """Every page has a next page: itself."""
    FOREIGN_LINKS = "foreign_links"
    """The link to the next page leads to a host that is none of the operator's, `Cpo.foreign_url`."""
    NO_TOTAL = "no_total"
    """The number of objects is not told."""

    # Who may come in
    FORBIDDEN = "forbidden"
    """A wrong token gets status 403 and no envelope; none at all still gets 401."""
    ANY_ENCODING = "any_encoding"
    """A token may be raw or Base64."""
    ANY_SCHEME = "any_scheme"
    """The word before the token does not matter."""
    VERSIONS_DECODE = "versions_decode"
    """The versions endpoint decodes what can be decoded: a raw token that happens to be Base64 is refused there."""
    DEMANDS_REQUEST_IDS = "demands_request_ids"
    """Requests without X-Request-ID and X-Correlation-ID are refused (since 2.2)."""
    DEMANDS_ROUTING = "demands_routing"
    """Requests without the four OCPI-from and OCPI-to headers are refused (since 2.2)."""

    # Commands
    DETAIL_422 = "detail_422"
    """What is no proper command gets status 422 and no envelope."""
    DEMANDS_ALL_FIELDS = "demands_all_fields"
    """What is optional in a token may be null, but must be there."""
    DEMANDS_EVSE = "demands_evse"
    """Nothing is started or reserved without saying where."""
    DEMANDS_OWN_TOKENS = "demands_own_tokens"
    """Country and party of a token must be those of the eMSP (since 2.2)."""
    NO_RESERVATIONS = "no_reservations"
    """RESERVE_NOW and CANCEL_RESERVATION are not supported."""
    NEEDS_CABLE = "needs_cable"
    """Nothing is started where no car is connected."""
    PENDING_SESSIONS = "pending_sessions"
    """A session is there, PENDING, from when it was started until a car comes."""
    AVAILABLE_UNTIL_CHARGING = "available_until_charging"
    """An EVSE stays AVAILABLE while a car is connected and has no session."""
    NO_REQUEST_IDS = "no_request_ids"
    """Results come without X-Request-ID and X-Correlation-ID."""


LIBRARY: Final = frozenset(
    {
        Quirk.LISTS,
        Quirk.BROKEN_LINKS,
        Quirk.TRAILING_SLASHES,
        Quirk.STRICT_SLASHES,
        Quirk.FORBIDDEN,
        Quirk.ANY_ENCODING,
        Quirk.ANY_SCHEME,
        Quirk.VERSIONS_DECODE,
        Quirk.NEWER_SESSIONS,
        Quirk.NULLS,
        Quirk.DETAIL_422,
        Quirk.DEMANDS_ALL_FIELDS,
        Quirk.NO_REQUEST_IDS,
    }
)
"""An operator built from elumobility's ocpi-python 2026.1.9."""
ANCESTOR: Final = LIBRARY | {Quirk.COMMAND_LISTS, Quirk.LOWER_CASE_IDS}
"""An operator built from extrawest-ocpi 2025.7.16, which has 2.1.1 and 2.2.1 only."""
CITRINE_OS: Final = frozenset({Quirk.NO_RESERVATIONS, Quirk.DEMANDS_EVSE, Quirk.DEMANDS_OWN_TOKENS})
"""CitrineOS OCPI 2.0.1, which has 2.2.1 only."""
