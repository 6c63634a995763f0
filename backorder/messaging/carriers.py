"""Where a parcel can be followed: the carriers' own pages."""

from __future__ import annotations

import re
from urllib.parse import quote

_PAGES = {
    "https://www.dhl.com/global-en/home/tracking.html?tracking-id={}": (
        "DHL, DHL Express, DHL Paket, DHL Parcel, DHL eCommerce, DHL Germany"
    ),
    "https://www.deutschepost.de/de/s/sendungsverfolgung/verfolgen.html?piececode={}": "Deutsche Post",
    "https://www.ups.com/track?tracknum={}": "UPS, United Parcel Service, UPS Ground, UPS Standard",
    "https://www.fedex.com/fedextrack/?trknbr={}": "FedEx, FedEx Express, FedEx Ground, FedEx Home Delivery",
    "https://www.tnt.com/express/en_gb/site/shipping-tools/tracking.html?searchType=con&cons={}": "TNT",
    "https://tracking.dpd.de/status/en_US/parcel/{}": "DPD, DPD Germany, DPD DE, DPD AT, DPD Group",
    "https://track.dpd.co.uk/search?reference={}": "DPD UK, DPD GB",
    "https://gls-group.com/EU/en/parcel-tracking?match={}": "GLS, GLS Germany, General Logistics Systems",
    "https://www.myhermes.de/empfangen/sendungsverfolgung/sendungsinformation#{}": (
        "Hermes, myHermes, Hermes Germany"
    ),
    "https://www.evri.com/track/parcel/{}": "Evri, Hermes UK",
    "https://www.royalmail.com/track-your-item#/tracking-results/{}": "Royal Mail",
    "https://www.parcelforce.com/track-trace?trackNumber={}": "Parcelforce, Parcelforce Worldwide",
    "https://www.anpost.com/Post-Parcels/Track/History?item={}": "An Post",
    "https://tools.usps.com/go/TrackConfirmAction?tLabels={}": (
        "USPS, US Postal Service, United States Postal Service"
    ),
    "https://www.canadapost-postescanada.ca/track-reperage/en#/search?searchFor={}": (
        "Canada Post, Postes Canada"
    ),
    "https://www.purolator.com/en/shipping/tracker?pin={}": "Purolator",
    "https://auspost.com.au/mypost/track/#/details/{}": "Australia Post, AusPost",
    "https://track.bpost.cloud/btr/web/#/search?itemCode={}": "bpost",
    "https://www.laposte.fr/outils/suivre-vos-envois?code={}": "La Poste, Colissimo",
    "https://www.chronopost.fr/tracking-no-cms/suivi-page?listeNumerosLT={}": "Chronopost",
    "https://www.correos.es/es/es/herramientas/localizador/envios/detalle?tracking-number={}": "Correos",
    "https://www.poste.it/cerca/index.html#/risultati-spedizioni/{}": "Poste Italiane",
    "https://www.post.at/sv/sendungsdetails?snr={}": "Österreichische Post, Austrian Post, Post AT",
    "https://service.post.ch/ekp-web/ui/entry/search/{}": (
        "Swiss Post, Schweizerische Post, Die Schweizerische Post, La Poste Suisse"
    ),
    "https://www.postnord.se/en/our-tools/track-and-trace?shipmentId={}": "PostNord",
    "https://inpost.pl/en/find-parcel?number={}": "InPost",
    "https://track.amazon.com/tracking/{}": "Amazon, Amazon Logistics, Amazon Shipping, AMZL",
}
"""The page of a parcel, {} for its number, and the carrier's names as order systems write them."""


_NUMBER = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._/+-]{0,39}")


def _fold(name: str) -> str:
    return "".join(letter for letter in name.casefold() if letter.isalnum())


_BY_NAME = {_fold(name): page for page, names in _PAGES.items() for name in names.split(",")}


_AS_THEY_WRITE_IT = {_fold(name): name.strip() for names in _PAGES.values() for name in names.split(",")}


def carrier_name(carrier: str) -> str:
    """A carrier as it writes itself, like DHL for dhl; one that is not known as the order system has it."""
    return _AS_THEY_WRITE_IT.get(_fold(carrier), carrier)


def tracking_link(carrier: str, number: str) -> str:
    """Where a parcel can be followed, "" for a carrier that is not known or a parcel without a number.

    carrier: as the order system writes it; capitals, spaces and dashes don't count.
    """
    page, number = _BY_NAME.get(_fold(carrier), ""), number.strip()
    return page.format(quote(number, safe="")) if page and _NUMBER.fullmatch(number) else ""
