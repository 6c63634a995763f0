"""A season of lines under law, on the domain's simulator: what was late, and what lacked consent.

    python -m bench.duties [--lines 500] [--seed 1] [--json]

See `tests.support.season_of_duties`.
"""

from __future__ import annotations

import argparse
import json

from tests.support.season_of_duties import WRONG, season

PACKS = ("us-ftc-435", "eu-crd-18")


def main() -> None:
    """Print the counts of a season of each law."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    asked = parser.parse_args()
    seasons = {pack: season(pack, asked.lines, asked.seed) for pack in PACKS}
    if asked.json:
        print(json.dumps({pack: dict.fromkeys(WRONG, 0) | found for pack, found in seasons.items()}))
        return
    for pack, found in seasons.items():
        print(pack, ", ".join(f"{count} {what}" for what, count in found.items()))
        print("   ", ", ".join(f"{found[what]} {what}" for what in WRONG))


if __name__ == "__main__":
    main()
