"""Reads the offence table and refuses it with every mistake at once."""

import re
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from wardmote_kernel.taxonomy import Nation
from wardmote_rules.offences import Offence, OffenceTable
from wardmote_rules.rule_file import MOTIVATIONS, TYPES

PACKAGED = Path(__file__).parent / "offences.yaml"

ABUSE_TYPES = frozenset(code for code in TYPES if code[0] not in "NW" and code != "U")
"""The types that are abuse. What is no abuse (N), a welfare concern (W) or unclear (U) has no offence."""

OPENING = "May apply when "
"""How each sentence begins: the table helps, it never says that an offence was done."""

LONGEST_LIMIT = 36

_TEXTS = ("code", "title", "statute", "sentence", "evidence", "source")
_REQUIRED = frozenset({"nations", "types", "in_force_from", *_TEXTS})
_OPTIONAL = frozenset({"motivations", "in_force_until", "refer_within_months", "note"})
_WITHOUT = frozenset({"types", "nations", "why"})
_CODE = re.compile(r"[A-Z0-9]+(?:-[A-Z0-9]+)*")
_NATIONS = frozenset(nation.name for nation in Nation)


class OffenceFileError(Exception):
    """The offence table is wrong; the text lists every mistake."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("The offence table cannot be used:\n" + "\n".join(f"- {problem}" for problem in self.problems))


def read_offences(path: Path = PACKAGED) -> OffenceTable:
    """The table of a file, checked.

    Raises:
        OffenceFileError: with every mistake found.
    """
    content = _content(path)
    entries, without = content["offences"], content["without_offence"]
    problems = [problem for entry in entries for problem in _problems(entry)]
    problems += [problem for entry in without for problem in _without_problems(entry)]
    codes = [str(entry.get("code")) for entry in entries if isinstance(entry, dict)]
    problems += [f"{code} is there twice" for code in sorted({code for code in codes if codes.count(code) > 1})]
    if problems:
        raise OffenceFileError(problems)
    return OffenceTable(tuple(_offence(entry) for entry in entries), _by_nation(without))


def _content(path: Path) -> dict[str, Any]:
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise OffenceFileError([f"{path.name}: cannot be read ({type(error).__name__})"]) from error
    if not isinstance(content, dict) or content.keys() != {"date", "offences", "without_offence"}:
        raise OffenceFileError(["must hold date, offences and without_offence, and nothing else"])
    if not _is_day(content["date"]):
        raise OffenceFileError(["date must be the day of the last change, as 2026-11-25"])
    if not content["offences"] or not all(isinstance(content[key], list) for key in ("offences", "without_offence")):
        raise OffenceFileError(["offences and without_offence must be lists, and there must be an offence"])
    return content


def _problems(entry: object) -> list[str]:
    if not isinstance(entry, dict):
        return ["an offence must be a mapping"]
    where = str(entry.get("code", "an offence without code"))
    wrong = _shape(where, entry, _REQUIRED, _OPTIONAL)
    if wrong:
        return wrong
    found = (*_text_problems(entry), *_code_problems(entry), *_date_problems(entry), *_limit_problems(entry))
    return [f"{where}: {problem}" for problem in found]


def _without_problems(entry: object) -> list[str]:
    if not isinstance(entry, dict):
        return ["an entry of without_offence must be a mapping"]
    where = f"without_offence {entry.get('types')}"
    wrong = _shape(where, entry, _WITHOUT)
    if wrong:
        return wrong
    found = [*_set_problems(entry, "types", ABUSE_TYPES), *_set_problems(entry, "nations", _NATIONS)]
    return [f"{where}: {problem}" for problem in [*found, *([] if _is_text(entry["why"]) else ["why must say why"])]]


def _shape(where: str, entry: Mapping[Any, Any], required: frozenset[str], optional: frozenset[str] = frozenset()) -> list[str]:
    wrong = [f"{where}: {key} is missing" for key in sorted(required - entry.keys())]
    return wrong + [f"{where}: {key} is not a field" for key in sorted(map(str, entry.keys() - required - optional))]


def _text_problems(entry: Mapping[str, Any]) -> Iterable[str]:
    texts = [*_TEXTS, *(["note"] if "note" in entry else [])]
    wrong = [key for key in texts if not _is_text(entry[key])]
    yield from (f"{key} must be a line of text" for key in wrong)
    if "sentence" not in wrong and not (entry["sentence"].startswith(OPENING) and entry["sentence"].endswith(".")):
        yield f"sentence must begin with '{OPENING.strip()}' and end with a full stop"


def _code_problems(entry: Mapping[str, Any]) -> Iterable[str]:
    if not _CODE.fullmatch(str(entry["code"])):
        yield "code must look like OSA-181"
    yield from _set_problems(entry, "nations", _NATIONS)
    yield from _set_problems(entry, "types", ABUSE_TYPES)
    if "motivations" in entry:
        yield from _set_problems(entry, "motivations", MOTIVATIONS)


def _set_problems(entry: Mapping[str, Any], key: str, known: frozenset[str]) -> Iterable[str]:
    words = entry[key]
    if not isinstance(words, list) or not words or not {str(word) for word in words} <= known or len(set(words)) < len(words):
        yield f"{key} must be a list of some of {', '.join(sorted(known))}, each once"


def _date_problems(entry: Mapping[str, Any]) -> Iterable[str]:
    start, end = entry["in_force_from"], entry.get("in_force_until")
    if start is None and "note" not in entry:
        yield "in_force_from is not known, so note must say what to check"
    if (start is not None and not _is_day(start)) or ("in_force_until" in entry and not _is_day(end)):
        yield "in_force_from and in_force_until must be days, as 2024-01-31"
    elif end is not None and (start is None or end < start):
        yield "in_force_until must not be before in_force_from"


def _limit_problems(entry: Mapping[str, Any]) -> Iterable[str]:
    months = entry.get("refer_within_months", 1)
    if type(months) is not int or not 1 <= months <= LONGEST_LIMIT:
        yield f"refer_within_months must be a whole number from 1 to {LONGEST_LIMIT}"


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip()) and "\n" not in value


def _is_day(value: object) -> bool:
    """YAML reads a bare day as a date; a moment would be a datetime, which is a date too."""
    return type(value) is date


def _offence(entry: Mapping[str, Any]) -> Offence:
    return Offence(
        code=entry["code"], title=entry["title"], nations=frozenset(Nation[name] for name in entry["nations"]),
        types=frozenset(entry["types"]), motivations=frozenset(entry.get("motivations", ())), statute=entry["statute"],
        sentence=entry["sentence"], evidence=entry["evidence"], in_force_from=entry["in_force_from"],
        in_force_until=entry.get("in_force_until"), refer_within_months=entry.get("refer_within_months"),
        source=entry["source"], note=entry.get("note", ""),
    )  # fmt: skip


def _by_nation(without: Iterable[Mapping[str, Any]]) -> dict[Nation, frozenset[str]]:
    entries = list(without)
    return {nation: frozenset(code for entry in entries if nation.name in entry["nations"] for code in entry["types"]) for nation in Nation}
