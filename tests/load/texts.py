"""Invented reports of the lengths and kinds that councils get. No person, road or account in them is real."""

import random
from collections.abc import Mapping
from dataclasses import dataclass

from wardmote.event.v1.taxonomy_pb2 import Channel, TargetRole
from wardmote.intake.v1.report_pb2 import ItemDraft, ReportDraft, ReporterDraft

_ORDINARY = (
    "You have let this ward down again, and I will say so at the next meeting.",
    "The chair cut us off at the planning meeting. Shame on the lot of you.",
    "Stupid little girl playing at planning. Get back in the kitchen where women belong, you silly bitch.",
    "Fourth call today. He asks again why I do not answer, and says he will ring until I do.",
    "You blocked me, so here is another account. I will write every hour until you answer.",
    "BREAKING: council fills a pothole. Archaeologists say the last one dates from the Bronze Age. Cabinet to unveil a plaque, a gift "
    "shop and a three-year parking consultation.",
    "You voted to close the library without reading a page of the consultation. That is lazy and a disgrace, and I will tell every door "
    "in Millbrook Ward so before May. Answer my questions in public or resign.",
)
_LONG = (
    "He came to the desk at nine, asked for the officer by name, and stayed until she left for the day. He wrote down the numbers of cars "
    "in the staff car park. Two colleagues asked him to go, and he said that he pays for the building. On Tuesday he was there again, on "
    "Wednesday he rang eleven times. The officer has asked not to work at the front for now. Her line manager has moved her hours. "
)
_DANGER = "I'm outside your house and I'm going to kill you tonight."
"""Fires the danger rules of ``libs/rules``; the receipt says so, and the figures go by the receipt."""


@dataclass(frozen=True, slots=True)
class LoadReport:
    """One report to send."""

    text: str
    channel: str
    sender: str

    def body(self) -> Mapping[str, object]:
        """As REST takes it."""
        return {
            "target_role": "councillor",
            "items": [{"channel": self.channel, "text": self.text, "sender": self.sender}],
            "reporter": {"name": "Robin Vale", "contact": "robin.vale@reporters.example"},
        }

    def draft(self) -> ReportDraft:
        """As gRPC takes it."""
        channel = Channel.Value(f"CHANNEL_{self.channel.upper()}")
        return ReportDraft(
            target_role=TargetRole.TARGET_ROLE_COUNCILLOR,
            items=[ItemDraft(channel=channel, text=self.text, sender=self.sender)],
            reporter=ReporterDraft(name="Robin Vale", contact="robin.vale@reporters.example"),
        )


def report(chance: random.Random, danger_share: float) -> LoadReport:
    """One of many: two in three are short, the others a page; ``danger_share`` of them must page somebody."""
    if chance.random() < danger_share:
        return LoadReport(_DANGER, "voicemail", "a withheld number")
    words = chance.choice(_ORDINARY)
    if chance.random() < 1 / 3:
        words += " " + _LONG * chance.randint(1, 4)
    return LoadReport(words.strip(), chance.choice(("email", "comment", "public_post", "letter")), "a resident of Millbrook Ward")
