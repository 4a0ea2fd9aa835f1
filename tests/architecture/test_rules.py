"""Rules of the house that no linter knows, checked on the syntax tree of every file of the product.

Each rule shows that it catches what it is for: `test_a_rule_catches_what_it_forbids` gives it a bad line and
the good one beside it.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PRODUCT = ("receipts", "ingest", "ocr", "matching", "awarding", "pipeline", "api", "fixtures")
STAGES = ("ingest", "ocr", "matching", "awarding")
MOST_FILE_LINES = 400
MOST_FUNCTION_LINES = 60
LONG_FILE_REASON = "Over 400 lines because "
LONG_FUNCTION_REASON = "Over 60 lines because "


@dataclass(frozen=True)
class Source:
    """A file, by its place in the repository."""

    place: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    @property
    def reason(self) -> str:
        """What the file says of itself at its top."""
        return ast.get_docstring(self.tree) or ""

    def within(self, *folders: str) -> bool:
        return self.place.startswith(tuple(f"{folder}/" for folder in folders))


Rule = Callable[[Source], Iterator[int]]
"""Yields the lines that break the rule."""


def _calls(tree: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    """Every call with what is called, such as ``session.commit``."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node


def _functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def files_are_short(source: Source) -> Iterator[int]:
    lines = source.text.count("\n")
    if lines > MOST_FILE_LINES and LONG_FILE_REASON not in source.reason:
        yield lines


def functions_are_short(source: Source) -> Iterator[int]:
    if LONG_FUNCTION_REASON in source.reason:
        return
    for function in _functions(source.tree):
        if (function.end_lineno or 0) - function.lineno + 1 > MOST_FUNCTION_LINES:
            yield function.lineno


def values_between_stages_are_frozen(source: Source) -> Iterator[int]:
    """A dataclass that others may see is frozen; a private one may gather while its function runs."""
    if not (source.within(*STAGES) or re.fullmatch(r"receipts/\w+\.py", source.place)):
        return
    for node in ast.walk(source.tree):
        if not isinstance(node, ast.ClassDef) or node.name.startswith("_"):
            continue
        for decorator in node.decorator_list:
            told = ast.unparse(decorator)
            if re.match(r"(dataclasses\.)?dataclass\b", told) and "frozen=True" not in told:
                yield node.lineno


def answers_are_closed(source: Source) -> Iterator[int]:
    """No function answers true, false or neither: such an answer deserves names."""
    for function in _functions(source.tree):
        answer = ast.unparse(function.returns).strip("'\"") if function.returns else ""
        parts = {part.strip() for part in answer.split("|")}
        if parts == {"bool", "None"} or re.fullmatch(r"(typing\.)?Optional\[bool\]", answer):
            yield function.lineno


def only_settings_read_the_environment(source: Source) -> Iterator[int]:
    if source.place == "pipeline/settings.py":
        return
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Attribute) and ast.unparse(node) in {
            "os.environ",
            "os.getenv",
            "os.environb",
        }:
            yield node.lineno
        elif isinstance(node, ast.ImportFrom) and node.module == "os":
            yield from (node.lineno for name in node.names if name.name in {"environ", "getenv"})


BUILT_BY_WIRING = {
    "Database", "LocalStore", "S3Store", "S3Store.from_url", "RapidEngine", "TesseractEngine",
    "CatalogIndex.build", "JsonLinesPublisher",
}  # fmt: skip
BUILT_BY_DATABASE = {"create_engine", "sessionmaker", "Session", "scoped_session", "sqlalchemy.create_engine"}
WITHOUT_A_DATABASE = ("pipeline/commands/read.py", "pipeline/commands/match.py")
"""Commands on plain files, which have no settings and so no wiring."""


def only_wiring_builds_parts(source: Source) -> Iterator[int]:
    for called, node in _calls(source.tree):
        by_wiring = called in BUILT_BY_WIRING and source.place not in (
            "pipeline/wiring.py",
            *WITHOUT_A_DATABASE,
        )
        by_database = called in BUILT_BY_DATABASE and not source.within("receipts/database")
        if by_wiring or by_database:
            yield node.lineno


def only_the_relay_rings(source: Source) -> Iterator[int]:
    """Nothing is queued but by the relay, from rows that were committed with the change they announce."""
    for called, node in _calls(source.tree):
        last = called.rsplit(".", 1)[-1]
        queues = "." in called and last in {"delay", "apply_async", "send_task"}
        if (queues and source.place != "pipeline/queue.py") or (
            called == "Bell" and source.place != "pipeline/relay.py"
        ):
            yield node.lineno


def only_the_database_commits(source: Source) -> Iterator[int]:
    if source.within("receipts/database"):
        return
    for called, node in _calls(source.tree):
        if called.endswith(".commit"):
            yield node.lineno


UNFINISHED = re.compile(
    r"\b(?:TODO|FIXME|XXX)\b|NotImplementedError|not implemented|placeholder(?!=)|\bstubs?\b|\bmock",
    re.IGNORECASE,
)


def nothing_is_unfinished(source: Source) -> Iterator[int]:
    for number, line in enumerate(source.text.splitlines(), start=1):
        if UNFINISHED.search(line):
            yield number


MACHINE_PATHS = re.compile(r"/w[o]rk/|/f[a]rm/|\.l[i]brary|/r[o]ot/")


def no_path_of_a_machine(source: Source) -> Iterator[int]:
    for number, line in enumerate(source.text.splitlines(), start=1):
        if MACHINE_PATHS.search(line):
            yield number


CHECKS = re.compile(r"(^|\.)(_?assert_?\w*|_?check\w*|_?expect\w*|_?verify\w*|raises|warns|fail)$")


def every_test_asserts(source: Source) -> Iterator[int]:
    for function in _functions(source.tree):
        if not function.name.startswith("test_"):
            continue
        asserts = any(isinstance(node, ast.Assert) for node in ast.walk(function))
        if not asserts and not any(CHECKS.search(called) for called, _ in _calls(function)):
            yield function.lineno


LONG_FUNCTION = "def f():\n" + "    f()\n" * MOST_FUNCTION_LINES
PRODUCT_RULES: dict[Rule, tuple[Source, Source]] = {
    files_are_short: (
        Source("ocr/a.py", "f()\n" * 401),
        Source("ocr/a.py", f'"""Words. {LONG_FILE_REASON}a table is one thing."""\n' + "f()\n" * 401),
    ),
    functions_are_short: (
        Source("ocr/a.py", LONG_FUNCTION),
        Source("ocr/a.py", LONG_FUNCTION.removesuffix("    f()\n")),
    ),
    values_between_stages_are_frozen: (
        Source("receipts/a.py", "@dataclass(slots=True)\nclass A: ..."),
        Source("receipts/a.py", "@dataclass(frozen=True, slots=True)\nclass A: ..."),
    ),
    answers_are_closed: (
        Source("api/a.py", "async def f() -> None | bool: ..."),
        Source("api/a.py", "def f() -> bool: ...\ndef g() -> str | None: ..."),
    ),
    only_settings_read_the_environment: (
        Source("api/a.py", "import os\nx = os.environ['HOME']"),
        Source("pipeline/settings.py", "import os\nx = os.environ['HOME']"),
    ),
    only_wiring_builds_parts: (
        Source("api/a.py", "engine = RapidEngine()"),
        Source("pipeline/wiring.py", "engine = RapidEngine()"),
    ),
    only_the_relay_rings: (
        Source("pipeline/submit.py", "task.apply_async([1])"),
        Source("pipeline/queue.py", "app.send_task('x')"),
    ),
    only_the_database_commits: (
        Source("pipeline/submit.py", "session.commit()"),
        Source("receipts/database/engine.py", "session.commit()"),
    ),
    nothing_is_unfinished: (
        Source("api/a.py", "x = 1  # TO" + "DO: the rest"),
        Source("api/a.py", "shorten(x, placeholder='…')"),
    ),
    no_path_of_a_machine: (
        Source("api/a.py", "open('/wo" + "rk/main/x')"),
        Source("api/a.py", "open('work/x')"),
    ),
}
MORE_BAD = (
    (answers_are_closed, Source("api/a.py", "def f() -> Optional[bool]: ...")),
    (only_settings_read_the_environment, Source("ocr/a.py", "from os import environ")),
    (only_wiring_builds_parts, Source("pipeline/runner.py", "with Session(engine) as s: s.add(1)")),
    (only_the_relay_rings, Source("pipeline/runner.py", "Bell(app).ring('x')")),
    (every_test_asserts, Source("tests/test_a.py", "def test_x():\n    f()")),
)


def product_files() -> list[Source]:
    return [
        Source(path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8"))
        for folder in PRODUCT
        for path in sorted((ROOT / folder).rglob("*.py"))
        if "migrations/versions" not in path.as_posix()
    ]


def all_tests() -> list[Source]:
    return [
        Source(path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8"))
        for path in sorted((ROOT / "tests").rglob("test_*.py"))
    ]


def broken(rule: Rule, sources: list[Source]) -> list[str]:
    return [f"{source.place}:{line}" for source in sources for line in rule(source)]


@pytest.fixture(scope="module")
def product() -> list[Source]:
    found = product_files()
    assert len(found) > 50
    return found


@pytest.mark.parametrize("rule", PRODUCT_RULES, ids=lambda rule: rule.__name__)
def test_the_product_keeps(rule: Rule, product: list[Source]) -> None:
    assert broken(rule, product) == []


def test_the_tests_keep_within_their_lines_and_assert() -> None:
    sources = all_tests()
    assert len(sources) > 10
    assert broken(every_test_asserts, sources) == []
    assert broken(files_are_short, sources) == []


@pytest.mark.parametrize("rule", PRODUCT_RULES, ids=lambda rule: rule.__name__)
def test_a_rule_catches_what_it_forbids(rule: Rule) -> None:
    bad, good = PRODUCT_RULES[rule]
    assert list(rule(bad)) != []
    assert list(rule(good)) == []


@pytest.mark.parametrize(("rule", "bad"), MORE_BAD, ids=lambda value: getattr(value, "__name__", ""))
def test_a_rule_catches_the_other_ways_round_it(rule: Rule, bad: Source) -> None:
    assert list(rule(bad)) != []


def test_a_test_may_check_by_an_assertion_an_exception_or_a_checker() -> None:
    for body in ("assert x", "with pytest.raises(E): f()", "expect(page).to_be(1)", "check_ledger(a)"):
        assert list(every_test_asserts(Source("tests/test_a.py", f"def test_x():\n    {body}"))) == []
