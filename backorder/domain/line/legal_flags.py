"""What the law of a line may need of a person."""

from __future__ import annotations

CALL = "legal_notice"
"""To call, and to record the call, where nothing can be written to the customer."""
INCOMPLETE = "notice_incomplete"
"""The same, where a notice lacks a part that the law wants."""
LEAVES_OR_ENDS = "ships_or_ends"
"""To see that units leave, on the day before their line ends."""
LEGAL_REVIEW = "legal_review"
"""To look at a line of which a duty was broken before the engine knew of it."""
UNCONFIRMED = "notice_unconfirmed"
"""To call, and to record the call, where nobody reports a notice as delivered and its last day is near."""
ASK_BY_CALL = "question_due"
"""The same, where a question went to a new address shortly before the last day for an answer."""
