"""The packaged rules, loaded once."""

import pytest

from wardmote_rules.rule_pass import RulePass


@pytest.fixture(scope="session")
def rule_pass() -> RulePass:
    return RulePass.load()
