"""The broken rules have stable codes, and the kernel stands alone."""

import subprocess
import sys
from pathlib import Path

from wardmote_kernel import errors
from wardmote_kernel.errors import Conflict, Invalid, StaleVersion, Violation, WardmoteError
from wardmote_kernel.taxonomy import Severity, ThreatLevel

RULES = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, WardmoteError)]


def test_every_rule_has_a_code_of_its_own() -> None:
    reasons = [kind.reason for kind in RULES]
    assert len(set(reasons)) == len(reasons) == 11


def test_an_invalid_request_names_every_wrong_field() -> None:
    wrong = Invalid(Violation("report.items[0].text", "Say what happened."), Violation("channel", "Say one of: email."))
    assert str(wrong) == "report.items[0].text: Say what happened.; channel: Say one of: email."
    assert [violation.field for violation in wrong.violations] == ["report.items[0].text", "channel"]


def test_a_stale_version_is_a_conflict_that_can_be_told_apart() -> None:
    assert issubclass(StaleVersion, Conflict)
    assert StaleVersion.reason != Conflict.reason


def test_levels_are_ranked_in_order() -> None:
    assert [level.rank for level in ThreatLevel] == [0, 1, 2, 3]
    assert [level.rank for level in Severity] == [0, 1, 2, 3, 4]


def test_the_kernel_needs_nothing_but_the_standard_library() -> None:
    folder = Path(errors.__file__).parent
    modules = [f"wardmote_kernel.{path.stem}" for path in folder.glob("*.py") if path.stem != "__init__"]
    program = (
        f"import sys, {', '.join(modules)}\n"
        "print(*sorted({name.partition('.')[0] for name in sys.modules} - sys.stdlib_module_names - {'__main__', 'wardmote_kernel'}))"
    )
    loaded = subprocess.run(
        [sys.executable, "-S", "-c", program], capture_output=True, text=True, env={"PYTHONPATH": str(folder.parent)}, check=True
    )
    assert loaded.stdout.strip() == ""
