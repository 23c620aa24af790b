"""``asperity doctor``: whether the installation is sound."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from asperity.core.command import Answer, Run, leaf


def register(app: typer.Typer) -> None:
    """Add the command to the root."""

    @leaf(app, "doctor", example="asperity doctor --warm-up")
    def doctor(
        run: Run,
        warm_up: Annotated[
            bool, typer.Option("--warm-up", help="Compile all kernels now.")
        ] = False,
    ) -> Answer:
        """Look at the installation: versions, threads, kernel cache, data, what is missing."""
        from asperity.core.diagnosis import diagnose

        checks: list[dict[str, Any]] = diagnose(warm_up=warm_up)
        width = max(len(str(c["check"])) for c in checks)
        marks = {"ok": "  ", "absent": "- ", "problem": "! "}
        lines = [
            f"{marks[c['status']]}{str(c['check']).ljust(width)}  {c['found']}" for c in checks
        ]
        problems = [c for c in checks if c["status"] == "problem"]
        bad = bool(problems)
        if bad:
            lines += ["", f"{len(problems)} to mend, marked !:"]
            lines += [f"  {c['check']}: {c['advice']}" for c in problems]
        else:
            lines += ["", "The installation is sound; what is marked - is not needed."]
        return Answer({"sound": not bad, "checks": checks}, "\n".join(lines), failed_check=bad)
