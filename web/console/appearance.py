"""How the pages look and what stands around them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from importlib.resources import files
from urllib.parse import quote

from fastapi import APIRouter, Request
from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import RedirectResponse, Response

from backorder.domain.keys import parts
from backorder.domain.line.refusals import REFUSALS
from backorder.domain.tasks import human_task
from web.console.reading import CaseReader
from web.console.sessions import COOKIE, LONGEST_S
from web.console.visit import AGENT, SUPPLY, Visit
from web.cookies import keep_cookie
from web.customer_page import appearance
from web.desk import Desk
from web.paths import in_path
from web.static_files import style_sheet

router = APIRouter(include_in_schema=False)
PLACE = "/console"
STYLE = "/static/console.css"
PRIVATE: Mapping[str, str] = {
    **appearance.PRIVATE,
    # Not less: without it a browser says of a form that nobody sent it.
    "referrer-policy": "same-origin",
    "x-frame-options": "DENY",
}


@cache
def _style() -> tuple[bytes, str]:
    """What the console's sheet adds to that of the customers' pages, and what names its content."""
    content = files("web").joinpath("static", "console.css").read_bytes()
    return content, sha256(content).hexdigest()[:16]


@router.get(STYLE)
async def style(request: Request) -> Response:
    """How the console's pages look."""
    content, tag = _style()
    return style_sheet(request, content, f'"{tag}"')


@cache
def _templates() -> Environment:
    found = Environment(
        loader=PackageLoader("web", "templates/console"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.globals |= {"place": PLACE, "line_path": line_path, "path_of": path_of, "refusals": REFUSALS}
    found.globals |= {"by_hand": lambda flag: human_task(flag).by_hand}
    found.filters |= {"sentence": _sentence, "plain_number": "{:f}".format}
    return found


def _sentence(words: str) -> str:
    """Words as a sentence begins."""
    return words[:1].upper() + words[1:]


def line_path(id: str) -> str:
    """The path of a case. id: the backorder's."""
    return path_of("lines", *parts(id))


def path_of(*names: str) -> str:
    """A path of the console. names: its parts, each of any text."""
    return f"{PLACE}/{in_path(*names)}"


def html(
    desk: Desk, template: str, values: Mapping[str, object], *, visit: Visit | None = None, status: int = 200
) -> Response:
    """A page. visit: whose it is; None before somebody has signed in."""
    calendar, now = desk.services.calendar, desk.now()
    around: dict[str, object] = {
        "shop": desk.settings.shop_name,
        "styles": [appearance.style_path(desk.settings), f"{STYLE}?{_style()[1]}"],
        "say": CaseReader(zone=calendar.zone, today=calendar.day(now)),
        "now": now,
        "zone": calendar.zone,
        "visit": visit,
        "token": visit.sessions.token(visit.session) if visit else "",
        "serves": visit is not None and visit.may(AGENT),
        "buys": visit is not None and visit.may(SUPPLY),
        "said": None,
        "faults": {},
        "typed": {},
        "place_now": "",
    }
    found = _templates().get_template(template).render({**around, **values})
    return Response(found, status_code=status, headers=PRIVATE, media_type="text/html")


def to(path: str, **asked: str) -> Response:
    """To another page, so that a reload repeats nothing."""
    query = "&".join(f"{name}={quote(value, safe='~')}" for name, value in asked.items() if value)
    return RedirectResponse(f"{path}?{query}" if query else path, status_code=303, headers=PRIVATE)


def keep(desk: Desk, answer: Response, cookie: str, value: str) -> Response:
    """Have the browser keep a session."""
    return keep_cookie(desk, answer, cookie, value, path=PLACE, keep_s=LONGEST_S)


def forget(answer: Response) -> Response:
    """Have the browser forget its session."""
    answer.delete_cookie(COOKIE, path=PLACE, httponly=True, samesite="strict")
    return answer
