"""Reads rule files and refuses them with every mistake at once."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from wardmote_kernel.taxonomy import ThreatLevel
from wardmote_rules.rule import LineTest, Rule

TYPES = frozenset(
    {"TL", "TV", "TP", "VT", "ST", "HA", "HV", "PC", "PO", "SX", "SI", "GO", "IN", "DX", "IM", "AC", "DF", "EL", "CO", "EP", "SH", "AS"}
    | {"CD", "SU", "IC", "N1", "N2", "N3", "N4", "N5", "N6", "W1", "W2", "U"}
)
"""Codes of domain.md §3.3."""

MOTIVATIONS = frozenset({"H-RAC", "H-REL", "H-SO", "H-TG", "H-DIS", "H-SEX", "H-AGE", "H-POL", "H-OTH"})
"""Codes of domain.md §3.4."""

FEWEST_EXAMPLES = 3
LONGEST_GAP = 120
"""A bounded repeat may not be longer: patterns stay linear in the length of the text."""

_REQUIRED = frozenset({"id", "types", "threat", "line_test", "sentence", "patterns", "positive", "negative"})
_OPTIONAL = frozenset({"motivations", "danger", "unless"})
_ID = re.compile(r"[A-Z][A-Z0-9]{1,2}-\d{3}")
_FRAGMENT = re.compile(r"<([a-z_]+)>")
_LITERALS = re.compile(r"\\.|\[(?:\\.|[^\]\\])*\]")


class RuleFileError(Exception):
    """The rule files are wrong; the text lists every mistake."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("The rules cannot be used:\n" + "\n".join(f"- {problem}" for problem in self.problems))


def read_rules(folder: Path) -> tuple[Rule, ...]:
    """Every rule of ``*.yaml`` in a folder, in the order of their ids. ``fragments.yaml`` holds named pieces of patterns.

    Raises:
        RuleFileError: with every mistake found.
    """
    problems: list[str] = []
    fragments = _mapping(folder / "fragments.yaml", problems)
    rules: dict[str, Rule] = {}
    for path in sorted(folder.glob("*.yaml")):
        if path.name in ("fragments.yaml", "version.yaml"):
            continue
        for entry in _mapping(path, problems).get("rules") or ():
            found = _rule(entry, fragments, path.name)
            if isinstance(found, Rule) and found.rule_id not in rules:
                rules[found.rule_id] = found
            else:
                problems.extend(found if isinstance(found, list) else [f"{path.name}: {found.rule_id} is there twice"])
    if problems or not rules:
        raise RuleFileError(problems or ["there is no rule"])
    return tuple(rules[rule_id] for rule_id in sorted(rules))


def _mapping(path: Path, problems: list[str]) -> dict[str, Any]:
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        problems.append(f"{path.name}: cannot be read ({type(error).__name__})")
        return {}
    if not isinstance(content, dict):
        problems.append(f"{path.name}: must be a mapping")
        return {}
    return content


def _rule(entry: object, fragments: Mapping[str, str], file: str) -> Rule | list[str]:
    if not isinstance(entry, dict):
        return [f"{file}: a rule must be a mapping"]
    where = f"{file}: {entry.get('id', 'a rule without id')}"
    shape = [f"{where}: {key} is missing" for key in sorted(_REQUIRED - entry.keys())]
    shape += [f"{where}: {key} is not a field of a rule" for key in sorted(entry.keys() - _REQUIRED - _OPTIONAL)]
    if shape:
        return shape
    problems = [f"{where}: {problem}" for problem in (*_code_problems(entry), *_example_problems(entry))]
    patterns = _compile(where, entry["patterns"], fragments, problems)
    unless = _compile(where, entry.get("unless", []), fragments, problems)
    if problems:
        return problems
    return Rule(
        entry["id"], tuple(entry["types"]), tuple(entry.get("motivations", ())), ThreatLevel(entry["threat"]), entry.get("danger", False),
        LineTest(entry["line_test"]), entry["sentence"], patterns, unless,
        tuple(entry["positive"]), tuple(entry["negative"]),
    )  # fmt: skip


def _code_problems(entry: Mapping[str, Any]) -> Iterable[str]:
    if not _ID.fullmatch(str(entry["id"])):
        yield "id must look like VT-004"
    if not entry["types"] or not set(entry["types"]) <= TYPES:
        yield "types must be codes of the taxonomy, at least one"
    if not set(entry.get("motivations", ())) <= MOTIVATIONS:
        yield "motivations must be codes of the taxonomy"
    if entry["threat"] not in list(ThreatLevel):
        yield "threat must be T0, T1, T2 or T3"
    if entry["line_test"] not in list(LineTest):
        yield "line_test must be a question of the line test"
    if not isinstance(entry.get("danger", False), bool):
        yield "danger must be true or false"


def _example_problems(entry: Mapping[str, Any]) -> Iterable[str]:
    for key in ("positive", "negative"):
        if len(entry[key]) < FEWEST_EXAMPLES:
            yield f"{key} needs at least {FEWEST_EXAMPLES} examples"
    if not entry["patterns"]:
        yield "patterns needs at least one"
    if not str(entry["sentence"]).endswith("."):
        yield "sentence must be a sentence"


def _compile(where: str, sources: Iterable[str], fragments: Mapping[str, str], problems: list[str]) -> tuple[re.Pattern[str], ...]:
    compiled: list[re.Pattern[str]] = []
    for place, source in enumerate(sources):
        try:
            expanded = _expand(str(source), fragments)
            _refuse_slow(expanded)
            compiled.append(re.compile(expanded))
        except (re.error, KeyError, ValueError) as error:
            problems.append(f"{where}: pattern {place + 1}: {error}")
    return tuple(compiled)


def _expand(source: str, fragments: Mapping[str, str]) -> str:
    """The pattern with ``<name>`` replaced by the fragment of that name; fragments may hold others defined before."""
    for _ in range(4):
        source = _FRAGMENT.sub(lambda found: f"(?:{fragments[found.group(1)]})", source)
    return source


def _refuse_slow(pattern: str) -> None:
    """Raises ValueError for a repeat without an end or a long repeat of a group: those can take quadratic time or worse."""
    bare = _LITERALS.sub("x", pattern)
    if re.search(r"[*+]|,\}", bare):
        raise ValueError("repeats need an upper bound: write {0,40}, not * or +")
    bounds = [int(bound) for bound in re.findall(r"(?:\{|,)(\d{1,9})\}", bare)]
    if any(bound > LONGEST_GAP for bound in bounds):
        raise ValueError(f"no repeat may be longer than {LONGEST_GAP}")
    if re.search(r"\)\{\d{0,9},?(?:[5-9]|\d\d)", bare):
        raise ValueError("a group may be repeated at most 4 times")
