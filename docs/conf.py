"""The documentation site: `uv run --group docs sphinx-build -W docs docs/_build/html`."""

import sys
from importlib.metadata import version as version_of
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE / "_extensions"))

project = "Asperity"
author = "the Asperity developers"
copyright = "2026, the Asperity developers"
version = release = version_of("asperity-core")

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "numpydoc",
    "sphinx_design",
    "sphinx_gallery.gen_gallery",
    "mathml",
    "public_names",
]
exclude_patterns = ["_build", "_extensions", "gallery"]
source_suffix = {".md": "markdown", ".rst": "restructuredtext"}

highlight_language = "text"  # blocks without a name are commands

myst_enable_extensions = ["dollarmath"]
html_math_renderer = "mathml"

# Links of one page into a section of another work as they do on GitHub.
myst_heading_anchors = 3

autosummary_generate = False  # the pages come from public_names
autodoc_default_options = {
    "members": True,
    "member-order": "bysource",
    # scikit-learn gives these to every estimator
    "exclude-members": "set_fit_request, set_predict_request, set_score_request",
}
toc_object_entries_show_parents = "hide"
autodoc_typehints = "none"  # numpydoc's Parameters say more: shapes and units
numpydoc_show_class_members = False  # autodoc shows them in full

sphinx_gallery_conf = {
    "examples_dirs": "gallery",
    "gallery_dirs": "auto_gallery",
    "filename_pattern": r"/plot_",
    "image_scrapers": ["figures_of_blocks.figures_of_block"],
    "within_subsection_order": "FileNameSortKey",
    "download_all_examples": False,
    "show_memory": False,
    "min_reported_time": 1_000_000,
    "write_computation_times": False,
    "abort_on_example_error": True,
    "run_stale_examples": True,  # an example may be unchanged and the package behind it not
    "capture_repr": (),  # what an example prints is shown, not the last value of a block
}

html_theme = "pydata_sphinx_theme"
html_title = f"Asperity {version}"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_show_sourcelink = False
html_theme_options = {
    "navbar_align": "left",
    "header_links_before_dropdown": 7,
    "show_toc_level": 2,
    "navigation_with_keys": False,
    "footer_start": ["copyright"],
    "footer_end": [],
    "secondary_sidebar_items": ["page-toc"],
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
}
html_sidebars = {"index": [], "start": []}
