"""The pages of the Python interface hold every public name, once in full."""

import importlib
import importlib.util
import re

import pytest

from conftest import ROOT


@pytest.fixture(scope="module")
def public_names():
    path = ROOT / "docs/_extensions/public_names.py"
    spec = importlib.util.spec_from_file_location("public_names", path)
    public_names = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(public_names)
    return public_names


@pytest.fixture(scope="module")
def pages(public_names):
    homes = {}
    return {p.__name__: public_names.page(p, homes) for p in public_names.packages()}


def packages_with_names():
    """Packages that publish names, read from their files instead of by import."""
    for path in sorted(ROOT.glob("packages/*/src/asperity/**/__init__.py")):
        name = ".".join(path.parent.parts[path.parts.index("asperity") :])
        if "cli" not in path.parts and "\n__all__ = [" in path.read_text(encoding="utf-8"):
            yield name


def test_every_package_that_publishes_names_has_a_page(pages):
    assert set(pages) == set(packages_with_names())
    assert list(pages).index("asperity.core") < list(pages).index("asperity.core.formats")


def test_every_public_name_is_described_in_full_once(pages):
    described = {
        (page, name)
        for page, text in pages.items()
        for name in re.findall(r"^\.\. auto(?:class|function|data):: (\w+)$", text, re.MULTILINE)
    }
    assert ("asperity.gnss", "Collocation") in described
    for page, text in pages.items():
        for name in importlib.import_module(page).__all__:
            linked = re.findall(rf"^   ~([\w.]+)\.({name})$", text, re.MULTILINE)
            # Here, or where the page before this one has it.
            assert ((page, name) in described) != bool(linked), f"{page}.{name}"
            assert set(linked) <= described, linked


def test_a_stale_page_goes_and_an_equal_one_stays(public_names, tmp_path, monkeypatch):
    """What Sphinx would read anew without need, or show though it is gone."""
    import asperity.core

    monkeypatch.setattr(public_names, "packages", lambda: [asperity.core])
    (tmp_path / "api").mkdir()
    stale = tmp_path / "api/asperity.gone.rst"
    stale.write_text("gone")

    class Application:
        srcdir = tmp_path

    public_names.write_pages(Application)
    kept = tmp_path / "api/asperity.core.rst"
    before = kept.stat().st_mtime_ns
    public_names.write_pages(Application)
    assert not stale.exists()
    assert kept.stat().st_mtime_ns == before
    assert "   asperity.core\n" in (tmp_path / "api/index.rst").read_text()
