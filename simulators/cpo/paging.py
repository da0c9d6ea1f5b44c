"""Lists in pages."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from .answers import INVALID, Answer, refusal
from .quirks import Quirk
from .traffic import Json
from .wire import read_moment


@dataclass(frozen=True, slots=True, kw_only=True)
class Pager:
    """Cuts lists into pages of `size` objects at most; who asks for fewer gets fewer."""

    size: int
    quirks: set[Quirk]
    foreign: Callable[[], str]
    """A host that has nothing to do with the operator."""

    def page[Object](
        self,
        objects: Sequence[Object],
        write: Callable[[Object], Json],
        updated: Callable[[Object], datetime],
        query: Mapping[str, str],
        url: str,
        *,
        needs_date: bool,
    ) -> Answer:
        """Answer with a page of what was updated between `date_from`, inclusive, and `date_to`, exclusive."""
        if needs_date and "date_from" not in query:
            return refusal(INVALID, "date_from is missing")
        try:
            since, until = (read_moment(query[name]) if name in query else None for name in ("date_from", "date_to"))
            offset, limit = int(query.get("offset", 0)), int(query.get("limit", self.size))
        except ValueError:
            return refusal(INVALID, "A parameter cannot be read")
        if offset < 0 or limit < 1:
            return refusal(INVALID, "A parameter is out of bounds")
        chosen = [
            found
            for found in objects
            if (since is None or updated(found) >= since) and (until is None or updated(found) < until)
        ]
        limit = min(limit, self.size)
        data = [write(found) for found in chosen[offset : offset + limit]]
        headers = {"X-Limit": str(limit)}
        if Quirk.NO_TOTAL not in self.quirks:
            headers["X-Total-Count"] = str(len(chosen))
        following = {**query, "offset": str(offset + limit), "limit": str(limit)}
        if (link := self._link(url, query, following, last=offset + limit >= len(chosen))) is not None:
            headers["Link"] = link
        return Answer(data=data, headers=headers)

    def _link(self, url: str, query: Mapping[str, str], following: Mapping[str, str], *, last: bool) -> str | None:
        """Write the link to the next page; None if there is none to be told."""
        if Quirk.NO_LINKS in self.quirks:
            return None
        if Quirk.ENDLESS_LINKS in self.quirks:
            return _next(f"{url}?{urlencode(query)}")
        if Quirk.BROKEN_LINKS in self.quirks:
            module = url.rpartition("/")[2]
            host = url.partition("/ocpi/")[0]
            broken = f"{host}/ocpi/cpo/VersionNumber.v_2_2_1/ModuleID.{module}/?date_from=None&offset=None"
            return "" if last else _next(broken)
        if last:
            return None
        if Quirk.FOREIGN_LINKS in self.quirks:
            return _next(f"{self.foreign()}?{urlencode(following)}")
        target = f"{url}?{urlencode(following)}"
        if Quirk.RELATIVE_LINKS in self.quirks:
            target = "/" + target.partition("://")[2].partition("/")[2]
        return _next(target)


def _next(url: str) -> str:
    return f'<{url}>; rel="next"'
