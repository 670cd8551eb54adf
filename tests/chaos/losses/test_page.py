"""docs/losses.md shows what was measured. Runs last, because this file's name does."""

from tests.chaos.losses.conftest import Outcomes
from tests.chaos.losses.table import markdown
from wardmote_testkit.source import ROOT


def test_the_page_has_every_row_that_was_measured(outcomes: Outcomes) -> None:
    """When it does not, put the printed table into the page, and say there what has changed."""
    page = (ROOT / "docs" / "losses.md").read_text().splitlines()
    assert [line for line in markdown(outcomes).splitlines() if line not in page] == []
