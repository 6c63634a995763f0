"""The words to read out on a call, in the customer's language and in English: parts of the notice."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Protocol

from backorder.domain.line.read_out import facts_to_read_out
from backorder.domain.line.state import State
from backorder.domain.notifications import Kind
from backorder.domain.policy.policy import Policy
from backorder.queries.views import ReadOutView, SpokenView

_ENGLISH = "en"


class ReadOutRow(Protocol):
    region: str
    locale: str | None
    kind: str
    product: str


def read_out_of(
    policy: Policy, state: State, row: ReadOutRow, at: datetime, templates: Path | None = None
) -> ReadOutView | None:
    """What a call has to say so that it counts as a legal notice; None where the law wants nothing said.

    row: of the line, with its `product` and what is on record of its customer. templates: the shop's own.
    """
    facts = facts_to_read_out(policy, state, at)
    if facts is None:
        return None
    from backorder.messaging.message_content import (  # templates take time to load
        ContentItem,
        MessageContent,
        Shop,
    )
    from backorder.messaging.render import spoken

    content = MessageContent(
        kind=Kind.CONSENT_REQUEST,
        locale=row.locale or "",
        region=row.region,
        shop=Shop(name="", templates=templates),
        name="",
        link="",
        items=(ContentItem(order=state.order_id, product=row.product, facts=facts),),
        business=row.kind == "business",
    )
    language, own = spoken(content, content.locale or _ENGLISH)
    texts = {language: own} if language == _ENGLISH else {language: own, **dict([spoken(content, _ENGLISH)])}
    return ReadOutView(
        by=facts.ask_until or facts.by,
        answer_by=facts.answer_by,
        words=tuple(SpokenView(locale=locale, text=text) for locale, text in texts.items()),
    )
