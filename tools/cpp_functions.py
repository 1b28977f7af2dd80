"""Finds C++ functions by their braces: enough to measure them, far from a parser."""

import re
from typing import NamedTuple

# A comment, a raw string, a string or a character; digit separators are no characters.
TOKENS = re.compile(
    r"""//[^\n]*
    |/\*.*?\*/
    |R"(?P<mark>[^()\\\s]{0,16})\(.*?\)(?P=mark)"
    |"(?:\\.|[^"\\\n])*"
    |(?<![0-9a-fA-F])'(?:\\.|[^'\\\n])+'""",
    re.DOTALL | re.VERBOSE)
INCLUDE = re.compile(r'^\s*#\s*include\b')
CONTROL = re.compile(r"^\s*(?:else\s+)?(?:if|for|while|switch|catch|do|else|try)\b")
TYPE_OR_SCOPE = re.compile(r"^\s*(?:template\s*<.*>\s*)?"
                           r"(?:inline\s+)?(?:namespace|class|struct|union|enum|extern)\b[^()]*$",
                           re.DOTALL)
# What may stand between a parameter list and the body.
BODY = re.compile(r"\)\s*(?:const|noexcept|override|final|mutable|&&?|requires\b[^;]*|->[^;{]*|\s)*"
                  r"(?::[^;]*)?$", re.DOTALL)
NAME = re.compile(r"([\w~]+(?:::[\w~]+)*|operator\S+)\s*\(")


class Function(NamedTuple):
    name: str
    first_line: int
    lines: int


def blank_comments_and_strings(text: str) -> str:
    """Same length and lines; only code keeps its characters."""

    def blank(match: re.Match) -> str:
        token = match.group()
        if token[0] == '"' and INCLUDE.match(text[text.rfind("\n", 0, match.start()) + 1:]):
            return token
        return re.sub(r"[^\n]", " ", token)

    return TOKENS.sub(blank, text)


def functions(code: str) -> list[Function]:
    """Every function body in `code`, which has no comments and strings; lambdas count too."""
    found = []
    open_braces: list[tuple[int, str] | None] = []  # a function's (start, name), or another block
    statement = 0  # where the current statement began
    parentheses = 0
    for position, character in enumerate(code):
        if character in "()":
            parentheses += 1 if character == "(" else -1
        elif character == ";" and parentheses <= 0:
            statement = position + 1
        elif character == "{":
            head = code[statement:position]
            open_braces.append(_function_start(code, statement, head))
            statement, parentheses = position + 1, 0
        elif character == "}":
            opened = open_braces.pop() if open_braces else None
            if opened:
                first = code.count("\n", 0, opened[0]) + 1
                last = code.count("\n", 0, position) + 1
                found.append(Function(opened[1], first, last - first + 1))
            statement, parentheses = position + 1, 0
    return sorted(found, key=lambda function: function.first_line)


def _function_start(code: str, statement: int, head: str) -> tuple[int, str] | None:
    if CONTROL.match(head) or TYPE_OR_SCOPE.match(head) or not BODY.search(head):
        return None
    name = NAME.search(head)
    start = statement + len(head) - len(head.lstrip())
    return start, name.group(1) if name else ""
