"""What intake takes, and when it is urgent."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wardmote_intake.domain.events import IncidentReported, UrgentSignalRaised
from wardmote_intake.domain.report import IN_DANGER, LONGEST_NAME, LONGEST_TEXT, MOST_ITEMS, Ids, Item, Report, Reporter, as_reference

from wardmote_kernel.errors import Invalid
from wardmote_kernel.taxonomy import Channel, TargetRole
from wardmote_testkit.clock import StoppedClock
from wardmote_testkit.ids import CountingIds

NEW = CountingIds()


def ids() -> Ids:
    return Ids(NEW.new_id(), NEW.new_id(), NEW.new_id(), NEW.new_id(), NEW.new_id(), NEW.new_reference())


def item(text: str = "The bins were missed again.", sender: str = "") -> Item:
    return Item(NEW.new_id(), Channel.EMAIL, text, sender=sender)


def submit(items: list[Item], danger: list[str] | None = None, *, in_danger: bool = False, reporter: Reporter | None = None) -> Report:
    return Report.submit(
        ids(), StoppedClock().now(), target_role=TargetRole.COUNCILLOR, items=items, danger_codes=danger or [], in_danger_now=in_danger,
        reporter=reporter,
    )  # fmt: skip


def test_an_ordinary_report_makes_one_fact_known() -> None:
    report = submit([item(), item()])
    (fact,) = report.events
    assert isinstance(fact, IncidentReported)
    assert [one.item_id for one in fact.items] == [one.item_id for one in report.items]
    assert not report.is_urgent


def test_danger_raises_the_signal_before_the_incident_is_told() -> None:
    report = submit([item()], ["TL-001", "TL-001", "VT-002"])
    signal, reported = report.events
    assert isinstance(signal, UrgentSignalRaised)
    assert isinstance(reported, IncidentReported)
    assert signal.reason_codes == ("TL-001", "VT-002")
    assert reported.urgent_signal_id == signal.signal_id == report.urgent_signal_id


def test_the_reporters_own_word_is_enough() -> None:
    signal = submit([item()], in_danger=True).urgent_signal
    assert signal is not None
    assert signal.reason_codes == (IN_DANGER,)


@given(st.lists(st.sampled_from(["TL-001", "TV-002", "VT-003"])), st.booleans())
def test_urgent_exactly_when_somebody_or_a_rule_says_so(danger: list[str], in_danger: bool) -> None:
    assert submit([item()], danger, in_danger=in_danger).is_urgent == (bool(danger) or in_danger)


def test_every_wrong_field_is_named_at_once_and_none_of_its_words() -> None:
    with pytest.raises(Invalid) as refused:
        submit([item("  "), item("x" * (LONGEST_TEXT + 1), sender="y" * (LONGEST_NAME + 1))], reporter=Reporter("z" * (LONGEST_NAME + 1)))
    fields = [violation.field for violation in refused.value.violations]
    assert fields == ["report.items[0].text", "report.items[1].text", "report.items[1].sender", "report.reporter.name"]
    assert "xxx" not in str(refused.value)


@pytest.mark.parametrize("count", [0, MOST_ITEMS + 1])
def test_no_item_and_too_many_are_refused(count: int) -> None:
    with pytest.raises(Invalid):
        submit([item() for _ in range(count)])


@pytest.mark.parametrize(
    ("written", "read"), [(" 7k3m-p2qx ", "7K3M-P2QX"), ("O000-1111", ""), ("7K3M-P2Q\0", ""), ("the one from May", ""), ("", "")]
)
def test_a_reference_is_read_as_it_was_given_out_or_not_at_all(written: str, read: str) -> None:
    assert as_reference(written) == read
