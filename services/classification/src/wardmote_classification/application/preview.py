"""Judging a text that is not kept: the preview of RPC, REST and the command line, by the same code as an incident's assessment."""

import asyncio
from dataclasses import dataclass

from wardmote_classification.application.commands import Previewed, PreviewText
from wardmote_classification.application.ports import Assessor
from wardmote_classification.domain.judgement import reasons_of
from wardmote_classification.domain.suggestion import suggest
from wardmote_kernel.errors import Invalid, Violation

LONGEST_TEXT = 20_000
"""Characters; intake's limit for one item."""


@dataclass(frozen=True, slots=True)
class Preview:
    """The use case with what it needs."""

    assessor: Assessor

    async def assess(self, command: PreviewText) -> Previewed:
        """What would be suggested.

        Raises:
            Invalid: the text is too long.
        """
        return await asyncio.to_thread(self.judge, command)

    def judge(self, command: PreviewText) -> Previewed:
        """The same, in the caller's thread."""
        if len(command.text) > LONGEST_TEXT:
            raise Invalid(Violation("text", f"At most {LONGEST_TEXT} characters; send a longer one in parts."))
        judgement = self.assessor.assess(command.text, command.target_role)
        return Previewed(suggest(judgement, command.target_role), reasons_of(judgement), judgement.score, self.assessor.versions)
