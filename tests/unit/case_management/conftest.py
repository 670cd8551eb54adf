"""Builders of assessed incidents."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from wardmote_case_management.domain.incident import AssessedIncident
from wardmote_case_management.domain.suggestion import Suggestion

from wardmote_kernel.taxonomy import Channel, Outcome, Severity, TargetRole, ThreatLevel
from wardmote_testkit.clock import MONDAY_MORNING

SUGGESTION_FIELDS = frozenset(Suggestion.__dataclass_fields__)


@pytest.fixture(scope="session")
def assessed() -> Callable[..., AssessedIncident]:
    """Makes an incident assessed as uncivil; keywords say what is otherwise, in it or in its suggestion."""

    def make(**changes: Any) -> AssessedIncident:
        suggested: dict[str, Any] = {"outcome": Outcome.ABUSE, "severity": Severity.S1, "threat_level": ThreatLevel.T0, "types": ("IN",)}
        suggested |= {name: value for name, value in changes.items() if name in SUGGESTION_FIELDS}
        fields: dict[str, Any] = {
            "incident_id": uuid4(), "reference": "7K3M-P2QX", "assessment_id": uuid4(), "assessed_at": MONDAY_MORNING,
            "target_role": TargetRole.COUNCILLOR, "channel": Channel.EMAIL,
        }  # fmt: skip
        fields |= {name: value for name, value in changes.items() if name not in SUGGESTION_FIELDS}
        return AssessedIncident(suggestion=Suggestion(**suggested), **fields)

    return make
