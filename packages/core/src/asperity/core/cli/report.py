"""``asperity report``: one page from results."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from asperity.core.command import Answer, Run, group, leaf

app = group("report", "One self-contained HTML page from results.")


@leaf(
    app,
    "build",
    example="asperity report build replay.json bvalue.json smoke -o report.html",
    output="HTML file to write.",
)
def build(
    run: Run,
    results: Annotated[
        list[Path],
        typer.Argument(
            metavar="RESULT|FOLDER...",
            help="JSON documents that commands wrote, or folders that hold some, such as a run's.",
        ),
    ],
    title: Annotated[str, typer.Option("--title", help="Title of the page.")] = "Asperity report",
) -> Answer:
    """Make a report of results; figures and tables are part of the page."""
    from asperity.core.report import sections_in, sections_of, write_report

    path = run.destination()
    sections = []
    with run.progress("sections", len(results)) as advance:
        for result in results:
            found = sections_in(result) if result.is_dir() else [(result, sections_of(result))]
            for source, section in found:
                run.inputs.append((str(source), source))
                sections.append(section)
            advance(1)
    lead = f"Made from {len(sections)} result{'s' if len(sections) > 1 else ''}."
    run.save(path, lambda p: write_report(p, title, lead, sections, run.provenance()))
    return Answer({"sections": [s.title for s in sections], "written": [str(path)]})


@leaf(app, "list", example="asperity report list")
def list_(run: Run) -> Answer:
    """List the results that the installed packages can turn into a section."""
    from asperity.core.report import section_makers

    makers = section_makers()
    entries = [
        {"result": name, "section": (maker.__doc__ or "").strip().split("\n")[0]}
        for name, maker in makers.items()
    ]
    width = max((len(e["result"]) for e in entries), default=0)
    return Answer(
        {"sections": entries},
        "\n".join(f"{e['result'].ljust(width)}  {e['section']}" for e in entries),
    )
