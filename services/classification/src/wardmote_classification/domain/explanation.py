"""What each answer of the model means for a person: the question of the line test it bears on, and a sentence of ours."""

from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Explanation:
    """One answer in words a councillor understands."""

    line_test: str
    sentence: str


OF_HEAD = MappingProxyType({
    "TL": Explanation("safety", "Reads as a threat to somebody's life."),
    "TV": Explanation("safety", "Reads as a threat to hurt somebody."),
    "TP": Explanation("safety", "Reads as a threat to somebody's property."),
    "VT": Explanation("safety", "Reads as a threat between the lines: menace without saying who would do what."),
    "ST": Explanation("manner", "Reads as watching or fixation: it follows the person, not the matter."),
    "HA": Explanation("manner", "Reads as unwanted contact that goes on after an answer or a request to stop."),
    "HV": Explanation("manner", "Brings the quarrel to somebody's home or family."),
    "SX": Explanation("content", "Speaks of the person's body or sex to degrade."),
    "GO": Explanation("content", "Goes beyond rude: words against who somebody is, not against what was decided."),
    "IN": Explanation("target", "Attacks the person and makes no point about a decision or about how the work is done."),
    "DX": Explanation("content", "Tells, or threatens to tell, where somebody lives or other private facts."),
    "IM": Explanation("content", "Seems to be written in somebody else's name."),
    "DF": Explanation("content", "States something grave and harmful about somebody as a fact; whether it is false needs a person."),
    "CO": Explanation("purpose", "Demands something and says what will happen otherwise: pressure, not persuasion."),
    "SH": Explanation("safety", "Urges somebody to harm themselves."),
    "T1": Explanation("safety", "There may be a threat: vague, or only implied."),
    "T2": Explanation("safety", "There seems to be an open threat."),
    "T3": Explanation("safety", "There seems to be a threat with a time, a place, a weapon or a plan."),
    "H-SEX": Explanation("content", "Hostile about women, or about somebody because of their sex."),
    "H-RAC": Explanation("content", "Hostile about race, nationality or where somebody comes from."),
    "H-REL": Explanation("content", "Hostile about religion."),
    "H-SO": Explanation("content", "Hostile about sexual orientation."),
    "H-TG": Explanation("content", "Hostile about being transgender."),
    "H-DIS": Explanation("content", "Hostile about disability."),
    "H-AGE": Explanation("content", "Hostile about age."),
    "abuse": Explanation("content", "As a whole it reads as abuse, without one plain sign."),
    "unsure": Explanation("content", "It can be read both ways; these words weigh most. A person must say."),
    "clear": Explanation("target", "Reads as being about a matter or the work; nothing was found that attacks or menaces a person."),
})  # fmt: skip
"""By head of the model."""
