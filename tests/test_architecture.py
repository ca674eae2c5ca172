"""The house's rules, kept by reading the code: who may import whom, who owns which outside thing, and how long things may get."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1] / "responder"
LONGEST_FUNCTION, LONGEST_FILE = 60, 400

# From the bottom up; a module may import its own layer (except the shell) and those before it.
LAYERS = (
    {"errors", "clock", "wire"},
    {"reading"},
    {"writing"},
    {"life"},
    {"dossier"},
    {"config"},
    {"mailbox", "outgoing", "store", "credentials", "oauth", "notify"},
    {"rounds"},
    {"daemon"},
    {"accounts"},
    {"demo"},
    {"cli"},
    {"__main__"},
)
SHELL = LAYERS[6]
PURE = {"reading", "writing", "life", "dossier"}
# The ground floor's words for what happens next and for spans of the day are values, and config needs them
VALUES = {"errors"}

# Who may import what is outside: everything else must ask the owner.
OWNERS = {
    "imapclient": {"mailbox"},
    "imaplib": {"mailbox"},
    "smtplib": {"outgoing"},
    "sqlite3": {"store"},
    "filelock": {"store"},
    "keyring": {"credentials"},
    "subprocess": {"credentials", "notify", "accounts", "oauth"},
    "mailparser": {"reading"},
    "jinja2": {"writing"},
    "apscheduler": {"daemon"},
    "selectolax": {"reading"},
    "phonenumbers": {"reading", "writing"},
    "pydantic": {"config"},
    "dns": {"accounts"},
    "defusedxml": {"accounts"},
}
# What a pure module has no business with: I/O, time that nobody handed in, chance, the environment.
NOT_PURE = {
    "socket", "ssl", "select", "selectors", "asyncio", "threading", "multiprocessing", "subprocess", "os", "sys", "io",
    "time", "random", "secrets", "uuid", "logging", "tempfile", "shutil", "glob", "sqlite3", "imapclient", "imaplib", "smtplib",
    "http", "urllib.request", "keyring", "tzlocal", "platformdirs", "filelock", "apscheduler", "getpass", "signal",
}  # fmt: skip


def modules() -> list[Path]:
    return sorted(ROOT.rglob("*.py"))


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"), str(path))


@cache
def nodes(path: Path) -> list[ast.AST]:
    return list(ast.walk(tree(path)))


def short(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def room(path: Path) -> str:
    """The module or subpackage directly below `responder`."""
    first = path.relative_to(ROOT).parts[0]
    return first.removesuffix(".py")


@cache
def imports(path: Path, *, types: bool = True) -> list[tuple[str, ast.stmt]]:
    return list(_imports(path, types))


def _imports(path: Path, types: bool) -> Iterator[tuple[str, ast.stmt]]:
    """Dotted names that a module imports; `types=False` leaves out what stands under `if TYPE_CHECKING`."""
    skipped: set[ast.AST] = set()
    if not types:
        for node in nodes(path):
            if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
                skipped.update(inner for statement in node.body for inner in ast.walk(statement))
    for node in nodes(path):
        if node in skipped:
            continue
        if isinstance(node, ast.Import):
            for name in node.names:
                yield name.name, node
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{short(path)}:{node.lineno}: write the whole name of what is imported"
            for name in node.names:
                yield f"{node.module}.{name.name}", node


def rooms_of(path: Path, *, types: bool = True) -> Iterator[tuple[str, int]]:
    """The rooms of this program that a module imports, with the line."""
    for name, node in imports(path, types=types):
        parts = name.split(".")
        if parts[0] == "responder" and len(parts) > 1 and parts[1] != "__version__":
            yield parts[1], node.lineno


def floor(name: str) -> int:
    for number, layer in enumerate(LAYERS):
        if name in layer:
            return number
    raise AssertionError(f"{name}: give it a floor in LAYERS")


@pytest.mark.parametrize("path", [path for path in modules() if room(path) != "__init__"], ids=short)
def test_imports_point_down(path):
    mine = room(path)
    for other, line in rooms_of(path):
        where = f"{short(path)}:{line}"
        if mine == other:
            continue
        assert floor(other) <= floor(mine), f"{where}: {mine} may not import {other}, which lies above it"
        assert not (mine in SHELL and other in SHELL), (
            f"{where}: {mine} and {other} are both shell and may not know each other"
        )
        if mine in PURE:
            assert other in PURE | VALUES, f"{where}: {mine} is pure and may not import {other}"


def test_the_package_itself_imports_nothing():
    assert not list(imports(ROOT / "__init__.py"))


@pytest.mark.parametrize("path", [path for path in modules() if room(path) in PURE], ids=short)
def test_pure_modules_touch_nothing(path):
    for name, node in imports(path, types=False):
        if name == "logging" and only_hushes(path):
            continue
        found = [outside for outside in NOT_PURE if name == outside or name.startswith(f"{outside}.")]
        assert not found, f"{short(path)}:{node.lineno}: a pure module imports {name}"
    calls = {"print", "input", "open", "eval", "exec", "breakpoint", "__import__"}
    for node in nodes(path):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in calls, f"{short(path)}:{node.lineno}: a pure module calls {node.func.id}()"
        if isinstance(node, ast.Attribute) and node.attr in (
            "read_text",
            "read_bytes",
            "write_text",
            "write_bytes",
            "environ",
        ):
            assert node.attr.startswith("read") and reads_knowledge(path), (
                f"{short(path)}:{node.lineno}: .{node.attr} in a pure module"
            )


def only_hushes(path: Path) -> bool:
    """Whether a module uses logging for nothing but to silence a library that would log words of mails."""
    text = path.read_text("utf-8")
    return text.count("logging.getLogger(") == len(
        re.findall(r'logging\.getLogger\("\w+"\)\.setLevel\(logging\.CRITICAL\)', text)
    )


def reads_knowledge(path: Path) -> bool:
    """Whether a module is there to load the package's own data (or the user's templates)."""
    return any(name.startswith("importlib.resources") or name == "importlib" for name, _ in imports(path))


def test_no_circle():
    """Module by module, imports inside functions included, those for types only left out."""
    names = {
        ".".join(("responder", *path.relative_to(ROOT).with_suffix("").parts)).removesuffix(".__init__"): path
        for path in modules()
    }
    graph = {
        name: {
            target for found, _ in imports(path, types=False) if (target := longest(found, names)) and target != name
        }
        for name, path in names.items()
    }
    done: set[str] = set()

    def visit(name: str, way: tuple[str, ...]) -> None:
        assert name not in way, f"a circle: {' -> '.join((*way[way.index(name) :], name))}"
        if name not in done:
            for target in sorted(graph[name]):
                visit(target, (*way, name))
            done.add(name)

    for name in sorted(graph):
        visit(name, ())


def longest(found: str, names: dict[str, Path]) -> str | None:
    """The module that an imported dotted name lies in."""
    while found and found not in names:
        found = found.rpartition(".")[0]
    return found or None


@pytest.mark.parametrize("path", modules(), ids=short)
def test_each_outside_thing_has_one_owner(path):
    for name, node in imports(path):
        owners = OWNERS.get(name.partition(".")[0])
        assert owners is None or room(path) in owners, f"{short(path)}:{node.lineno}: only {owners} may import {name}"


@pytest.mark.parametrize("path", [path for path in modules() if path != ROOT / "clock.py"], ids=short)
def test_only_the_clock_knows_the_time(path):
    for node in nodes(path):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            told = (node.value.id, node.attr)
            asked = told[0] in ("datetime", "date") and told[1] in ("now", "utcnow", "today")
            asked = asked or (
                told[0] == "time" and told[1] in ("time", "monotonic", "time_ns", "perf_counter", "localtime", "gmtime")
            )
            assert not asked, f"{short(path)}:{node.lineno}: {told[0]}.{told[1]}: ask clock.py, or be told"
    for name, node in imports(path):
        assert name not in ("time.time", "time.monotonic", "tzlocal"), (
            f"{short(path)}:{node.lineno}: {name}: ask clock.py"
        )


def test_only_record_writes_a_state():
    for path in modules():
        for node in nodes(path):
            if (
                isinstance(node, ast.Constant)
                and isinstance(node.value, str)
                and "UPDATE cases SET state" in node.value
            ):
                assert short(path) == "store/cases.py", f"{short(path)}:{node.lineno}: only store.record writes a state"
    text = (ROOT / "store" / "cases.py").read_text("utf-8")
    assert text.count("advance(") == 1


def test_only_the_daemon_and_the_rounds_and_the_demo_are_broad():
    """`except Exception` stands where a library may raise anything (with its reason) and at the two ends of a thread."""
    for path in modules():
        lines = path.read_text("utf-8").splitlines()
        for node in nodes(path):
            if isinstance(node, ast.ExceptHandler) and (
                node.type is None or getattr(node.type, "id", "") in ("Exception", "BaseException")
            ):
                reraised = any(isinstance(inner, ast.Raise) for inner in ast.walk(node))
                around = "\n".join(lines[max(node.lineno - 2, 0) : node.lineno + 1])
                assert reraised or "#" in around, (
                    f"{short(path)}:{node.lineno}: a broad except needs its reason beside it"
                )


@pytest.mark.parametrize("path", modules(), ids=short)
def test_sizes_and_docstrings(path):
    assert ast.get_docstring(tree(path)), f"{short(path)}: say what the file is in charge of, and what it must not do"
    lines = len(path.read_text("utf-8").splitlines())
    assert lines <= LONGEST_FILE, f"{short(path)}: {lines} lines; split it by subject"
    for node in nodes(path):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            assert length <= LONGEST_FUNCTION, f"{short(path)}:{node.lineno}: {node.name} has {length} lines"


def test_most_functions_are_short():
    lengths = sorted(
        (node.end_lineno or node.lineno) - node.lineno + 1
        for path in modules()
        for node in nodes(path)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )
    assert lengths[len(lengths) * 9 // 10] <= 30
