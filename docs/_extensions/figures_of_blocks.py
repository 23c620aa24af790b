"""Let the gallery show figures that do not belong to pyplot.

The functions of Asperity return a matplotlib ``Figure`` and leave pyplot alone. Whatever figure a
block of an example gives a name is therefore saved after the block, once.
"""

from matplotlib.figure import Figure
from sphinx_gallery.scrapers import figure_rst


def figures_of_block(block, block_vars, gallery_conf):
    """Save the new figures among the names of an example and return how to show them.

    Parameters and result are those of a scraper of sphinx-gallery.
    """
    names = block_vars["example_globals"]
    seen = names.setdefault("__figures__", [])
    saved = []
    for value in list(names.values()):
        if isinstance(value, Figure) and not any(value is figure for figure in seen):
            seen.append(value)
            path = next(block_vars["image_path_iterator"])
            value.savefig(path, dpi=150)
            saved.append(path)
    return figure_rst(saved, gallery_conf["src_dir"])
