"""What a line of text may be, wherever a council gives one."""

from wardmote_kernel.errors import Violation

LONGEST_LINE = 200
"""Characters of a name, a label or a subject."""


def line_problems(where: str, text: str, *, longest: int = LONGEST_LINE, required: bool = True) -> list[Violation]:
    """What is wrong with a line of text; nothing when it will do.

    One line of printable characters: a line break in a name becomes a header in an e-mail, and PostgreSQL takes no NUL.

    >>> line_problems("label", "Case system")
    []
    >>> [problem.field for problem in line_problems("label", " ")]
    ['label']
    """
    if not text.strip():
        return [Violation(where, "Say it: it may not be empty.")] if required else []
    if len(text) > longest:
        return [Violation(where, f"At most {longest} characters.")]
    if not text.isprintable():
        return [Violation(where, "One line of text, without line breaks or control characters.")]
    return []
