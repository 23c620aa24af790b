"""``asperity gnss twin, false-alarms, power``: what noise alone does to strain series."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from asperity.core.command import Answer, FiguresOption, Run, leaf
from asperity.gnss.cli.common import app

if TYPE_CHECKING:
    from matplotlib.figure import Figure

RateOption = Annotated[
    float, typer.Option("--rate", metavar="NANOSTRAIN/YR", help="East-west, of the background.")
]
RadiusOption = Annotated[
    float, typer.Option("--radius", metavar="KM", help="Of the circle of stations.")
]
StationsOption = Annotated[int, typer.Option("--stations", min=3, help="On the circle.")]
WhiteOption = Annotated[float, typer.Option("--white", metavar="MM", help="White noise.")]
FlickerOption = Annotated[
    float, typer.Option("--flicker", metavar="MM/YR^0.25", help="Flicker noise.")
]
WindowOption = Annotated[float, typer.Option("--window", metavar="YEARS", help="That slows.")]
YearsOption = Annotated[float, typer.Option("--years", help="Background and window together.")]
DrawsOption = Annotated[int, typer.Option("--draws", min=100, help="Series of noise.")]
ThresholdOption = Annotated[
    float, typer.Option("--threshold", metavar="X", help="Of the D statistics.")
]
FitOption = Annotated[
    Literal["ordinary", "generalised"],
    typer.Option("--fit", help="Lines as if noise were white, or under its covariance."),
]


@leaf(
    app,
    "twin",
    example="asperity gnss twin --slowing 0.5 -o twin.csv",
    output="Positions of the stations, .csv.",
    seed=True,
)
def twin(
    run: Run,
    rate: RateOption = -50.0,
    slowing: Annotated[
        float, typer.Option("--slowing", metavar="SHARE", help="0 goes on, 1 stands still.")
    ] = 0.5,
    event: Annotated[
        str, typer.Option("--event", metavar="TIME", help="At the end of the series.")
    ] = "2017-11-17T22:34",
    longitude: Annotated[float, typer.Option("--longitude", help="Of the centre.")] = 95.02,
    latitude: Annotated[float, typer.Option("--latitude", help="Of the centre.")] = 29.75,
    radius: RadiusOption = 100.0,
    stations: StationsOption = 6,
    years: YearsOption = 7.3,
    window: WindowOption = 1.0,
    white: WhiteOption = 1.0,
    flicker: FlickerOption = 3.0,
    gaps: Annotated[
        float, typer.Option("--gaps", min=0.0, max=0.9, help="Share of days that are missing.")
    ] = 0.05,
) -> Answer:
    """Write positions of a synthetic network whose strain slows before an event.

    The defaults stand for the Himalayan front before the Milin earthquake of 2017, of
    which no open stations are near enough.
    """
    from asperity.core.errors import usage
    from asperity.gnss.positions import write_positions
    from asperity.gnss.positions.noise import Noise
    from asperity.gnss.positions.offsets import parse_offset_time
    from asperity.gnss.series.synthetic import slowing_network

    path = run.destination()
    with usage("--event"):
        moment = parse_offset_time(event)
    series = slowing_network(
        (rate, 0.0, 0.0), slowing, event=moment, years=years, window=window, stations=stations,
        radius=radius, center=(longitude, latitude), noise=Noise(white, flicker, 1.0), gaps=gaps,
        seed=run.seed,
    )  # fmt: skip
    run.save(path, lambda temporary: write_positions(series, temporary), suffix=".csv")
    epochs = sum(len(one) for one in series)
    document = {"stations": len(series), "epochs": epochs, "rate": rate, "slowing": slowing,
                "written": [str(path)]}  # fmt: skip
    return Answer(document, f"{len(series)} stations, {epochs} epochs in {path}")


@leaf(app, "false-alarms", example="asperity gnss false-alarms --draws 2000", seed=True)
def false_alarms_command(
    run: Run,
    draws: DrawsOption = 2000,
    threshold: ThresholdOption = 0.18,
    fit: FitOption = "ordinary",
) -> Answer:
    """Say how often noise about a steady rate passes the threshold of 18 %.

    Six stations on a circle, independent noise, 7.3 years with the window: one row a case.
    """
    from asperity.gnss.series.results import table_text
    from asperity.gnss.series.trials import CASES, false_alarms

    table = []
    with run.progress("cases", len(CASES)) as advance:
        for case in CASES:
            table += false_alarms([case], draws=draws, seed=run.seed, threshold=threshold, fit=fit)
            advance(1)
    document = {"threshold": threshold, "draws": draws, "fit": fit, "cases": table}
    return Answer(document, table_text(table, threshold))


@leaf(
    app, "power", example="asperity gnss power --rate -50 --window 1 --figure power.png", seed=True
)
def power_command(
    run: Run,
    rate: RateOption = -50.0,
    slowing: Annotated[
        list[float] | None,
        typer.Option("--slowing", metavar="SHARE", help="0 goes on, 1 stands still; repeats."),
    ] = None,
    radius: RadiusOption = 100.0,
    stations: StationsOption = 6,
    years: YearsOption = 7.3,
    window: WindowOption = 1.0,
    white: WhiteOption = 1.0,
    flicker: FlickerOption = 3.0,
    draws: DrawsOption = 2000,
    threshold: ThresholdOption = 0.18,
    level: Annotated[
        float, typer.Option("--level", min=1e-3, max=0.5, help="False-alarm rate of the test.")
    ] = 0.05,
    fit: FitOption = "generalised",
    figure: FiguresOption = None,
) -> Answer:
    """Say how often a slowing before an event is found, and which is the least that is.

    The defaults stand for the Milin earthquake of 2017 at the Himalayan front.
    """
    from asperity.gnss.positions.noise import Noise
    from asperity.gnss.series.trials import Case, power

    run.check_outputs(figure or ())
    case = Case("power", rate, radius, (Noise(white, flicker, 1.0),), window, years, stations)
    shares = slowing or [0.0, 0.18, 0.5, 1.0]
    settings: dict[str, Any] = {"draws": draws, "seed": run.seed, "threshold": threshold,
                                "level": level, "fit": fit}  # fmt: skip
    found = power(case, shares, **settings)
    document = {**found, "rate": rate, "window": window, "radius_km": radius, "draws": draws,
                "sentence": _sentence(found, rate)}  # fmt: skip

    def draw() -> Figure:
        import numpy as np

        from asperity.gnss.figures.series import power_figure

        grid = np.linspace(0.0, max(1.0, *shares), 26)
        detected = [row["detected"] for row in power(case, grid.tolist(), **settings)["rows"]]
        title = f"{rate:g} nanostrain/yr, last {window:g} yr"
        return power_figure(grid, np.array(detected), level, title, found["minimum_share"])

    from asperity.gnss.series.results import power_text

    document["written"] = run.save_figures(figure, draw)
    return Answer(document, power_text(document))


def _sentence(found: dict[str, Any], rate: float) -> str:
    least = found["minimum_share"]
    if least is None:
        return f"no slowing of {rate:g} nanostrain/yr is found in 80 of 100 draws"
    verdict = "is not detectable" if least > 0.18 else "is detectable"
    return (
        f"the least slowing that is found in 80 of 100 draws is {100 * least:.0f} % of the rate, "
        f"at a false-alarm rate of {100 * found['level']:g} %: a slowing of 18 % {verdict} here"
    )
