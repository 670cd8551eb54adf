"""The urgent rule pass, by the rules that classification uses too."""

from collections.abc import Sequence

from wardmote_rules.rule_pass import RulePass


class RuleDangerPass:
    """Says which danger rules fire."""

    def __init__(self, rule_pass: RulePass) -> None:
        self._rule_pass = rule_pass

    def danger_codes(self, text: str) -> Sequence[str]:
        return [finding.rule_id for finding in self._rule_pass.scan(text) if finding.is_danger]
