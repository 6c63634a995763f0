"""The packs as a literal table: where each applies, what it wants, and the source of every rule.

An engineering summary of what was read, not legal advice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from backorder.domain.law.rule import Rule
from backorder.domain.region_zones import REGION_ZONES

AUTO = "auto"
"""The pack that the customer's region and kind choose."""
Clock = Literal["shipping", "delivery", "none"]
Silence = Literal["cancels", "changes nothing"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Pack:
    """One law, as far as it concerns a line that waits.

    title: as people call it. regions: countries of ISO 3166 where `auto` chooses it. business: it protects
    buyers who are businesses too. clock: what has to happen by the legal date, "none" where there is none.
    window, credit_window: days from the completed order to the legal date where no date was shown, without
    and with credit of the seller. silence: what an unanswered question leads to once its days are over.
    refund_days: within how many days a refund is sent; working: working days count. billing_cycle: a seller
    that is the creditor has one billing cycle for it in place of them. reminder: days after which a refund
    is reminded of; None for no reminder of its own. withdrawal: a cancellation counts after the shipment
    too. money_only: no store credit takes the place of a refund; same_means: none does unless the customer
    paid by it, or expressly agreed to it. force_majeure: a person may refuse a refund for it. refusal: a
    seller that does not deliver leaves it to the customer to end the contract, at once; elsewhere that
    cancels the order.
    """

    name: str
    title: str
    rules: tuple[Rule, ...]
    regions: frozenset[str] = frozenset()
    business: bool = False
    clock: Clock = "none"
    window: int = 30
    credit_window: int = 30
    silence: Silence = "changes nothing"
    refund_days: int = 14
    working: bool = False
    billing_cycle: bool = False
    reminder: int | None = None
    withdrawal: bool = False
    money_only: bool = False
    same_means: bool = False
    force_majeure: bool = False
    refusal: bool = False

    @property
    def silence_never_cancels(self) -> bool:
        """Whether no line ends without a word of its customer's; a policy for it that ends lines is refused.

        The pack without a rule leaves that to the policy.
        """
        return bool(self.rules) and self.silence != "cancels"


_USA = "US PR VI GU AS MP"
_MEMBERS = "AT BE BG HR CY CZ DK EE FI FR DE GR HU IE IT LV LT LU MT NL PL PT RO SK SI ES SE"
_EEA = "IS LI NO"
_PARTS_OF_MEMBERS = "AX GF GP MF MQ RE YT"
"""Those that have codes of their own."""


def _codes(*lists: str) -> frozenset[str]:
    return frozenset(code for codes in lists for code in codes.split())


_USA_RULES = (
    Rule(
        id="delay_notice",
        what="A buyer is told of a delay in reasonable time, never after the legal date (T): the end of the "
        "window shown with the order, else the promised day if told by then, only else 30 days after the "
        "completed order, 50 with credit applied for. The notice offers to wait or to cancel.",
        source="16 CFR 435.2(a)(1), (b)(1)",
        engine="asks once a later date, or no date, has settled, whatever holds, quiet hours, other messages"
        " say, else three days before the legal date; one question at most is open: a worse date takes its "
        "place with the same last day, a better one is told and moves neither that nor what silence means",
        shop="show a window with the offer, and send its end as `ship_by` with the order",
    ),
    Rule(
        id="notice_parts",
        what="A notice names a definite new date, or says that none can be named and why; the right to "
        "cancel with a prompt refund; a free way to answer; and what silence means.",
        source="16 CFR 435.2(b)(1)-(3)",
        engine="checks each part; a notice that lacks one is not sent, and a person gets a task",
        shop="read the mailbox that customers reply to, and record answers with their arrival",
    ),
    Rule(
        id="first_notice",
        what="Where the new date is at most 30 days after T, silence agrees to it. Where it is later, or "
        "there is none, the buyer has to agree within 30 days after T, else the order is cancelled.",
        source="16 CFR 435.2(b)(1)(ii)-(iii)",
        engine="moves the legal date to the date told, or cancels the day after the last day for an answer",
    ),
    Rule(
        id="renewed_notice",
        what="Once a date was agreed, a later one needs express consent before the agreed date ends.",
        source="16 CFR 435.2(b)(2)",
        engine="asks before the agreed date, and cancels the day after it without an answer; who agreed to "
        "wait as long as it takes is asked nothing more, and may cancel until the shipment",
    ),
    Rule(
        id="likely_to_arrive",
        what="A notice has to be reasonably likely to arrive.",
        source="16 CFR 435.2(b)(1), as the FTC's Business Guide to the rule reads it",
        engine="takes a notice that bounced back, with its date and any consent that silence gave: the next "
        "channel gets it at once; without a report of delivery after 24 hours the second channel gets it "
        "too; where none is left, or none is delivered a day before the limit, a person calls; a new address "
        "gets the open question as well",
        shop="call, read out what the case has in `read_out`, and record the call as a notice",
    ),
    Rule(
        id="ship_or_cancel",
        what="An order that has not shipped in full when its legal date ends, without consent to wait, is"
        " cancelled. Shipped means that the carrier holds the goods.",
        source="16 CFR 435.2(c), 435.1(e)",
        engine="tells the order system three days before (`ship_by_law`), a person the day before, and "
        "cancels at the first look after the day has ended at the shop and at the customer",
        shop="report a shipment when the carrier has it, not when its label is printed",
    ),
    Rule(
        id="refund",
        what="The refund is sent within seven working days of the right to it, within one billing cycle "
        "where the seller is the creditor; in full where nothing shipped, never as store credit. Where "
        "nothing was charged, it is a statement that the order is cancelled and nothing will be charged.",
        source="16 CFR 435.1(b)",
        engine="counts from the day after the cancellation was received or the deadline passed, and never"
        " takes a coupon or store credit for a refund; one that did not arrive has a limit of its own "
        "from that day; tells the buyer the amount and the date of what was sent, or that nothing is charged",
        shop="send the money, and report it; say `credit` with an order that is bought on yours, and"
        " `billing_cycle` in the policy, else the seven days count for it too",
    ),
    Rule(
        id="records",
        what="The seller bears the proof: without records of procedures it is presumed to have broken it.",
        source="16 CFR 435.2(d)",
        engine="keeps every notice with content and delivery, every answer, and what each date rests on",
    ),
)


def _delivery_rules(delivery: str, remedy: str, refund: str) -> tuple[Rule, ...]:
    """What the EU and the UK have in common; each argument is the source of one rule."""
    return (
        Rule(
            id="delivery",
            what="The goods are delivered on the agreed day, else within 30 days of the order. A notice "
            "moves nothing, and silence neither agrees nor cancels.",
            source=delivery,
            engine="counts `ship_by`, else the day that was promised by then, and the transit, else 30 "
            "days; only the customer's own word moves it",
            shop="send `ship_by` with the order",
        ),
        Rule(
            id="delivery_notice",
            what="Once the day has passed, the customer may name a last day, and end the contract when "
            "that passes too; at once where delivery was refused or the day was essential.",
            source=remedy,
            engine="says so once, on the day after, or at once where the shop says that it does not deliver; "
            "and cancels on the day after the last day that they name",
            shop="say `essential` with an order whose day matters, and say so where you do not deliver "
            "(`backorder refuse-delivery`)",
        ),
        Rule(
            id="late_refund",
            what="After such an end all that was paid goes back without undue delay.",
            source=refund,
            engine="counts 14 days, and reminds after 7",
            shop="send the money, and report it",
        ),
    )


def _withdrawal_rules(withdrawal: str, repayment: str) -> tuple[Rule, ...]:
    return (
        Rule(
            id="withdrawal",
            what="A consumer may withdraw without a reason until 14 days after the goods came, exceptions"
            " aside.",
            source=withdrawal,
            engine="accepts every cancellation; after the shipment it is recorded with its time, "
            "published as `withdrawn`, and the customer is told how to return the goods",
            shop="say `withdrawal = false` with an order that is an exception, and take returns",
        ),
        Rule(
            id="withdrawal_refund",
            what="After a withdrawal everything that was paid goes back within 14 days, standard delivery"
            " included, by the same means.",
            source=repayment,
            engine="counts the 14 days from the withdrawal, and reminds after 7; takes a coupon or store "
            "credit for a refund only where the customer paid by it, or expressly agreed to it",
            shop="send the money, and report it; say `agreed` where the customer agreed to store credit",
        ),
    )


PACKS: Mapping[str, Pack] = {
    each.name: each
    for each in (
        Pack(
            name="us-ftc-435",
            title="United States: Mail, Internet, or Telephone Order Merchandise Rule",
            regions=_codes(_USA),
            business=True,
            clock="shipping",
            credit_window=50,
            silence="cancels",
            refund_days=7,
            working=True,
            billing_cycle=True,
            money_only=True,
            rules=_USA_RULES,
        ),
        Pack(
            name="eu-crd-18",
            title="European Union: Consumer Rights Directive",
            regions=_codes(_MEMBERS, _EEA, _PARTS_OF_MEMBERS),
            clock="delivery",
            reminder=7,
            withdrawal=True,
            same_means=True,
            refusal=True,
            rules=_delivery_rules(
                "Directive 2011/83/EU, art. 18(1)",
                "Directive 2011/83/EU, art. 18(2)",
                "Directive 2011/83/EU, art. 18(3)",
            )
            + _withdrawal_rules("Directive 2011/83/EU, art. 9-16", "Directive 2011/83/EU, art. 13")
            + (
                Rule(
                    id="withdrawal_function",
                    what="Since 19 June 2026 a consumer withdraws from a contract made online by a button and"
                    " a second step that confirms it, and gets an acknowledgement at once.",
                    source="Directive 2011/83/EU, art. 11a, by Directive (EU) 2023/2673",
                    engine="has both on the customer's page, with name, order and email filled in, and"
                    " acknowledges with content, date and time",
                    shop="link the page where the contract was made, too",
                ),
            ),
        ),
        Pack(
            name="uk-cra-28",
            title="United Kingdom: Consumer Rights Act 2015, Consumer Contracts Regulations 2013",
            regions=frozenset({"GB"}),
            clock="delivery",
            reminder=7,
            withdrawal=True,
            same_means=True,
            refusal=True,
            rules=_delivery_rules(
                "Consumer Rights Act 2015, s. 28(2)-(3)",
                "Consumer Rights Act 2015, s. 28(6)-(8)",
                "Consumer Rights Act 2015, s. 28(9)",
            )
            + _withdrawal_rules(
                "Consumer Contracts Regulations 2013, reg. 29-30",
                "Consumer Contracts Regulations 2013, reg. 34",
            ),
        ),
        Pack(
            name="in-ecommerce-2020",
            title="India: Consumer Protection (E-Commerce) Rules, 2020",
            regions=frozenset({"IN"}),
            clock="delivery",
            force_majeure=True,
            rules=(
                Rule(
                    id="delivery_notice",
                    what="Late against the stated schedule, a refund may not be refused.",
                    source="Consumer Protection (E-Commerce) Rules, 2020, r. 6(3), 7(4)",
                    engine="says so once, on the day after the day that was stated, and accepts every "
                    "cancellation until the shipment; who cancels what had left too late to be there by that "
                    "day is told that it is looked into, and a person gets a task",
                    shop="where an event beyond its control excuses the delay, a person decides so, with the"
                    " reason (`backorder force-majeure`): that alone refuses a refund; tell the customer why",
                ),
                Rule(
                    id="no_cancellation_fee",
                    what="A cancellation costs nothing unless the seller bears the like charge.",
                    source="Consumer Protection (E-Commerce) Rules, 2020, r. 4(8)",
                    engine="asks for the whole amount back",
                ),
                Rule(
                    id="complaints",
                    what="A complaint gets a ticket to follow it by, and an end within a month.",
                    source="Consumer Protection (E-Commerce) Rules, 2020, r. 4(5), 5(3)(b), 7(1)(f)",
                    engine="gives the ticket, shows it on the customer's page and in the case, and reminds a "
                    "person before the month ends",
                    shop="answer it and close it (`backorder complaint close`)",
                ),
                Rule(
                    id="complaint_acknowledgement",
                    what="A complaint is acknowledged within 48 hours, holidays or not.",
                    source="Consumer Protection (E-Commerce) Rules, 2020, r. 4(5)",
                    engine="acknowledges at once, and shows until when that is owed while none has arrived",
                    shop="where none arrives, call or write, and record it without a day "
                    "(`backorder notice`): one about a date says nothing of the complaint",
                ),
                Rule(
                    id="grievance_officer",
                    what="The name, the designation and the contact of a grievance officer are shown.",
                    source="Consumer Protection (E-Commerce) Rules, 2020, r. 4(4)",
                    engine="shows them on the page and in the acknowledgement of a complaint; `backorder "
                    "doctor` misses them",
                    shop="set `BACKORDER_GRIEVANCE_OFFICER`",
                ),
                Rule(
                    id="no_preselection",
                    what="Consent is given by a clear act of the consumer; nothing is ticked beforehand.",
                    source="Consumer Protection (E-Commerce) Rules, 2020, r. 4(9)",
                    engine="has no box that is ticked and no choice that is preselected on its pages",
                    shop="keep to that where the order is placed",
                ),
                Rule(
                    id="late_refund",
                    what="Refunds are made within a reasonable time.",
                    source="Consumer Protection (E-Commerce) Rules, 2020, r. 4(10)",
                    engine="counts 14 days",
                    shop="send the money, and report it",
                ),
            ),
        ),
        Pack(
            name="plain",
            title="Everywhere else",
            rules=(
                Rule(
                    id="late_refund",
                    what="No law was read for the region. Silence changes nothing, the customer may "
                    "cancel until the shipment, and money goes back within 14 days.",
                    source="the engine's own rule",
                    engine="accepts every cancellation until the shipment, and counts 14 days",
                    shop="find out what the law of the region wants",
                ),
            ),
        ),
        Pack(
            name="none",
            title="No law",
            rules=(),
        ),
    )
}
"""One row a pack."""
NAMES = (AUTO, *PACKS)
"""What a policy or an order may name."""

ELSEWHERE = _codes(
    "NL-AW NL-CW NL-SX NL-BQ1 NL-BQ2 NL-BQ3 NO-21 NO-22 US-UM", "FR-BL FR-NC FR-PF FR-PM FR-TF FR-WF FR-CP"
)
"""Parts of a country of a pack in which it does not hold."""


def pack_for(region: str, kind: str, *, policy: str = AUTO, order: str = AUTO) -> Pack:
    """The pack of a line: what its order says, else what its policy names, else that of the region.

    region: a country of ISO 3166 or a part of one. kind: consumer or business. A name that this version does
    not know counts as `auto`.
    """
    for named in (order, policy):
        if named in PACKS:
            return PACKS[named]
    return next((pack for pack in PACKS.values() if holds_in(pack, region, kind)), PACKS["plain"])


def regions_of(policy: str) -> Mapping[str, tuple[str, ...]]:
    """The countries in which each pack is that of a consumer, by the pack that a policy names.

    For `auto` all countries of ISO 3166 that the time zone database knows, `plain` among the packs; for a
    pack that is named: it alone, for every region ("*").
    """
    if policy != AUTO:
        return {policy: ("*",)}
    found: dict[str, list[str]] = {}
    for country in sorted(REGION_ZONES):
        found.setdefault(pack_for(country, "consumer").name, []).append(country)
    return {name: tuple(found[name]) for name in PACKS if name in found}


def holds_in(pack: Pack, region: str, kind: str = "consumer") -> bool:
    """Whether a pack is that of a region and a kind of customer."""
    if region in ELSEWHERE or (kind == "business" and not pack.business):
        return False
    return region.partition("-")[0] in pack.regions
