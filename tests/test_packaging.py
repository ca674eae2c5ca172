"""What users install: the built wheel holds everything, and runs the demo in an environment of its own, outside the checkout."""

import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def run(*command: str | Path, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "RESPONDER", "XDG"))}
    return subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=clean | environment,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
    )


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """Built without isolation: the back end comes from the lock, nothing is fetched."""
    out = tmp_path_factory.mktemp("dist")
    built = run(
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-deps",
        "--no-index",
        "--no-build-isolation",
        "--wheel-dir",
        out,
        ROOT,
        cwd=out,
    )
    assert built.returncode == 0, built.stderr
    [found] = out.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory) -> Path:
    """An empty environment with the wheel; what it depends on is lent by the environment that runs the tests."""
    home = tmp_path_factory.mktemp("installed")
    venv.create(home / "venv", with_pip=False)
    python = home / "venv" / "bin" / "python"
    made = run(
        sys.executable,
        "-m",
        "pip",
        "--python",
        python,
        "install",
        "--quiet",
        "--no-deps",
        "--no-index",
        wheel,
        cwd=home,
    )
    assert made.returncode == 0, made.stderr
    [site] = (home / "venv" / "lib").glob("python*/site-packages")
    # a path line lends the libraries; the checkout's own .pth file in there is not followed
    (site / "lent.pth").write_text(sysconfig.get_path("purelib") + "\n")
    where = run(python, "-c", "import responder; print(responder.__file__)", cwd=home)
    assert Path(where.stdout.strip()).is_relative_to(site), where.stdout + where.stderr
    return home


def test_the_wheel_holds_templates_knowledge_and_schema(wheel):
    inside = set(zipfile.ZipFile(wheel).namelist())
    wanted = {f"responder/{path.relative_to(ROOT)}" for path in (ROOT / "templates").rglob("*.j2")}
    wanted |= {str(path.relative_to(ROOT)) for path in (ROOT / "responder").rglob("*.toml")}
    knowledge = ROOT / "responder" / "knowledge"
    wanted |= {str(path.relative_to(ROOT)) for path in knowledge.rglob("*") if path.is_file()}
    wanted |= {str(path.relative_to(ROOT)) for path in (ROOT / "responder").rglob("*.py")}
    wanted |= {"responder/config.schema.json", "responder/py.typed"}
    assert wanted <= inside, sorted(wanted - inside)
    assert not [name for name in inside if name.startswith(("tests", "benchmarks"))]


def test_the_installed_command_finds_its_templates_and_knowledge(installed):
    command = installed / "venv" / "bin" / "responder"
    assert "en/interview" in run(command, "templates", "list", cwd=installed).stdout
    (installed / "a.eml").write_text(
        "From: Jane Doe <jane@acme.example>\nTo: ana@example.org\nSubject: Your application\n\n"
        "Dear Ana,\n\nunfortunately we have decided to move forward with other candidates for the position.\n\nJane Doe\n"
    )
    judged = run(command, "inspect", "a.eml", cwd=installed)
    assert "a rejection" in judged.stdout, judged.stdout + judged.stderr


@pytest.mark.slow
def test_the_demo_runs_from_the_wheel_and_leaves_nothing_behind(installed, tmp_path):
    for folder in ("home", "tmp"):
        (tmp_path / folder).mkdir()
    told = run(
        installed / "venv" / "bin" / "responder",
        "demo",
        "--plain",
        cwd=tmp_path,
        HOME=str(tmp_path / "home"),
        TMPDIR=str(tmp_path / "tmp"),
    )
    assert told.returncode == 0, told.stdout + told.stderr
    assert "Nothing was sent." in told.stdout
    assert not list((tmp_path / "home").rglob("*"))
    assert not list((tmp_path / "tmp").iterdir())
