"""The field's closed sets, as every service and screen speaks of them (domain.md §3)."""

from enum import StrEnum


class Channel(StrEnum):
    """How an item reached the person (R-03)."""

    EMAIL = "email"
    PUBLIC_POST = "public_post"
    COMMENT = "comment"
    DIRECT_MESSAGE = "direct_message"
    LETTER = "letter"
    PHONE = "phone"
    VOICEMAIL = "voicemail"
    IN_PERSON = "in_person"
    AT_MEETING = "at_meeting"
    AT_HOME = "at_home"
    OTHER = "other"


class TargetRole(StrEnum):
    """Who was attacked (domain.md §3.1, axis 6)."""

    COUNCILLOR = "councillor"
    CANDIDATE = "candidate"
    STAFF = "staff"
    ELECTORAL_STAFF = "electoral_staff"
    FAMILY = "family"
    FORMER_COUNCILLOR = "former_councillor"
    PARISH_COUNCILLOR = "parish_councillor"
    CONTRACTOR = "contractor"
    COUNCIL = "council"


class Outcome(StrEnum):
    """The outcome class (domain.md §3.1, axis 1)."""

    NOT_ABUSE = "not_abuse"
    UNCLEAR = "unclear"
    ABUSE = "abuse"
    WELFARE = "welfare"


class ThreatLevel(StrEnum):
    """Threat level (domain.md §3.5). Compare by :attr:`rank`."""

    T0 = "T0"
    T1 = "T1"
    T2 = "T2"
    T3 = "T3"

    @property
    def rank(self) -> int:
        """0 for T0 up to 3 for T3."""
        return int(self.value[1])


class Severity(StrEnum):
    """Severity (domain.md §3.5). Compare by :attr:`rank`."""

    S0 = "S0"
    S1 = "S1"
    S2 = "S2"
    S3 = "S3"
    S4 = "S4"

    @property
    def rank(self) -> int:
        """0 for S0 up to 4 for S4."""
        return int(self.value[1])


class Nation(StrEnum):
    """The part of the United Kingdom a council is in: whose law and whose police hold. Nothing may assume England (D-16)."""

    ENGLAND = "england"
    WALES = "wales"
    SCOTLAND = "scotland"
    NORTHERN_IRELAND = "northern_ireland"


class Role(StrEnum):
    """What a caller may be. Rights are given to roles in each service's entrypoints, never to names."""

    REPORTER = "reporter"
    CASE_WORKER = "case_worker"
    ON_CALL = "on_call"
    COUNCIL_ADMIN = "council_admin"
    INTEGRATION_CLIENT = "integration_client"
    OPERATOR = "operator"
    SERVICE = "service"
