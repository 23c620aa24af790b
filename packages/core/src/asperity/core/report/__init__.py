"""Reports: sections with tables and figures on one page that opens without a network."""

from __future__ import annotations

from asperity.core.report.page import Section, Table, render, write_report
from asperity.core.report.plugins import section_makers, sections_of

__all__ = ["Section", "Table", "render", "section_makers", "sections_of", "write_report"]
