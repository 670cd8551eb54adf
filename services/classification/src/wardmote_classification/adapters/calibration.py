"""From logits to probabilities, as fitted on the int8 file's own answers for voices it had not read."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wardmote_classification.domain.line import Line


@dataclass(frozen=True, slots=True)
class Calibration:
    """The stack for abuse, a scale and a shift for every other head, and the line."""

    abuse: Mapping[str, float]
    """Weights of ``model``, ``fast``, ``rule``, ``rule-threat``, and ``bias``."""
    heads: Mapping[str, tuple[float, float]]
    line: Line
    version: str

    @classmethod
    def load(cls, path: Path) -> "Calibration":
        """The calibration of a file that training wrote."""
        kept: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        line = kept["line"]
        return cls(
            kept["abuse"], {head: (scale, shift) for head, (scale, shift) in kept["heads"].items()},
            Line(line["clear"], line["abuse"], line["threat_lane"], line["heads"]), kept["version"],
        )  # fmt: skip

    def of_abuse(self, model: Mapping[str, float], fast: Mapping[str, float], *, has_rule: bool, has_threat_rule: bool) -> float:
        """How likely it is abuse, from all that judged it."""
        total = self.abuse["bias"] + self.abuse["model"] * model["abuse"] + self.abuse["fast"] * fast["abuse"]
        total += self.abuse["rule"] * has_rule + self.abuse["rule-threat"] * has_threat_rule
        return _share(total)

    def of_heads(self, model: Mapping[str, float]) -> dict[str, float]:
        """How likely each other answer is."""
        return {head: _share(scale * model[head] + shift) for head, (scale, shift) in self.heads.items()}


def _share(logit: float) -> float:
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, logit))))
