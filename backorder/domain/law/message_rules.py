"""Rules about messages and personal data, whatever the pack of a line: what the engine does about each."""

from __future__ import annotations

from backorder.domain.law.rule import Rule

MESSAGE_RULES = (
    Rule(
        id="stop",
        what="Any words that a reasonable person reads as a wish for no more texts are honoured, and "
        "confirmed "
        "once, within five minutes, with nothing else in it.",
        source="47 CFR 64.1200(a)(10), (a)(12)",
        engine="suppresses the number at once, in doubt too, and answers in the same moment, once, at any "
        "hour "
        "(carriers confirm their own words); a person reads what was in doubt; an open question goes on by "
        "another way, with the same last day",
        shop="nothing",
    ),
    Rule(
        id="text_consent",
        what="An informational text needs consent, one that promotes something written consent.",
        source="47 CFR 64.1200(a)(1)(iii), (a)(2), (f)(9)",
        engine="texts only where the customer's `sms_consent` says so, which is for all of their orders, and "
        "promotes only by a channel for which `marketing_consent` says when, how and in which words it was "
        "given",
        shop="ask for both, and send them with the order",
    ),
    Rule(
        id="text_hours",
        what="Texts that promote something go between 9:00 and 20:00 at the recipient, on Sundays from noon "
        "(the strictest states; federal law 8:00 to 21:00).",
        source="47 CFR 64.1200(c)(1) for 8:00 to 21:00; the narrower hours are the engine's own rule, by the "
        "strictest state laws",
        engine="holds them until then, by the customer's own time zone, else by all zones of their country",
        shop="send `time_zone` with the customer where it is known",
    ),
    Rule(
        id="commercial_mail",
        what="A commercial mail says who sends it, with a postal address, and has an opt-out that works "
        "for at "
        "least 60 days.",
        source="15 U.S.C. 7704(a)(3)-(5) (CAN-SPAM), where 30 days are enough; 60 are the engine's own rule",
        engine="has one click out of promotions (`/u/...`, RFC 8058) as long as the mail is on record, and "
        "keeps what concerns the order out of it",
        shop="set `BACKORDER_SHOP_ADDRESS`",
    ),
    Rule(
        id="no_promotion_with_a_notice",
        what="A coupon or a promotion never shares a message with a legal notice.",
        source="the engine's own rule",
        engine="offers nothing while a question of law is open, nor in its message",
        shop="nothing",
    ),
    Rule(
        id="registered_texts",
        what="In India texts go in registered words, with few variables and known links, and cannot be "
        "answered.",
        source="TRAI's TCCCPR 2018 and its directions on content templates, as operators apply them",
        engine="writes short forms that `backorder message export --dlt` lists; asks for no digit there, and "
        "sends no legal notice in such a form whose silence has a meaning",
        shop="register the forms",
    ),
    Rule(
        id="personal_data",
        what="A request about personal data is answered within a month; erased on request, except for "
        "what legal "
        "claims need.",
        source="Regulation (EU) 2016/679, art. 12(3), 17(1), 17(3)(e)",
        engine="shows, corrects and erases; while a line, a refund or a complaint is open the wish waits, "
        "with "
        "an answer; evidence is sealed and kept for `BACKORDER_RETENTION`",
        shop="answer who asks you by another way",
    ),
)
"""One row a rule."""
