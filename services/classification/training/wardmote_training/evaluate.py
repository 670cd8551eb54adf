"""``make evaluate``: scores the shipped model by the service's own code, prints one table, and fails on a miss."""

import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table
from wardmote_classification.adapters.fast_path import FastPath
from wardmote_classification.adapters.line_assessor import LineAssessor
from wardmote_classification.adapters.model_files import PACKAGED, instruments_of
from wardmote_classification.adapters.preparation import prepared
from wardmote_classification.adapters.rule_assessor import RuleAssessor
from wardmote_classification.domain.judgement import ItemJudgement
from wardmote_classification.domain.suggestion import Suggestion, suggest

from wardmote_kernel.taxonomy import Outcome, TargetRole
from wardmote_rules.rule_pass import RulePass
from wardmote_training import benchmarks, corpora, figures, leaks
from wardmote_training.answers import LEFT_OUT, Answer, answers_of
from wardmote_training.benchmarks import Scored
from wardmote_training.figures import Numbers, Truths

_TRAINING = Path(__file__).parent.parent


@dataclass(frozen=True, slots=True)
class Line:
    """One figure beside its aim and what others published."""

    name: str
    value: float
    aim: float
    at_least: bool = True
    anchor: str = ""

    @property
    def is_met(self) -> bool:
        return self.value >= self.aim if self.at_least else self.value <= self.aim


class Evaluation:
    """The model under test, and its figures one after another."""

    def __init__(self, folder: Path, data: Path, left_out: Path) -> None:
        self._instruments = instruments = instruments_of(folder)
        self._fast = FastPath.load(folder / "fast_path.npz")
        self._left_out = left_out
        self._assessor = LineAssessor(RuleAssessor(RulePass.load()), instruments)
        self._data = data

    def lines(self) -> list[Line]:
        """Every figure. Takes minutes."""
        parts: list[Callable[[], list[Line]]] = [
            self.left_out, self.dev, self.hatecheck, self.edos, self.incivility, self.spans, self.speed, self.leaks,
        ]  # fmt: skip
        found = []
        for part in parts:
            sys.stderr.write(f"{part.__name__} ...\n")
            found += part()
        return found

    def left_out(self) -> list[Line]:
        answers = answers_of(self._left_out, corpora.council_line(_TRAINING / "council-line"))
        score = np.array([self._fused(one.features) for one in answers])
        scored = [
            Scored("", one.labels["abuse"] == 1, one.voice, one.pair, threat=3 if one.labels["T3"] else 2 * int(one.labels["T2"]))
            for one in answers
        ]
        outcomes = [self._outcome(one, value) for one, value in zip(answers, score, strict=True)]
        return _line_figures("voices left out", scored, score, outcomes)

    def _fused(self, features: Sequence[float]) -> float:
        model, fast, rule, threat_rule = features
        of_abuse = self._instruments.calibration.of_abuse
        return of_abuse({"abuse": model}, {"abuse": fast}, has_rule=bool(rule), has_threat_rule=bool(threat_rule))

    def _outcome(self, answer: Answer, score: float) -> Outcome:
        """As the service would have it, had the fold's model been the one that ships."""
        calibration, (*_, rule, threat_rule) = self._instruments.calibration, answer.features
        threat = calibration.of_heads(answer.logits)["T2"]
        return calibration.line.side(score, threat, has_rule=bool(rule), has_threat_rule=bool(threat_rule))

    def dev(self) -> list[Line]:
        scored = benchmarks.council_dev(self._data)
        judged = [self._judge(one.text) for one in scored]
        score = np.array([judgement.score for judgement, _ in judged])
        return _line_figures("dev", scored, score, [suggestion.outcome for _, suggestion in judged])

    def hatecheck(self) -> list[Line]:
        scored = benchmarks.hatecheck(self._data)
        truth, said = _truth(scored), self._head(scored, "hate") >= 0.5
        counter = np.array([one.group.startswith("counter") for one in scored])
        return [
            Line("HateCheck macro-F1", 100 * figures.macro_f1(truth, said), 80, anchor="Perspective 70.2"),
            Line("HateCheck hateful", 100 * float(said[truth].mean()), 74, anchor="Perspective 89.5"),
            Line("HateCheck not hateful", 100 * float((~said[~truth]).mean()), 74, anchor="Perspective 48.2"),
            Line("HateCheck counter speech", 100 * float((~said[counter]).mean()), 75, anchor="Perspective 17.0"),
            Line("HateCheck identity gap, points", 100 * _identity_gap(scored, truth, said), 15, at_least=False),
        ]

    def edos(self) -> list[Line]:
        scored = benchmarks.edos(self._data)
        score = figures.macro_f1(_truth(scored), self._head(scored, "sexist") >= 0.5)
        return [Line("EDOS A macro-F1", score, 0.82, anchor="18-model ensemble 0.8455")]

    def incivility(self) -> list[Line]:
        scored = benchmarks.incivility(self._data)
        return [Line("Incivility to Congress AUC", figures.auc(_truth(scored), self._head(scored, "uncivil")), 0.78)]

    def spans(self) -> list[Line]:
        scored = benchmarks.toxic_spans(self._data)
        found = [figures.character_f1(self._insults(one.text), set(one.marked)) for one in scored]
        return [Line("Toxic spans character F1", float(np.mean(found)), 0.60, anchor="lexicon 0.225")]

    def speed(self) -> list[Line]:
        texts = [one.text[:96] for one in benchmarks.incivility(self._data) if len(one.text) >= 96][:1_000]
        fast = _rate(texts * 3, self._fast.logits)
        full = _rate(texts[:200], lambda some: [self._judge(text) for text in some])
        waits = sorted(_seconds(lambda text=text: self._judge(text)) for text in texts[:200])
        return [
            Line("Fast path, texts a second and core", fast, 10_000),
            Line("Full path, texts a second and core", full, 60),
            Line("Assess p95, ms", 1_000 * waits[189], 100, at_least=False),
        ]

    def leaks(self) -> list[Line]:
        guard = leaks.Guard.of(self._data)
        learnt = [*corpora.council_line(_TRAINING / "council-line"), *corpora.public(self._data / "train", seed=1)]
        return [Line("Training texts like a scoring text", sum(bool(guard.meets(one.text)) for one in learnt), 0, at_least=False)]

    def _judge(self, text: str) -> tuple[ItemJudgement, Suggestion]:
        judgement = self._assessor.assess(text, TargetRole.COUNCILLOR)
        return judgement, suggest(judgement, TargetRole.COUNCILLOR)

    def _head(self, scored: Sequence[Scored], head: str) -> Numbers:
        readings = self._instruments.model.read([prepared(one.text).text for one in scored])
        return np.array([self._instruments.calibration.of_heads(reading.logits)[head] for reading in readings])

    def _insults(self, text: str) -> list[tuple[int, int]]:
        view = prepared(text)
        (reading,) = self._instruments.model.read([view.text])
        spans = [view.span(word.start, word.end) for word in reading.words if word.insulting >= 0]
        return [(span.start, span.end) for span in spans]


def _line_figures(name: str, scored: Sequence[Scored], score: Numbers, outcomes: Sequence[Outcome]) -> list[Line]:
    truth = _truth(scored)
    said = np.array([outcome.name for outcome in outcomes])
    grave = np.array([one.threat >= 2 for one in scored])
    both, ranked = figures.pairs_right(_pairs(scored, score), 0.5)
    return [
        Line(f"{name}: AUC", figures.auc(truth, score), 0.97),
        Line(f"{name}: debate called abuse, %", 100 * float((said[~truth] == "ABUSE").mean()), 4, at_least=False),
        Line(f"{name}: abuse called debate, %", 100 * float((said[truth] == "NOT_ABUSE").mean()), 4, at_least=False),
        Line(f"{name}: T2 and T3 called debate, %", 100 * float((said[grave] == "NOT_ABUSE").mean()), 1, at_least=False),
        Line(f"{name}: to a person, %", 100 * float((said == "UNCLEAR").mean()), 20, at_least=False),
        Line(f"{name}: pairs both right, %", 100 * both, 85),
        Line(f"{name}: pairs ranked right, %", 100 * ranked, 85),
        Line(f"{name}: calibration error", figures.calibration_error(truth, score), 0.05, at_least=False),
    ]


def _pairs(scored: Sequence[Scored], score: Numbers) -> list[tuple[float, float]]:
    halves: dict[str, dict[bool, float]] = {}
    for one, value in zip(scored, score, strict=True):
        if one.pair:
            halves.setdefault(one.pair, {})[one.is_true] = float(value)
    return [(half[False], half[True]) for half in halves.values() if len(half) == 2]


def _truth(scored: Sequence[Scored]) -> Truths:
    return np.array([one.is_true for one in scored])


def _identity_gap(scored: Sequence[Scored], truth: Truths, said: Truths) -> float:
    """The largest difference between groups in how often what is not hateful is left alone."""
    groups = sorted({one.identity for one in scored if one.identity})
    right = [float((~said[~truth & np.array([one.identity == group for one in scored])]).mean()) for group in groups]
    return max(right) - min(right)


def _rate(texts: Sequence[str], judge: Callable[[Sequence[str]], object]) -> float:
    began = time.process_time()
    judge(texts)
    return len(texts) / (time.process_time() - began)


def _seconds(judge: Callable[[], object]) -> float:
    began = time.perf_counter()
    judge()
    return time.perf_counter() - began


def main() -> int:
    """Prints the table. 0 when every aim is met."""
    data, *other = (Path(argument) for argument in sys.argv[1:])
    folder, answers = (other[0], other[0]) if other else (PACKAGED, _TRAINING)
    lines = Evaluation(folder, data, answers / LEFT_OUT).lines()
    table = Table("figure", "reached", "aim", "others published", "")
    for line in lines:
        sign = "at least" if line.at_least else "at most"
        table.add_row(line.name, f"{line.value:,.3f}", f"{sign} {line.aim:,g}", line.anchor, "met" if line.is_met else "MISSED")
    Console(width=120).print(table)
    return 0 if all(line.is_met for line in lines) else 1


if __name__ == "__main__":
    sys.exit(main())
