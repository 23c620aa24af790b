"""Pages of the Python interface, one for each package that publishes names.

Before Sphinx reads its sources, the installed ``asperity`` packages are walked, and for each whose
``__init__`` has an ``__all__`` a page is written into the folder ``api``. A name that enters
``__all__`` is therefore on the site without another list that could fall behind.
"""

import importlib
import inspect
import pkgutil
from collections.abc import Mapping, Sequence
from pathlib import Path

import asperity

# Not for import: command lines, which docs/commands.md describes.
LEFT_OUT = {"cli"}


def packages():
    """Yield the packages that publish names, a package before those inside it."""
    for found in sorted(
        pkgutil.walk_packages(asperity.__path__, "asperity."), key=lambda m: m.name
    ):
        if not found.ispkg or LEFT_OUT & set(found.name.split(".")):
            continue
        package = importlib.import_module(found.name)
        if getattr(package, "__all__", ()):
            yield package


def directive(value):
    """Return the directive of autodoc for a public object."""
    if inspect.isclass(value):
        return "autoclass"
    return "autofunction" if inspect.isroutine(value) else "autodata"


def constant(value):
    """Return the rest of the entry of a constant: its type, and its values where they are few."""
    lines = ["   :no-value:", ""]
    if isinstance(value, Mapping | Sequence) and not isinstance(value, str):
        return [*lines, f"   A {type(value).__name__} of {len(value)} entries."]
    return [*lines, f"   ``{value}``"]


def page(package, homes):
    """Return the page of a package: what it is for, its names at a glance, each in full.

    What a page before this one describes in full is linked only; `homes` says where.
    """
    name = package.__name__
    public = {key: getattr(package, key) for key in package.__all__}
    here = {key: homes.setdefault(id(value), f"{name}.{key}") for key, value in public.items()}
    lines = [name, "=" * len(name), "", f".. automodule:: {name}", "   :no-members:", ""]
    lines += [f".. currentmodule:: {name}", "", ".. autosummary::", "   :nosignatures:", ""]
    # The summary of a number or a table of words would be that of its type.
    lines += [
        f"   {key}" if here[key] == f"{name}.{key}" else f"   ~{here[key]}"
        for key, value in public.items()
        if directive(value) != "autodata"
    ]
    for key, value in public.items():
        if here[key] == f"{name}.{key}":
            lines += ["", f".. {directive(value)}:: {key}"]
            lines += constant(value) if directive(value) == "autodata" else []
    return "\n".join([*lines, ""])


def contents(names):
    """Return the first page of the section."""
    text = """\
Python
======

Everything that a command does can be done from Python. Names are loaded when they are first
used: ``from asperity.core import read_catalog`` costs nothing of the other domains. Units are SI
(metres, seconds, depth positive down) unless a docstring says otherwise; velocities of stations
are mm/yr.

.. toctree::
   :maxdepth: 1

"""
    return text + "".join(f"   {name}\n" for name in names)


def write(path, text):
    """Write a page unless it stands there already, so that Sphinx reads anew only what changed."""
    if not path.is_file() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")


def write_pages(app):
    """Write the pages below the sources and remove those of packages that are gone."""
    folder = Path(app.srcdir) / "api"
    folder.mkdir(exist_ok=True)
    homes = {}
    pages = {package.__name__: page(package, homes) for package in packages()}
    for name, text in pages.items():
        write(folder / f"{name}.rst", text)
    write(folder / "index.rst", contents(pages))
    for stale in folder.glob("asperity.*.rst"):
        if stale.stem not in pages:
            stale.unlink()


def drop_type_docstrings(_app, what, _name, value, _options, lines):
    """Take the docstring off a constant that has none of its own: it is that of its type."""
    if what == "data" and inspect.getdoc(value) == inspect.getdoc(type(value)):
        lines.clear()


def setup(app):
    app.connect("builder-inited", write_pages)
    app.connect("autodoc-process-docstring", drop_type_docstrings)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
