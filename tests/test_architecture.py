"""The rules of the house, held against the tree and the installed packages."""

import ast
import re
import subprocess
import sys

import pytest
import typer.main

from conftest import ROOT

SOURCES = sorted((ROOT / "packages").glob("*/src/asperity/**/*.py"))
HEAVY = ("numpy", "numba", "scipy", "xarray", "pandas", "sklearn", "matplotlib", "pyarrow", "lxml")


def imports_of(path, *, top_level):
    """Return the modules that a file imports, only at the top level or everywhere."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    nodes = tree.body if top_level else list(ast.walk(tree))
    found = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return found


def test_asperity_is_a_namespace_shared_by_four_distributions():
    assert not list((ROOT / "packages").glob("*/src/asperity/__init__.py"))
    names = {p.name for p in (ROOT / "packages").iterdir() if p.is_dir()}
    assert names == {"core", "dem", "gnss", "evt"}
    for name in names:
        assert (ROOT / f"packages/{name}/src/asperity/{name}/py.typed").is_file()


def test_help_loads_no_heavy_library():
    code = f"import sys, asperity.core.cli.root; print([m for m in {HEAVY!r} if m in sys.modules])"
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == "[]"


CLI_MODULES = [p for p in SOURCES if p.name == "cli.py" or "cli" in p.parts[-4:-1]]


@pytest.mark.parametrize("path", CLI_MODULES, ids=lambda p: "/".join(p.parts[-3:]))
def test_command_line_modules_import_typer_and_the_standard_library(path):
    allowed = {"typer", "asperity.core.command", "asperity.core.plugins", "asperity.core.cli"}
    # These load nothing either.
    allowed |= {"asperity.core.interruption", "asperity.core.lazy", "asperity.core.completion"}
    for name in imports_of(path, top_level=True):
        top = name.partition(".")[0]
        assert (
            name in allowed
            or re.fullmatch(r"asperity\.\w+\.cli(\.\w+)*", name)
            or top in sys.stdlib_module_names
        ), f"{path.name} imports {name} at module level"


KERNELS = [p for p in SOURCES if p.name == "_kernels.py" or p.parent.name == "_kernels"]


@pytest.mark.parametrize("path", KERNELS, ids=lambda p: "/".join(p.parts[-3:]))
def test_kernels_import_only_math_numpy_and_numba(path):
    # A kernel may be spread over the files of its folder, and its signature may have types. Code
    # of vectors is written in the language of numba's compiler.
    parts = path.with_suffix("").parts
    own = ".".join(parts[parts.index("asperity") : parts.index("_kernels") + 1])
    tops = {
        name if name.startswith(own) else name.partition(".")[0]
        for name in imports_of(path, top_level=False)
    }
    outside = {name for name in tops if not name.startswith(own)}
    assert outside <= {"math", "numpy", "numba", "llvmlite", "typing", "collections"}


def test_numba_stays_inside_the_kernels():
    for path in SOURCES:
        if path not in KERNELS:
            assert "numba" not in imports_of(path, top_level=False), path


def test_modules_stay_readable():
    for path in SOURCES:
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 600, path


def test_the_map_for_contributors_names_files_that_exist():
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    named = re.findall(r"`((?:core|dem|evt|gnss)/[\w/.]+)`", text)
    assert len(named) > 15
    for name in named:
        assert list((ROOT / "packages").glob(f"*/src/asperity/{name}")), name


def leaves(command, path=()):
    if hasattr(command, "commands"):
        for name, inner in command.commands.items():
            yield from leaves(inner, (*path, name))
    else:
        yield path, command


def all_leaves():
    from asperity.core.cli import app

    return list(leaves(typer.main.get_command(app)))


LEAVES = all_leaves()


@pytest.mark.parametrize(("path", "command"), LEAVES, ids=[" ".join(p) for p, _ in LEAVES])
def test_every_command_has_help_an_example_and_the_common_options(path, command):
    assert command.help
    assert command.epilog.startswith("Example: asperity")
    # The example is of this very command.
    assert " ".join(path) in command.epilog
    flags = {flag for parameter in command.params for flag in parameter.opts}
    assert {"--json", "--output", "-o", "--force", "--quiet", "-q", "-v", "--debug"} <= flags
    for parameter in command.params:
        assert getattr(parameter, "help", None), f"{parameter.name} has no help"


def test_commands_of_the_contract_exist():
    """The command tree that scripts outside rely on, as far as this version has it."""
    paths = {" ".join(path) for path, _ in LEAVES}
    catalog = "info validate convert filter merge bvalue fractal decluster distance synth plot"
    expected = {"demo", "doctor", "report build", "report list", "config show", "config check"}
    expected |= {"provenance show", "provenance replay", "bench list", "bench run", "bench check"}
    expected |= {f"catalog {name}" for name in catalog.split()}
    expected |= {f"data {name}" for name in ("list", "fetch", "path")}
    expected |= {f"evt {n}" for n in ("template", "records", "estimate", "forecast", "replay")}
    expected |= {f"evt {n}" for n in ("trend", "watch", "synthetic")}
    assert expected <= paths


def test_public_names_are_there_and_documented():
    import importlib

    for package in ("asperity.core", "asperity.evt", "asperity.gnss"):
        module = importlib.import_module(package)
        for name in module.__all__:
            assert getattr(module, name).__doc__, f"{package}.{name}"


def test_no_tracked_file_names_a_host_or_a_machine():
    result = subprocess.run(
        [sys.executable, str(ROOT / ".ci/check_tree.py")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout


def test_the_check_of_the_tree_finds_what_it_should(tmp_path):
    """A copy of the checker in a repository with an offending file fails and names the line."""
    root = tmp_path / "checkout"
    (root / ".ci").mkdir(parents=True)
    script = root / ".ci/check_tree.py"
    script.write_text((ROOT / ".ci/check_tree.py").read_text())
    (root / "notes.md").write_text("fine\nfetch it from " + "py" + "pi.org\n")
    git = ["git", "-C", str(root)]
    subprocess.run([*git, "init", "-q"], check=True)
    subprocess.run([*git, "add", "-A"], check=True)
    result = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, check=False
    )
    assert result.returncode == 1
    assert "notes.md:2" in result.stdout
