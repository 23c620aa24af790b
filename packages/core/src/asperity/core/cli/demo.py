"""``asperity demo``: a tour of what is installed, on real data where it can be had."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from asperity.core.command import STDOUT, Answer, Run, leaf


def register(app: typer.Typer) -> None:
    """Add the command to the root."""

    @leaf(
        app,
        "demo",
        example="asperity demo --folder tour",
        output="HTML file to write instead of FOLDER/report.html.",
        seed=True,
        executor=True,
    )
    def demo(
        run: Run,
        folder: Annotated[
            Path, typer.Option("--folder", help="Folder for the report, made when it is missing.")
        ] = Path("asperity-demo"),
    ) -> Answer:
        """Make a tour of the installed domains and write it as one HTML report.

        The report of an earlier tour is replaced; any other file only with --force.
        """
        from asperity.core.demo import demo_tasks, run_tasks
        from asperity.core.files import check_output
        from asperity.core.provenance import made_by
        from asperity.core.report import write_report

        path = run.output or _report_in(folder)
        again = run.output is None and made_by(path, "demo")
        if path != STDOUT:
            check_output(path, force=run.force or again)
        tasks = demo_tasks()
        with run.executor() as executor, run.progress("demo", len(tasks)) as advance:
            sections = run_tasks(tasks, run.seed, executor, advance)
        run.inputs += [source for section in sections for source in section.inputs]
        lead = (
            "A laboratory fault that slips while you wait, beside earthquakes of the field; how "
            "large the next record may be; the strain of a region and what is read out of it. "
            "Each figure below was just computed on this machine."
        )
        run.save(
            path,
            lambda p: write_report(p, "Asperity demo", lead, sections, run.provenance()),
            replace=run.force or again,
        )
        failed = [s.title for s in sections if s.title.startswith("Failed")]
        titles = [s.title for s in sections]
        synthetic = [s.title for s in sections if s.synthetic]
        lines = [f"wrote {path}; open it in a browser"]
        lines += [f"  {s.title}{' (SYNTHETIC DATA)' * bool(s.synthetic)}" for s in sections]
        if synthetic:
            lines.append(
                f"{len(synthetic)} of {len(sections)} sections show synthetic twins, because data "
                "sets could not be downloaded; connect to the network, or name a folder that holds "
                "them in ASPERITY_DATA, and run asperity demo again (asperity data list shows them)"
            )
        text = "\n".join(lines)
        document = {
            "report": str(path), "sections": titles, "synthetic": synthetic, "failed": failed,
        }  # fmt: skip
        return Answer(document, text, failed_check=bool(failed))


def _report_in(folder: Path) -> Path:
    """Return the name of the report in a folder, which is made when it is missing."""
    from asperity.core.errors import InputError

    try:
        folder.mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        raise InputError(
            f"--folder {folder} is a file; give a folder, or the page itself with -o"
        ) from None
    except OSError as error:
        raise InputError(
            f"--folder {folder} cannot be made ({error.strerror}); choose another"
        ) from None
    return folder / "report.html"
