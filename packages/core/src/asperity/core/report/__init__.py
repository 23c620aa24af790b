"""Self-contained HTML reports: tables and figures in one file that needs no network."""

from __future__ import annotations

from asperity.core.report.page import (
    SYNTHETIC,
    Picture,
    Section,
    Table,
    picture,
    render,
    write_report,
)
from asperity.core.report.plugins import read_result, section_makers, sections_in, sections_of

__all__ = [
    "SYNTHETIC",
    "Picture",
    "Section",
    "Table",
    "picture",
    "read_result",
    "render",
    "section_makers",
    "sections_in",
    "sections_of",
    "write_report",
]
