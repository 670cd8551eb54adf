"""Six reports of different kinds, as councils get them. Every person, road and account in them is invented."""

from dataclasses import dataclass

from wardmote_kernel.taxonomy import Channel, TargetRole


@dataclass(frozen=True, slots=True)
class DemoReport:
    """One report to send, and what it shows."""

    kind: str
    target_role: TargetRole
    items: tuple[tuple[Channel, str], ...]
    """Channel and words of each item."""
    sender: str
    target_name: str
    in_danger_now: bool = False

    def body(self) -> dict[str, object]:
        """As intake's REST route takes it."""
        return {
            "target_role": self.target_role.value,
            "target_name": self.target_name,
            "in_danger_now": self.in_danger_now,
            "items": [{"channel": channel.value, "text": text, "sender": self.sender} for channel, text in self.items],
            "reporter": {"name": "Robin Vale", "contact": "robin.vale@reporters.example"},
        }


REPORTS = (
    DemoReport(
        kind="robust criticism",
        target_role=TargetRole.COUNCILLOR,
        items=(
            (
                Channel.EMAIL,
                "You voted to close the library without reading a page of the consultation. That is lazy and a disgrace, and I will "
                "tell every door in Millbrook Ward so before May. Answer my questions in public or resign.",
            ),
        ),
        sender="a resident of Millbrook Ward",
        target_name="Cllr Ferris",
    ),
    DemoReport(
        kind="veiled threat with a home address",
        target_role=TargetRole.COUNCILLOR,
        items=(
            (
                Channel.DIRECT_MESSAGE,
                "Lovely family you have at 14 Quarry Lane. It would be a shame if something happened to them. We know where you live.",
            ),
        ),
        sender="@millbrook_watcher_demo",
        target_name="Cllr Okafor-Lane",
    ),
    DemoReport(
        kind="explicit threat, danger now",
        target_role=TargetRole.COUNCILLOR,
        items=((Channel.VOICEMAIL, "I'm outside your house and I'm going to kill you tonight."),),
        sender="a withheld number",
        target_name="Cllr Hollis",
        in_danger_now=True,
    ),
    DemoReport(
        kind="misogynist insult",
        target_role=TargetRole.STAFF,
        items=((Channel.COMMENT, "Stupid little girl playing at planning. Get back in the kitchen where women belong, you silly bitch."),),
        sender="@plain_speaker_demo",
        target_name="a planning officer",
    ),
    DemoReport(
        kind="persistent contact",
        target_role=TargetRole.STAFF,
        items=(
            (Channel.PHONE, "Fourth call today. He asks again why I do not answer, and says he will ring until I do."),
            (Channel.EMAIL, "You blocked me, so here is another account. I will write every hour until you answer."),
            (Channel.IN_PERSON, "He waited at the front desk from nine until I left, and walked behind me to the bus stop."),
        ),
        sender="Mr D. Example",
        target_name="a housing officer",
    ),
    DemoReport(
        kind="satire",
        target_role=TargetRole.COUNCIL,
        items=(
            (
                Channel.PUBLIC_POST,
                "BREAKING: council fills a pothole. Archaeologists say the last one dates from the Bronze Age. Cabinet to unveil a plaque, "
                "a gift shop and a three-year parking consultation.",
            ),
        ),
        sender="The Daily Bollard (a parody account)",
        target_name="the council",
    ),
)
