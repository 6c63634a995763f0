"""Reading a policy: every fault at once, each with its key and its line."""

from datetime import time, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backorder.domain.notifications import Kind
from backorder.domain.policy.policy import Policy, Stage
from backorder.domain.policy.policy_file import MOST_STAGES, Fault, PolicyError, read_kept_policy, read_policy

POLICIES = Path(__file__).parents[2] / "policies"

WRONG = """\
naem = "x"
partial = "sometimes"

[promise]
min_slip = "2 fortnights"
handling = 1

[updates]
at = "25:00"
quiet_hours = "21:00"
channels = ["email", "fax"]
both = ["gossip"]

[[stages]]
id = "swap"
when = { delay = "5d", waited = "3d" }
do = "offer_alternatives"
percent = 5

[[stages]]
id = "swap"
when = { sulking = "5d" }
do = "coupon"
percent = 101

[[stages]]
do = "shrug"

[duties]
pack = "mars"
"""


def faults(text: str) -> list[Fault]:
    with pytest.raises(PolicyError) as caught:
        read_policy(text)
    return list(caught.value.faults)


def test_every_fault_is_named_at_once_with_its_key_and_line() -> None:
    assert [(fault.line, fault.key) for fault in faults(WRONG)] == [
        (1, "naem"),
        (1, "name"),
        (2, "partial"),
        (5, "promise.min_slip"),
        (6, "promise.handling"),
        (9, "updates.at"),
        (10, "updates.quiet_hours"),
        (11, "updates.channels"),
        (12, "updates.both"),
        (16, "stages[1].when"),
        (18, "stages[1].percent"),
        (20, "stages[2].valid"),
        (21, "stages[2].id"),
        (22, "stages[2].when"),
        (24, "stages[2].percent"),
        (26, "stages[3].when"),
        (26, "stages[3].id"),
        (27, "stages[3].do"),
        (30, "duties.pack"),
    ]


@pytest.mark.parametrize(
    ("text", "line", "key", "words"),
    [
        ("", 1, "name", "is missing"),
        ("name = ", 1, "", "this is not TOML"),
        (f"x = {'9' * 5000}", 1, "", "a number has thousands of digits"),
        ('name = "a"\nname = "b"', 2, "", "for the second time"),
        ('name = "a"\n[promise]\n[promise]', 3, "", "for the second time"),
        ('name = "a"\nx = """\n', 3, "", "this is not TOML"),
        ('name = "two words"', 1, "name", "letters, digits"),
        ('name = "a"\nstages = 3', 2, "stages", "headed [[stages]]"),
        ('name = "a"\npromise = 4', 2, "promise", "headed [promise]"),
        ('name = "a"\n[promise]\nsettle = "2d"', 3, "promise.settle", "a day at most"),
        ('name = "a"\n[updates]\nevery = "0d"', 3, "updates.every", "at least a day"),
        ('name = "a"\n[updates]\nchannels = []', 3, "updates.channels", "at least one"),
        ('name = "a"\n[updates]\nchannels = ["sms", "sms"]', 3, "updates.channels", "twice"),
        ('name = "a"\n\npromise.transit = "x"', 3, "promise.transit", "no duration"),
        ('name = "a"\nabsorb = -1', 2, "absorb", "must be from 0 to 100, not -1"),
        ('name = "a"\n[refunds]\nwithin = true', 3, "refunds.within", "not true"),
        ('name = "a"\r\n\r\n[duties]\r\npack = "x"\r\n', 4, "duties.pack", "unknown"),
        ('name = "a"\n[[stages]]\nid = "b"\ndo = "escalate"\nwhen.delay = 3', 5, "stages[1].when", "not 3"),
        (
            'name = "a"\n[[stages]]\nid = "b"\ndo = "escalate"\nwhen = "5d"',
            5,
            "stages[1].when",
            "one measure",
        ),
    ],
)
def test_each_fault_says_what_to_write(text: str, line: int, key: str, words: str) -> None:
    [fault] = faults(text)
    assert (fault.line, fault.key) == (line, key)
    assert words in fault.problem
    assert str(fault) == f"line {line}: {key + ': ' if key else ''}{fault.problem}"


@pytest.mark.parametrize("percent", ["0", "-5", "100.5", "nan", "inf", "true", '"10"'])
def test_a_percentage_is_above_0_and_at_most_100(percent: str) -> None:
    text = (
        f'name = "a"\n[[stages]]\nid = "b"\nwhen = {{ waited = "1d" }}\ndo = "coupon"\npercent = {percent}\n'
    )
    [fault] = faults(text + 'valid = "9d"')
    assert (fault.line, fault.key) == (6, "stages[1].percent")


@given(st.text(max_size=40), st.sampled_from(["", "name = ", "[updates]\nat = ", "[[stages]]\nwhen = "]))
def test_a_file_is_read_or_its_faults_are_named_whatever_it_holds(text: str, before: str) -> None:
    named: tuple[Fault, ...] = ()
    try:
        read_policy(before + text)
    except PolicyError as error:
        named = error.faults
    assert all(1 <= fault.line <= (before + text).count("\n") + 1 for fault in named)


def test_a_name_alone_takes_the_usual_rules() -> None:
    policy = read_policy('name = "plain"')
    assert policy == Policy(name="plain", version=policy.version)


def test_durations_of_less_than_a_day_count_as_a_day_where_days_are_counted() -> None:
    assert read_policy('name = "a"\nupdates.every = "30s"').updates.every == 1
    assert read_policy('name = "a"\npromise.settle = "90m"').promise.settle == timedelta(minutes=90)


def test_kinds_that_go_on_two_channels_can_be_named() -> None:
    text = 'name = "a"\nupdates.both = ["cancelled", "shipped"]'
    assert read_policy(text).updates.both == {Kind.CANCELLED, Kind.SHIPPED}
    assert read_policy('name = "a"\nupdates.both = []').updates.both == frozenset()


def test_the_version_names_the_content() -> None:
    assert read_policy('name = "a"').version == read_policy('name = "a"').version
    assert read_policy('name = "a"').version != read_policy('name = "a" ').version


def test_the_standard_policy_has_the_usual_rules_and_calls_a_person_instead_of_ending_a_line() -> None:
    policy = read_policy((POLICIES / "standard.toml").read_text())
    assert (policy.name, policy.partial, policy.pack) == ("standard", "hold", "auto")
    assert (policy.promise, policy.updates) == (Policy(name="x").promise, Policy(name="x").updates)
    assert policy.updates.at == time(10)
    assert policy.stages == (
        Stage(id="swap", measure="delay", days=5, do="offer_alternatives"),
        Stage(id="thanks", measure="delay", days=10, do="coupon", percent=Decimal(10), valid=90),
        Stage(id="look", measure="delay", days=21, do="escalate"),
        Stage(id="enough", measure="waited", days=90, do="escalate"),
    )


def test_the_patient_policy_ships_in_parts_and_never_ends_a_line() -> None:
    policy = read_policy((POLICIES / "patient.toml").read_text())
    assert (policy.name, policy.partial) == ("patient", "ship")
    assert all(stage.do != "cancel" for stage in policy.stages)


STAGE = '[[stages]]\nid = "s{}"\nwhen = {{ waited = "9d" }}\ndo = "escalate"\n'
MANY = 'name = "many"\n' + "".join(map(STAGE.format, range(MOST_STAGES + 1)))
LONG_KEY = ".".join("a" * 102)


@pytest.mark.parametrize(
    ("text", "fault"), [(MANY, "200 are the most"), (f'name = "x"\n{LONG_KEY} = 1', "dots")]
)
def test_what_is_handed_in_has_limits(text: str, fault: str) -> None:
    [found] = faults(text)
    assert fault in found.problem


def test_what_is_on_record_has_none() -> None:
    """A version that was loaded before there was a limit is read, since lines keep theirs."""
    assert len(read_kept_policy(MANY).stages) == MOST_STAGES + 1
    assert read_kept_policy("#" * (1 << 18) + '\nname = "x"').name == "x"
    with pytest.raises(PolicyError, match="unknown key"):
        read_kept_policy(f'name = "x"\n{LONG_KEY} = 1')


DOTS = "." * 120


@pytest.mark.parametrize("remark", [f"# {DOTS}", f'# "{DOTS}', f"# ''' {DOTS}"])
def test_dots_of_a_remark_are_no_key(remark: str) -> None:
    assert read_policy(f'{remark}\nname = "x"  {remark}\n').name == "x"


@pytest.mark.parametrize(
    "name",
    [
        f'"{DOTS}"',
        f"'{DOTS}'",
        f'"\\"{DOTS}"',
        f'"""\n{DOTS}\n"{DOTS}\\"""{DOTS}"""""  # {DOTS}',
        f"'''\n{DOTS}\n'{DOTS}''''",
    ],
)
def test_dots_in_quotes_are_no_key(name: str) -> None:
    """What else is wrong with such a name is said."""
    [found] = faults(f"name = {name}")
    assert found.key == "name"


@pytest.mark.parametrize(
    "before",
    [
        "",
        '"" = 1\n',
        'a = """"""\n',
        'a = """x"""""\n',
        "a = '''x''''\n",
        'a = "#"\n',
        'a = 1 # "\n',
        "a = '\\'\n",
    ],
)
def test_no_quote_or_remark_hides_a_long_key(before: str) -> None:
    quoted = " . ".join(["'a'"] * 102)
    [found] = faults(f"{before}{quoted} = 1")
    assert (found.line, "dots" in found.problem) == (before.count("\n") + 1, True)
