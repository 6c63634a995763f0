"""What may be called over HTTP about the shop's rules."""

from __future__ import annotations

from collections.abc import Sequence

from starter.http_call import AnswerT, Caller


class PolicyCalls(Caller[AnswerT]):
    """Calls about policies. text: what a policy's file says."""

    def load_policy(self, name: str, text: str, *, preview: bool = False) -> AnswerT:
        """Load a policy for new lines; preview: only check it."""
        query = {"preview": preview} if preview else {}
        return self._put("/v1/policies/{name}", {"text": text}, query, name=name)

    def policy(self, name: str, *, version: str | None = None) -> AnswerT:
        """What a policy says. version: this one; None: the one that new lines get."""
        return self._get("/v1/policies/{name}", {"version": version} if version else {}, name=name)

    def plan_policy(self, text: str, **fields: object) -> AnswerT:
        """What a customer would get, and when: lead_days, no_supply, spread, slips, quantity, price, ordered,
        region, pack, ship_by, no_alternative, no_marketing.
        """
        return self._post("/v1/policies/plan", {"text": text, **fields})

    def backtest_policies(self, policies: Sequence[str], **fields: object) -> AnswerT:
        """Play the shop's own lines under policies: since, redeemed, coupon_order."""
        return self._post("/v1/policies/backtest", {"policies": [*policies], **fields})
