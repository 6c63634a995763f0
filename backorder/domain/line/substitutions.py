"""Taking an alternative: the customer chooses it, and the order system takes it over, or cannot."""

from __future__ import annotations

from backorder.domain.line.alternatives import as_shown
from backorder.domain.line.consent import is_too_late, refused
from backorder.domain.line.decision_builder import DecisionBuilder
from backorder.domain.line.events import Answered, SubstitutionRuled
from backorder.domain.line.legal_dates import open_question
from backorder.domain.line.refusals import Refusal
from backorder.domain.line.revocable_cancellations import make_final
from backorder.domain.line.swaps import SWAP_FAILED, complete, give_up, hold, keep_for_later
from backorder.domain.line.uncancelled_units import uncancelled
from backorder.domain.line.units import KnownError, WithoutEffectError, close_if_done


def choose(builder: DecisionBuilder, event: Answered) -> None:
    """The customer takes an alternative, as it was shown to them. An open question is answered by that."""
    question = open_question(builder.state)
    if question is not None and is_too_late(builder, event, question):
        last = question.answer_by.isoformat()
        words = f"the last day for an answer was {last}; noted on the case"
        raise WithoutEffectError(words, Refusal.TOO_LATE)
    make_final(builder)
    chosen = as_shown(builder.state, event.sku, price=event.price, units=event.quantity)
    if builder.state.swap is not None and builder.state.swap.chosen.sku == event.sku:
        words = f"{event.sku} was chosen before, and is held for the order system"
        raise KnownError(words, Refusal.DONE)
    chose_before(builder, event)
    hold(builder, event.request, chosen, event.received_at)


_ASSUMED = "it counted with the choice, as nobody was there to acknowledge it"


def chose_before(builder: DecisionBuilder, event: Answered) -> None:
    """Another choice was to be carried out: the customer's later word counts. Raises WithoutEffectError."""
    swap = builder.state.swap
    if swap is None:
        return
    if event.received_at < swap.received_at:
        words = f"the customer chose {swap.chosen.sku} after that; the later word counts"
        raise WithoutEffectError(words, Refusal.OVERTAKEN)
    give_up(builder, "the customer changed their mind", person=False)


def substitution_ruled(builder: DecisionBuilder, event: SubstitutionRuled) -> None:
    """The order system took an alternative over, or cannot; each is said once, and counts once."""
    key = f"swap/{event.request}"
    if builder.state.is_done(key):
        raise KnownError("this was said before")
    builder.done(key)
    swap, cancelled = builder.state.swap, bool(builder.state.revocable)
    if swap is None or event.swap not in ("", swap.request):
        _too_late(builder, event, cancelled=cancelled)
    elif cancelled:
        _overtaken(builder, event)
    elif event.taken:
        complete(builder, swap, event.received_at, assumed=event.assumed)
        refused(builder)
    else:
        give_up(builder, "the order system cannot do it", said=event.reason, person=True)
    close_if_done(builder)


def _overtaken(builder: DecisionBuilder, event: SubstitutionRuled) -> None:
    """The customer cancelled after they had chosen it, and may take that back for a while: nothing is sent
    instead, whatever becomes of the cancellation.
    """
    swap, rest = builder.state.swap, uncancelled(builder.state) > 0
    if event.taken:
        give_up(builder, "the customer cancelled after that", person=False, cancelled=rest)
    else:
        give_up(builder, "the order system cannot do it", said=event.reason, person=rest)
    if swap is not None and not rest:
        keep_for_later(builder, swap, apology=not event.taken)


def _too_late(builder: DecisionBuilder, event: SubstitutionRuled, *, cancelled: bool) -> None:
    """No such swap is held any more."""
    done = [each for each in builder.state.substitutions if event.swap in ("", each.request)]
    assumed = any(each.assumed for each in done)
    if done and event.taken:
        raise KnownError(_ASSUMED if assumed else "it was taken over before")
    if done:
        builder.need(SWAP_FAILED)
        before = _ASSUMED if assumed else "the order system had taken it over before"
        builder.because(f"{before}; a person has to look")
    elif cancelled:
        builder.because("the customer had cancelled before")
    else:
        raise WithoutEffectError("no swap is held any more; the order system hears so by its own event")
