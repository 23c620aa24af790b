"""``asperity data``: the registered data sets."""

from __future__ import annotations

from typing import Annotated

import typer

from asperity.core.command import Answer, Run, group, leaf
from asperity.core.completion import complete_name

app = group("data", "Registered public data sets.")

NameArgument = Annotated[
    str,
    typer.Argument(metavar="NAME", autocompletion=complete_name, help="Name of a data set."),
]


@leaf(app, "list", example="asperity data list")
def list_(run: Run) -> Answer:
    """List the data sets, what they hold and whether they are at hand."""
    from asperity.core.datasets import datasets

    entries = [
        {
            "name": entry.name,
            "format": entry.format,
            "bytes": entry.bytes,
            "url": entry.url,
            "at_hand": entry.local() is not None,
            "licence": entry.licence,
            "citation": entry.citation,
            "note": entry.note,
        }
        for entry in datasets().values()
    ]
    width = max(len(str(e["name"])) for e in entries)
    lines = [
        f"{'*' if e['at_hand'] else ' '} {str(e['name']).ljust(width)}  "
        f"{size.rjust(7)}  {e['note']}"
        for e, size in zip(entries, (d.size for d in datasets().values()), strict=True)
    ]
    text = "\n".join(
        [*lines, "", "* at hand; the others are downloaded when data:NAME is asked for"]
    )
    return Answer({"datasets": entries}, text)


@leaf(app, "fetch", example="asperity data fetch peace-river prague")
def fetch(
    run: Run,
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[NAME]...", autocompletion=complete_name, help="Names; all when missing."
        ),
    ] = None,
) -> Answer:
    """Download data sets and check them against their registered hash."""
    from asperity.core.datasets import dataset, datasets

    wanted = [dataset(name) for name in names] if names else list(datasets().values())
    fetched = []
    with run.progress("downloading", len(wanted)) as advance:
        for entry in wanted:
            if entry.local() is None:
                run.note(f"data:{entry.name}: downloading {entry.size}, once")
            fetched.append({"name": entry.name, "path": str(entry.fetch())})
            advance(1)
    return Answer({"datasets": fetched}, "\n".join(f"{e['name']}  {e['path']}" for e in fetched))


@leaf(app, "path", example="asperity data path peace-river")
def path(run: Run, name: NameArgument) -> Answer:
    """Print where the file of a data set lies, downloading it when needed."""
    from asperity.core.datasets import dataset

    where = str(dataset(name).fetch())
    return Answer({"name": name, "path": where}, where)
