"""A shop's own templates win, a broken one is refused in words, and none cuts a legal notice short."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

import backorder.messaging
from backorder.domain.line.legal_flags import INCOMPLETE
from backorder.domain.notifications import LEGAL_KINDS, Kind
from backorder.errors import SetupError
from backorder.messaging.automatic_texts import automatic_text
from backorder.messaging.examples import example
from backorder.messaging.own_templates import faults_of
from backorder.messaging.page import SUPPLIER, reader, spoken
from backorder.messaging.render import lacks, render, renderer
from backorder.services.check_templates import check_templates
from backorder.services.services import open_services
from backorder.settings import Settings
from tests.contract.messaging.situations import SHOP, contents
from tests.support.days import at, day
from tests.support.shop import Shop

BUILT_IN = Path(backorder.messaging.__file__).parent / "templates"


def written(folder: Path, file: str, text: str) -> Path:
    """The folder, with one more file in it."""
    (folder / file).parent.mkdir(parents=True, exist_ok=True)
    (folder / file).write_text(text, encoding="utf-8")
    return folder


def built_in(file: str) -> str:
    return (BUILT_IN / file).read_text(encoding="utf-8")


def test_its_own_words_win_and_the_rest_is_built_in(tmp_path: Path) -> None:
    written(tmp_path, "de/words.jinja", "{% macro regards(shop) %}Herzlich, {{ shop }}{% endmacro %}")
    written(tmp_path, "de/page.jinja", "{% macro cancel() %}Abbestellen{% endmacro %}")
    written(tmp_path, "de/automatic.jinja", "{% block stopped %}Ruhe ab jetzt.{% endblock %}")
    shop = replace(SHOP, templates=tmp_path)
    sent = example(Kind.DELAYED, shop, today=date(2026, 11, 27), locale="de_AT")
    assert "Herzlich, Fell & Fjord" in render(sent).text
    assert "verspätet sich" in render(sent).subject
    assert "Herzlich" not in render(replace(sent, locale="fr")).text
    assert automatic_text("stopped", shop, "de") == "Ruhe ab jetzt."
    words = reader("de", templates=tmp_path).words
    assert (words.cancel(), words.keep()) == ("Abbestellen", reader("de").words.keep())
    assert reader("de").words.cancel() != "Abbestellen"


def test_a_locale_of_its_own_is_one_like_any_other(tmp_path: Path) -> None:
    shutil.copytree(BUILT_IN / "en", tmp_path / "it")
    (tmp_path / "it" / "dlt.jinja").unlink()
    shop = replace(SHOP, templates=tmp_path)
    assert faults_of(shop) == []
    assert renderer(tmp_path).render(example(Kind.SHIPPED, shop, today=date(2026, 11, 27), locale="it")).html
    assert spoken("it-IT,en;q=0.5", tmp_path) == "it_IT"
    assert spoken("it-IT") == "en"
    written(tmp_path, "it/page.jinja", built_in("en/page.jinja").replace("macro keep()", "macro kep()"))
    assert faults_of(shop) == [
        f"{tmp_path}/it/page.jinja: it lacks the macro keep, which the English one has"
    ]


def test_the_suppliers_page_is_in_one_language_too(tmp_path: Path) -> None:
    shutil.copytree(BUILT_IN / "en", tmp_path / "it")
    (tmp_path / "it" / "dlt.jinja").unlink()
    shop = replace(SHOP, templates=tmp_path)
    assert reader("it", templates=tmp_path, words=SUPPLIER).locale.language == "it"
    written(
        tmp_path,
        "it/supplier_page.jinja",
        built_in("en/supplier_page.jinja").replace("macro yes()", "macro yess()"),
    )
    assert faults_of(shop) == [
        f"{tmp_path}/it/supplier_page.jinja: it lacks the macro yes, which the English one has"
    ]
    (tmp_path / "it" / "supplier_page.jinja").unlink()
    assert faults_of(shop) == []
    reader.cache_clear()
    assert reader("it", templates=tmp_path, words=SUPPLIER).locale.language == "en"
    assert reader("it", templates=tmp_path).locale.language == "it"
    written(tmp_path, "de/supplier_page.jinja", "{% macro yes() %}Abschicken{% endmacro %}")
    words = reader("de", templates=tmp_path, words=SUPPLIER).supplier_words
    assert (words.yes(), words.edit()) == ("Abschicken", reader("de").supplier_words.edit())


FAULTS = {
    "de/delayed.jinja": (
        "{% block sms %}\n{{ lne.sms }}{% endblock %}",
        ", line 2: there is no variable lne",
    ),
    "de/earlier.jinja": (
        "{% block sms %}{{ line.smss }}{% endblock %}",
        ", line 1: line has no smss; did you",
    ),
    "de/shipped.jinja": (
        "{% block sms %}\n\n{{ 1 + }}{% endblock %}",
        ", line 3: unexpected 'end of print statement'",
    ),
    "de/words.jinja": ("{% macro hello() %}Hallo{% endmacro %}", ": macro 'hello' takes no"),
    "de/refunded.jinja": ("{% block sms %}{{ line.sms|shout }}{% endblock %}", ", line 1: No filter named"),
    "de/coupon.jinja": ("{% block sms %}\n{{ say.shout(line) }}{% endblock %}", ", line 2: "),
    "de/late.jinja": (
        "{% block subject %}{% for each in lines %}{{ each.x }}{% endfor %}{% endblock %}",
        "no attribute 'x'",
    ),
    "de/delayd.jinja": ("", ": there is no template of that name; did you mean delayed.jinja?"),
    "klingon/words.jinja": ("", "klingon: this is no locale"),
    "words.jinja": ("", ": templates stand in a folder of their locale"),
}


@pytest.mark.parametrize("file", FAULTS)
def test_a_broken_template_is_refused_with_file_line_and_variable(tmp_path: Path, file: str) -> None:
    text, said = FAULTS[file]
    written(tmp_path / "own", file, text)
    with pytest.raises(SetupError) as refused:
        check_templates(Settings(data=tmp_path, templates=tmp_path / "own"))
    [fault, *_] = [each for each in str(refused.value).splitlines() if said in each]
    assert fault.startswith(f"BACKORDER_TEMPLATES: {tmp_path / 'own'}")
    assert file.partition("/")[0] in fault


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    assert faults_of(replace(SHOP, templates=tmp_path / "none")) == [
        f"{tmp_path / 'none'}: there is no such folder"
    ]
    check_templates(Settings(data=tmp_path))


# --- what the law wants said

PARTS = {
    "{{ say.choice(line) }}": "the right to cancel with a prompt refund",
    "{{ say.silence(line) }}": "what silence means",
    "{{ say.delayed(line) }} {{ say.choice(line) }}": "a definite new date",
    "{{ say.brief_choice(line) }} {{ say.brief_silence(line) }}": "the right to cancel with a prompt refund",
    "{{ say.brief_delayed(line) }}": "a definite new date",
    "{{ draw.note(say.silence(each)) }}": "what silence means",
    '(" Answer for free:" ~ say.at(link)) if link else ': "a free way to answer",
}


@pytest.mark.parametrize("part", PARTS)
def test_a_notice_that_would_lack_a_part_is_refused_at_the_start(tmp_path: Path, part: str) -> None:
    notice = built_in("en/consent_request.jinja")
    assert part in notice
    own = written(tmp_path, "en/consent_request.jinja", notice.replace(part, ""))
    faults = faults_of(replace(SHOP, templates=own))
    said = [each for each in faults if f"does not say {PARTS[part]}" in each]
    assert said, faults
    assert said[0].startswith(f"{tmp_path}/en/consent_request.jinja")


def test_what_the_law_wants_said_stays_as_it_is(tmp_path: Path) -> None:
    own = written(tmp_path, "de_AT/words.jinja", "\n{% macro silence(line) %}Wie Sie mögen.{% endmacro %}")
    [fault] = faults_of(replace(SHOP, templates=own))
    assert fault.startswith(f"{tmp_path}/de_AT/words.jinja, line 2: silence says what the law wants said")


@pytest.mark.parametrize("locale", ["en", "de", "es", "fr", "hi", "pt"])
def test_no_built_in_notice_lacks_a_part(locale: str) -> None:
    for _, sent in contents():
        if sent.kind in LEGAL_KINDS:
            sent = replace(sent, locale=locale)
            assert lacks(sent, render(sent)) == ()


def test_a_notice_that_lacks_a_part_is_not_sent_and_a_person_calls(
    settings: Settings, tmp_path: Path
) -> None:
    """Whatever was looked at when the program started: what counts is what would go."""
    notice = built_in("en/consent_request.jinja").replace("{{ say.silence(line) }}", "")
    own = written(tmp_path / "own", "en/consent_request.jinja", notice)
    services = open_services(settings.model_copy(update={"templates": own}))
    services.load_policies(settings.policies)
    shop = Shop(services)
    shop.supplier()
    shop.product()
    shop.purchase("PO-2", {"sku": "LAMP", "stated_date": day(50)})
    shop.start("A-77", customer={"region": "US-CA"}, ship_by=day(10))
    shop.now = at(0, 14)
    shop.review("A-77")
    shop.dispatch()
    assert "consent_request" not in {
        each["kind"] for each in shop.rows("SELECT kind FROM messages WHERE state = 'sent'")
    }
    [failed] = shop.rows("SELECT state, reason FROM messages WHERE kind = 'consent_request'")
    assert failed["reason"] == "the notice does not say what silence means"
    assert shop.state("A-77").needs == (INCOMPLETE,)
    assert shop.state("A-77").questions[-1].told_at is None
    services.close()
