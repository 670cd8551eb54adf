"""Pages that cannot rot: what a page links to, names or tells somebody to type is there. Each guard has its twin."""

import ast
import importlib
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

from wardmote_testkit.source import ROOT, relative

FENCE = re.compile(r"^ *(```|~~~)(?P<language>\w*)[^\n]*\n(?P<body>.*?)^ *\1 *$", re.M | re.S)
INLINE = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
LINK = re.compile(r"\]\(\s*<?([^()\s<>]+)>?(?:\s+\"[^\"]*\")?\s*\)|<(?:img|a)\s[^>]*?(?:src|href)=\"([^\"]+)\"")
ELSEWHERE = re.compile(r"^(https?|mailto):")
HEADING = re.compile(r"^#{1,6} +(.+?) *#*$", re.M)
PATH = re.compile(r"^[\w.*-]+(/[\w.*-]+)*/?$")
MAKE = re.compile(r"(?:^|[;&|] *|\$ )(?:[A-Z_]+=\S* )*make((?: [A-Z_]+=\S*)*) ([a-z][a-z0-9-]*)")
SETTING = re.compile(r"WARDMOTE_[A-Z][A-Z_]*[A-Z]")
ONE_MACHINE = re.compile(r"(?<![\w./])/(work|root|home|Users)/")
TERM = re.compile(r"^\| \*\*(.+?)\*\* \| (.+) \|$", re.M)
IDENTIFIER = re.compile(r"^[A-Za-z_][A-Za-z0-9_]*$")
ADR_PARTS = ["Context", "Decision", "Consequences", "What we gave up", "What was measured"]


def listed(*patterns: str) -> list[Path]:
    """Files of the project that git tracks or would track."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *patterns]
    names = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")
    return sorted({ROOT / name for name in names if name and (ROOT / name).is_file()})


PAGES = listed("*.md")
DECISIONS = sorted((ROOT / "docs" / "adr").glob("[0-9]*.md"))
every_page = pytest.mark.parametrize("page", PAGES, ids=relative)


def prose(text: str) -> str:
    """The page without its code blocks."""
    return FENCE.sub("", text)


def code_spans(text: str) -> list[str]:
    return INLINE.findall(prose(text))


def code_blocks(text: str, *languages: str) -> list[str]:
    return [found["body"] for found in FENCE.finditer(text) if not languages or found["language"] in languages]


def anchors(text: str) -> set[str]:
    """What a link may name after #, as GitHub makes it of the headings."""
    made: set[str] = set()
    for heading in HEADING.findall(prose(text)):
        plain = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading).replace("`", "").lower()
        slug = re.sub(r"[^\w\- ]", "", plain).replace(" ", "-")
        made.add(next(name for name in (slug, *(f"{slug}-{number}" for number in range(1, 50))) if name not in made))
    return made


def broken_links(page: Path, root: Path) -> Iterator[str]:
    text = page.read_text()
    targets = [first or second for first, second in LINK.findall(INLINE.sub("", prose(text)))]
    for target in targets:
        if ELSEWHERE.match(target):
            continue
        name, _, anchor = target.partition("#")
        path = (page.parent / name).resolve() if name else page
        if not path.is_relative_to(root.resolve()) or not path.exists():
            yield f"{target}: there is no such file."
        elif anchor and path.suffix == ".md" and anchor not in anchors(path.read_text()):
            yield f"{target}: the page has no such heading."


MADE_BY_RUNNING = {"var", ".cache", ".venv"}
"""Folders that the documents tell of and that no clone holds."""


def missing_paths(page: Path, root: Path) -> Iterator[str]:
    """Code spans that begin with a folder of the project's root and name nothing. A part in <angle brackets> is a blank to fill."""
    for span in code_spans(page.read_text()):
        first = span.partition("/")[0]
        if "/" not in span or not PATH.match(span) or first in MADE_BY_RUNNING or not (root / first).is_dir():
            continue
        if not (any(root.glob(span.rstrip("/"))) if "*" in span else (root / span).exists()):
            yield f"{span}: there is no such file or folder."


def missing_targets(text: str, makefile: str) -> list[str]:
    """What a reader is told to type after make, and make does not know."""
    typed = [*code_spans(text), *(line.strip() for block in code_blocks(text) for line in block.splitlines())]
    asked = [target for line in typed for _, target in MAKE.findall(line)]
    known = set(re.findall(r"^([a-z][a-z0-9-]*):", makefile, re.M))
    return sorted(set(asked) - known)


def unknown_settings(text: str, code: str) -> list[str]:
    """Settings that no code reads, neither by their name nor as the field of a settings model."""
    return sorted(name for name in set(SETTING.findall(text)) if name not in code and not _is_field(name, code))


def _is_field(name: str, code: str) -> bool:
    return re.search(rf"^    {name.removeprefix('WARDMOTE_').lower()}: ", code, re.M) is not None


def wrong_python(text: str) -> Iterator[str]:
    """Python blocks that do not compile, or import something of ours that is not there."""
    for block in code_blocks(text, "python", "py"):
        try:
            tree = ast.parse(block)
        except SyntaxError as error:
            yield f"line {error.lineno} of a block: {error.msg}"
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("wardmote"):
                yield from _missing_names(str(node.module), [alias.name for alias in node.names])


def _missing_names(module: str, names: list[str]) -> Iterator[str]:
    found = _imported(module)
    if found is None:
        yield f"{module}: there is no such module."
        return
    gone = [name for name in names if not hasattr(found, name) and _imported(f"{module}.{name}") is None]
    yield from (f"{module}.{name}: there is no such name." for name in gone)


def _imported(module: str) -> ModuleType | None:
    try:
        return importlib.import_module(module)
    except ImportError:
        return None


def glossary_complaints(text: str, code: str) -> list[str]:
    """Terms that stand twice or without a meaning in one line, and names of the code that the code does not have."""
    rows = TERM.findall(text)
    terms = [term.lower() for term, _ in rows]
    wrong = [f"{term} stands twice." for term in sorted(set(terms)) if terms.count(term) > 1]
    wrong += [f"{term}: say it in one sentence or two." for term, meaning in rows if meaning.count(". ") > 2]
    named = {span for _, meaning in rows for span in INLINE.findall(meaning) if IDENTIFIER.match(span)}
    return wrong + [f"{name}: no code has that name." for name in sorted(named) if not re.search(rf"\b{name}\b", code)]


def decision_complaints(page: Path, contents: str) -> list[str]:
    """What one decision lacks."""
    text = page.read_text()
    wrong = []
    if not re.match(rf"# {page.name[:4]} \S", text):
        wrong.append("Begin with the number and the decision as a heading.")
    if not re.search(r"^Date: \d{4}-\d\d-\d\d\. Status: (accepted|replaced by \d{4})\.", text, re.M):
        wrong.append("Give its date and status.")
    if re.findall(r"^## (.+)$", text, re.M) != ADR_PARTS:
        wrong.append(f"Have exactly these parts, in order: {', '.join(ADR_PARTS)}.")
    if any(not part.strip() for part in re.split(r"^## .+$", text, flags=re.M)[1:]):
        wrong.append("Say something in each part; not measured is an answer.")
    if f"({page.name})" not in contents:
        wrong.append("Put it into docs/adr/README.md.")
    return wrong


def all_code() -> str:
    files = [path for path in listed("*.py", "*.proto", "*.sql", "*.yaml", "Makefile") if "tests" not in path.relative_to(ROOT).parts]
    return "\n".join(path.read_text() for path in files)


@every_page
def test_links_lead_somewhere(page: Path) -> None:
    assert list(broken_links(page, ROOT)) == []


@every_page
def test_paths_exist(page: Path) -> None:
    assert list(missing_paths(page, ROOT)) == []


@every_page
def test_make_knows_what_a_page_tells_to_make(page: Path) -> None:
    assert missing_targets(page.read_text(), (ROOT / "Makefile").read_text()) == []


@every_page
def test_python_in_a_page_is_python(page: Path) -> None:
    assert list(wrong_python(page.read_text())) == []


@every_page
def test_no_page_names_a_path_of_one_machine(page: Path) -> None:
    assert ONE_MACHINE.findall(page.read_text()) == []


def test_settings_in_pages_are_settings() -> None:
    code = all_code()
    assert {relative(page): unknown for page in PAGES if (unknown := unknown_settings(page.read_text(), code))} == {}


def test_the_glossary_is_whole() -> None:
    assert glossary_complaints((ROOT / "docs" / "glossary.md").read_text(), all_code()) == []


def test_the_glossary_has_the_words_that_bind() -> None:
    bound = {
        "tenant", "person", "reporter", "target", "report", "incident", "item", "evidence", "assessment", "case", "case worker", "referral",
        "support offer", "notification", "page",
    }  # fmt: skip
    terms = {term.lower() for term, _ in TERM.findall((ROOT / "docs" / "glossary.md").read_text())}
    assert bound <= terms


@pytest.mark.parametrize("page", DECISIONS, ids=lambda page: page.stem)
def test_a_decision_has_its_parts(page: Path) -> None:
    assert decision_complaints(page, (ROOT / "docs" / "adr" / "README.md").read_text()) == []


def test_decisions_count_up() -> None:
    assert [page.name[:4] for page in DECISIONS] == [f"{number:04}" for number in range(1, len(DECISIONS) + 1)]


def test_the_link_guard_sees_each_violation(tmp_path: Path) -> None:
    (tmp_path / "there.md").write_text("# A heading, with `code`\n\n```\n# no heading\n```\n")
    page = tmp_path / "page.md"
    page.write_text(
        "[a](gone.md) [b](there.md#gone) [c](there.md#a-heading-with-code) [d](https://example.org/x) [e](#mine) ![f](gone.png)\n"
        '`[g](gone2.md)` <img src="gone3.png" alt=""> [h](../outside.md) [i](there.md#no-heading)\n# Mine\n'
    )
    found = [complaint.partition(":")[0] for complaint in broken_links(page, tmp_path)]
    assert found == ["gone.md", "there.md#gone", "gone.png", "gone3.png", "../outside.md", "there.md#no-heading"]


def test_the_path_guard_sees_each_violation(tmp_path: Path) -> None:
    (tmp_path / "libs" / "kernel").mkdir(parents=True)
    page = tmp_path / "page.md"
    page.write_text("`libs/kernel` `libs/kernel/` `libs/gone.py` `libs/*` `libs/*.gone` `libs/<name>/x` `other/thing` `a / b`\n")
    assert [complaint.partition(":")[0] for complaint in missing_paths(page, tmp_path)] == ["libs/gone.py", "libs/*.gone"]


def test_the_make_guard_sees_each_violation() -> None:
    makefile = "run: x ## Run\n\nstatus:\n"
    text = "`make run` `make gone` make sure `make ARGS=--json status`\n```sh\nX=1 make run && make lost\n$ make status ARGS=--json\n```\n"
    assert missing_targets(text, makefile) == ["gone", "lost"]


def test_the_settings_guard_sees_a_violation() -> None:
    code = 'os.environ["WARDMOTE_CACHE"]\nclass S:\n    port_base: int = 1\n'
    assert unknown_settings("WARDMOTE_CACHE WARDMOTE_PORT_BASE WARDMOTE_GONE", code) == ["WARDMOTE_GONE"]


def test_the_python_guard_sees_each_violation() -> None:
    blocks = ["from wardmote_kernel.clock import Clock, Gone", "from wardmote_gone import x", "x = = 1"]
    found = list(wrong_python("".join(f"```python\n{block}\n```\n" for block in blocks)))
    assert found == [
        "wardmote_kernel.clock.Gone: there is no such name.",
        "wardmote_gone: there is no such module.",
        "line 1 of a block: invalid syntax",
    ]
    assert list(wrong_python("```python\nfrom wardmote.intake.v1 import report_pb2\n```\n")) == []


def test_the_machine_guard_sees_a_violation() -> None:
    assert ONE_MACHINE.search("see `/home/somebody/wardmote`")
    assert not ONE_MACHINE.search("docs/work/x and https://example.org/home/x")


def test_the_glossary_guard_sees_each_violation() -> None:
    text = "| **Claim** | A `claim`. |\n| **claim** | Again. |\n| **Long** | One. Two. Three. Four. |\n| **Gone** | A `Gone`. |\n"
    found = glossary_complaints(text, "claim = 1")
    assert found == ["claim stands twice.", "Long: say it in one sentence or two.", "Gone: no code has that name."]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: text.replace("# 0001", "# 0002"),
        lambda text: text.replace("accepted", "perhaps"),
        lambda text: text.replace("## What we gave up\n\nx\n\n", ""),
        lambda text: text.replace("## Context\n\nx\n", "## Context\n\n"),
    ],
    ids=["number", "status", "part", "empty part"],
)
def test_the_decision_guard_sees_each_violation(spoil: Callable[[str], str], tmp_path: Path) -> None:
    good = "# 0001 A thing\n\nDate: 2026-11-24. Status: accepted.\n\n" + "".join(f"## {part}\n\nx\n\n" for part in ADR_PARTS)
    page = tmp_path / "0001-a-thing.md"
    page.write_text(good)
    assert decision_complaints(page, "(0001-a-thing.md)") == []
    assert decision_complaints(page, "") == ["Put it into docs/adr/README.md."]
    page.write_text(spoil(good))
    assert decision_complaints(page, "(0001-a-thing.md)") != []
