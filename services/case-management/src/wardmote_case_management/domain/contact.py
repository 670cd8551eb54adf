"""By when a person at the council owes the reporter a word."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from wardmote_case_management.domain.incident import AssessedIncident
from wardmote_kernel.taxonomy import Severity, ThreatLevel

# domain.md §4.3, row "Human contact". It counts working hours and days; here they are clock hours and days, which are never
# longer. The tenant's working calendar is another issue.
CONTACT_WITHIN: Mapping[Severity, timedelta] = {
    Severity.S4: timedelta(minutes=15),
    Severity.S3: timedelta(hours=2),
    Severity.S2: timedelta(days=1),
    Severity.S1: timedelta(days=3),
    Severity.S0: timedelta(days=5),
}


def contact_due_at(incident: AssessedIncident) -> datetime:
    """The moment by which a person must have been in touch, counted from the assessment."""
    return incident.assessed_at + CONTACT_WITHIN[_clock_of(incident)]


def _clock_of(incident: AssessedIncident) -> Severity:
    """Whose clock runs. An urgent signal runs that of S4; a threat of any level (F3), and a reporter who does not feel safe
    (F7), at least that of S3, whatever the severity (domain.md §3.5)."""
    suggestion = incident.suggestion
    if incident.is_urgent:
        return Severity.S4
    if incident.feels_unsafe or suggestion.threat_level is not ThreatLevel.T0:
        return max(suggestion.severity, Severity.S3, key=lambda severity: severity.rank)
    return suggestion.severity
