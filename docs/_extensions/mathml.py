"""Formulas as MathML, which browsers typeset by themselves: no script, no network."""

from docutils import nodes
from latex2mathml.converter import convert
from sphinx.util import logging

logger = logging.getLogger(__name__)


def mathml(node, display):
    """Return a formula as MathML; what the converter does not know is a warning, not a letter."""
    made = convert(node.astext(), display=display)
    if "\\" in made or ">&<" in made:
        logger.warning("a formula with a command that is not known: %s", made, location=node)
    return made


def inline(self, node):
    """Write a formula within a line."""
    self.body.append(mathml(node, "inline"))
    raise nodes.SkipNode


def block(self, node):
    """Write a formula on lines of its own."""
    self.body.append(f'<div class="formula">{mathml(node, "block")}</div>\n')
    raise nodes.SkipNode


def setup(app):
    """Register the renderer."""
    app.add_html_math_renderer("mathml", (inline, None), (block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
