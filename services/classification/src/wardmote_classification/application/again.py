"""Assessing again what other versions assessed: what is asked and told of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from wardmote_classification.domain.incident import ReportedIncident


class Ending(StrEnum):
    """How ordering an assessment again ended."""

    ASSESSED = "assessed"
    ERASED = "erased"
    """Intake does not have all of the words any more. The assessment stays as it is."""
    OVERTAKEN = "overtaken"
    """The incident has a newer assessment, or the present versions made this one."""


@dataclass(frozen=True, slots=True)
class Reassessable:
    """An incident as it was reported, with its newest assessment."""

    incident: ReportedIncident
    version: int
    """How many assessments it has."""
    versions: Mapping[str, str]
    """What judged last."""


@dataclass(frozen=True, slots=True)
class Ordered:
    """How it stands with a council's assessments that are to be made again."""

    ordered: int
    """Added now."""
    left: int
    """To be done, those added now included."""
    erased: int
    """Left as they are, because the words are erased."""
    unknown: int
    """That cannot be made again: what was reported was not kept when they were made."""
