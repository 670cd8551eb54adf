"""Codes in plain English, as the pages say them. A code that is not here is shown as it is, so that nothing is hidden."""

from enum import StrEnum

from wardmote_console.application.cases import CaseStatus
from wardmote_console.application.notices import DeliveryStatus, NoticeKind
from wardmote_kernel.taxonomy import Channel, Nation, Outcome, Severity, TargetRole, ThreatLevel

NOT_KNOWN = "Not known"

CHANNELS = {
    Channel.EMAIL: "Email",
    Channel.PUBLIC_POST: "Public post online",
    Channel.COMMENT: "Comment under a post or article",
    Channel.DIRECT_MESSAGE: "Direct or text message",
    Channel.LETTER: "Letter or parcel",
    Channel.PHONE: "Telephone call",
    Channel.VOICEMAIL: "Voicemail",
    Channel.IN_PERSON: "In person",
    Channel.AT_MEETING: "At a meeting",
    Channel.AT_HOME: "At home",
    Channel.OTHER: "Another way",
}

TARGET_ROLES = {
    TargetRole.COUNCILLOR: "A councillor",
    TargetRole.CANDIDATE: "A candidate in an election",
    TargetRole.STAFF: "A member of the council’s staff",
    TargetRole.ELECTORAL_STAFF: "Someone running an election or a count",
    TargetRole.FAMILY: "A family member, or someone they live with",
    TargetRole.FORMER_COUNCILLOR: "A former councillor",
    TargetRole.PARISH_COUNCILLOR: "A parish, town or community councillor",
    TargetRole.CONTRACTOR: "Someone who works for the council under contract",
    TargetRole.COUNCIL: "The council as a whole",
}

OUTCOMES = {
    Outcome.NOT_ABUSE: "Not abuse",
    Outcome.UNCLEAR: "Unclear: needs a second reader",
    Outcome.ABUSE: "Abuse",
    Outcome.WELFARE: "Concern for the sender’s welfare",
}

SEVERITIES = {
    Severity.S4: "Critical",
    Severity.S3: "Serious",
    Severity.S2: "Abusive",
    Severity.S1: "Uncivil",
    Severity.S0: "Not abuse",
}

THREAT_LEVELS = {
    ThreatLevel.T0: "No threat",
    ThreatLevel.T1: "Implied or vague threat",
    ThreatLevel.T2: "Open threat, without detail or on a condition",
    ThreatLevel.T3: "Open threat with detail, or signs that it may be carried out",
}

NATIONS = {Nation.ENGLAND: "England", Nation.WALES: "Wales", Nation.SCOTLAND: "Scotland", Nation.NORTHERN_IRELAND: "Northern Ireland"}

STATUSES = {CaseStatus.TRIAGE: "Waiting for triage", CaseStatus.OPEN: "Open", CaseStatus.CLOSED: "Closed"}

NOTICE_KINDS = {
    NoticeKind.CASE_OPENED: "A case was opened",
    NoticeKind.INCIDENT_ATTACHED: "A case was added to",
    NoticeKind.PAGE: "Urgent page to the duty officer",
}

DELIVERY_STATUSES = {
    DeliveryStatus.WAITING: "Waiting to be sent",
    DeliveryStatus.DELIVERED: "Sent",
    DeliveryStatus.FAILED: "Could not be sent",
}

TYPES = {
    "TL": "Threat to life",
    "TV": "Threat of violence or serious harm",
    "TP": "Threat to property",
    "VT": "Veiled or conditional threat",
    "ST": "Stalking or fixation",
    "HA": "Harassment",
    "HV": "Intimidation at home or face to face",
    "PC": "Persistent contact",
    "PO": "Part of a pile-on",
    "SX": "Sexualised abuse",
    "SI": "Intimate image, real or made up",
    "GO": "Grossly offensive message",
    "IN": "Personal insult",
    "DX": "Private details made public",
    "IM": "Impersonation or fake account",
    "AC": "Account broken into, or an attempt",
    "DF": "False allegation",
    "EL": "False statement about a candidate",
    "CO": "Pressure on a vote or decision",
    "EP": "Flashing images sent to harm",
    "SH": "Encouragement of self-harm",
    "AS": "Assault",
    "CD": "Damage to property",
    "SU": "Suspicious item or substance",
    "IC": "Conduct of a councillor or officer",
    "N1": "Robust criticism",
    "N2": "Complaint or request for a service",
    "N3": "Satire or humour",
    "N4": "Protest, petition or campaign",
    "N5": "Journalism or scrutiny",
    "N6": "Duplicate, spam or sent in error",
    "W1": "Concern for an adult’s welfare",
    "W2": "Concern for a child’s welfare",
    "U": "Unclear: needs a second reader",
}

MOTIVATIONS = {
    "H-RAC": "Race",
    "H-REL": "Religion or belief",
    "H-SO": "Sexual orientation",
    "H-TG": "Transgender identity",
    "H-DIS": "Disability",
    "H-SEX": "Sex",
    "H-AGE": "Age",
    "H-POL": "Public office or candidacy",
    "H-OTH": "Another characteristic",
}

LINE_TEST = {
    "safety": "Safety: could anyone come to harm soon?",
    "target": "Target: is it about a decision, or about the person, their family or their home?",
    "content": "Content: is it an argument or an insult about the work, or a threat, a slur or private details?",
    "manner": "Manner: was it said once, in the usual place, or kept up or brought to somebody’s door?",
    "purpose": "Purpose: is it meant to persuade or complain, or to frighten or silence?",
    "context": "Context: what was it answering, and could it be a quotation or a joke?",
}
"""The six questions, in the order in which they are asked (R-34)."""

TIMELINE = {
    "opened": "Case opened",
    "incident-attached": "Report added, or judged anew",
    "assigned": "Case assigned",
}

VERSIONS = {"rules": "Rule set", "model": "Model"}


def say(word: StrEnum | None) -> str:
    """A word of a closed set in plain English.

    >>> say(Channel.AT_HOME), say(None)
    ('At home', 'Not known')
    """
    if word is None:
        return NOT_KNOWN
    for words in (CHANNELS, TARGET_ROLES, OUTCOMES, SEVERITIES, THREAT_LEVELS, NATIONS, STATUSES, NOTICE_KINDS, DELIVERY_STATUSES):
        for known, said in words.items():
            if known is word:
                return said
    return word.value


def say_code(code: str) -> str:
    """A code of an open set (a type, a motivation, a question of the line test, an entry of a timeline) in plain English.

    >>> say_code("VT"), say_code("H-SEX"), say_code("ZZ")
    ('Veiled or conditional threat', 'Sex', 'ZZ')
    """
    for words in (TYPES, MOTIVATIONS, LINE_TEST, TIMELINE, VERSIONS):
        if code in words:
            return words[code]
    return code
