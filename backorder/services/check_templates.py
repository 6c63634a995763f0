"""A shop's own templates are looked at whole before a program starts that writes with them."""

from __future__ import annotations

from backorder.errors import SetupError
from backorder.services.services import shop_of
from backorder.settings import Settings, variable


def check_templates(settings: Settings) -> None:
    """Raises SetupError with every fault of every template; nothing where the shop has none of its own."""
    if settings.templates is None:
        return
    # Templates take time to load.
    from backorder.messaging.own_templates import faults_of
    from backorder.messaging.render import renderer

    renderer(settings.templates)  # what is looked at now is what goes
    faults = faults_of(shop_of(settings))
    if faults:
        raise SetupError("\n".join(f"{variable('templates')}: {fault}" for fault in faults))
