"""Whether the words of a legal notice say what the law wants said, whoever wrote their templates."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import SimpleNamespace

from backorder.domain.law.notice_parts import ANSWER, CANCEL, DATE, SILENCE
from backorder.domain.notifications import Kind, Why
from backorder.messaging import gsm
from backorder.messaging.message_content import MessageContent, Rendered
from backorder.messaging.template_variables import Line

PHRASES = frozenset(
    {"choice", "silence", "money_back", "brief_choice", "brief_silence", "brief_silence_by_day"}
)
"""The phrases of words.jinja that say what the law wants said; a built-in language's stay as they are."""
TICKET = "the ticket of the complaint"
_UNSEEN = re.compile(r"<(style|title|head)\b.*?</\1>|<[^>]+>", re.DOTALL)


def missing_words(
    content: MessageContent, rendered: Rendered, lines: Iterable[Line], say: SimpleNamespace, *, unicode: bool
) -> tuple[str, ...]:
    """The parts that a message lacks in its mail, as HTML or as text, or in its text message.

    lines: of the message, as its templates saw them. say: the phrases of its language, for text. unicode: its
    texts keep letters that GSM-7 does not have. Nothing is missing in a message that is no legal notice.
    """
    looks = _LOOKS.get(content.kind)
    if looks is None:
        return ()
    plain = _flat if unicode else gsm.plain
    mails = (_flat(rendered.text), _flat(html.unescape(_UNSEEN.sub(" ", rendered.html))))
    # A text that was registered word for word is its link.
    texts = () if content.registered and content.link else (plain(rendered.sms),)
    found = []
    for part, phrases in looks(content, tuple(lines), say):
        in_mail = all(_says(mail, phrases.mail, _flat) for mail in mails)
        if not (in_mail and all(_says(text, phrases.sms, plain) for text in texts)):
            found.append(part)
    return tuple(dict.fromkeys(found))


def _says(words: str, phrases: Iterable[str], plain: Callable[[str], str]) -> bool:
    """Whether words hold one of some phrases; no phrases ask for nothing, an empty one is never said."""
    wanted = [plain(each) for each in phrases]
    return not wanted or any(each and each in words for each in wanted)


def _flat(text: str) -> str:
    return " ".join(text.split())


class _Phrases:
    """Any of which a mail, and a text, has to hold; an empty tuple asks for nothing."""

    def __init__(self, mail: tuple[str, ...], sms: tuple[str, ...]) -> None:
        self.mail = mail
        self.sms = sms


_Parts = Iterator[tuple[str, _Phrases]]


def _notice(content: MessageContent, lines: tuple[Line, ...], say: SimpleNamespace) -> _Parts:
    """The parts of a question, for each of its lines."""
    choices = tuple(_said(say, "brief_choice", each) for each in lines)
    for line in lines:
        yield DATE, _dates(line, say)
        yield CANCEL, _Phrases((_said(say, "choice", line),), choices)
        yield SILENCE, _Phrases((_said(say, "silence", line),), _silences(line, say))
        if line.ends_on:
            day = line.answer_by or line.ends_on
            yield SILENCE, _Phrases((line.ends_on,), (day.brief,) if line.silence == "cancelled" else ())
    if content.link:
        yield ANSWER, _Phrases((), (content.link,))


def _silences(line: Line, say: SimpleNamespace) -> tuple[str, ...]:
    """What a text says of no answer: with its day, or of several lines, each with its own beside it."""
    return (_said(say, "brief_silence", line), _said(say, "brief_silence_by_day", line))


def _dates(line: Line, say: SimpleNamespace) -> _Phrases:
    if line.ask_until:
        return _Phrases((line.ask_until,), (line.ask_until.brief,))
    if line.parts and line.dated:
        named = next(each.window for each in line.parts if each.window.by)
        return _Phrases((named.span, named.by), (named.brief,))
    if line.window.by:
        return _Phrases((line.window.span, line.window.by), (line.window.brief,))
    if line.why == Why.REFUSED:
        return _Phrases((str(say.refused(say.thing(line))),), ())
    if line.pay_by:  # no day can be named before it is paid for, and this is until when it can be
        return _Phrases((line.pay_by,), (line.pay_by.brief,))
    why = _said(say, "why", line)
    return _Phrases((why,), (why, _said(say, "why", line, 2)))  # a text may say it of several


def _complaint(content: MessageContent, lines: tuple[Line, ...], say: SimpleNamespace) -> _Parts:
    """The parts of the acknowledgement of a complaint."""
    for line in lines:
        if line.ticket:
            yield TICKET, _Phrases((line.ticket,), (line.ticket,))
        if line.due:
            yield DATE, _Phrases((line.due,), (line.due.brief,))


_LOOKS: Mapping[Kind, Callable[[MessageContent, tuple[Line, ...], SimpleNamespace], _Parts]] = {
    Kind.CONSENT_REQUEST: _notice,
    Kind.COMPLAINT_RECEIVED: _complaint,
}
"""What each legal kind has to say; the answer to a complaint is in a person's own words."""


def _said(say: SimpleNamespace, name: str, line: Line, *more: int) -> str:
    phrase: Callable[..., object] | None = getattr(say, name, None)
    return str(phrase(line, *more)) if phrase is not None else ""
