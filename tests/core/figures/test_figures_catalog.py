from io import BytesIO

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.image import imread

from asperity.core.catalog import Catalog
from asperity.core.figures import magnitude_time, plot_epicentres, plot_faults, plot_plane
from asperity.core.figures.catalog import time_axis
from asperity.core.geometry import FaultKind, FaultPlane, Faults, FaultTrace

mpl.use("Agg")


def blank(figure: Figure) -> float:
    """Return the white rows or columns at the edges of a drawn figure, whichever are more, inch."""
    stream = BytesIO()
    figure.savefig(stream, format="png", facecolor="white", dpi=100)
    stream.seek(0)
    ink = (imread(stream)[..., :3] < 0.99).any(axis=2)
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    across, along = ink.shape[0] - np.ptp(rows), ink.shape[1] - np.ptp(columns)
    return float(max(across, along)) / 100.0


def epicentres(wide: float, high: float, latitude: float = 40.0) -> Catalog:
    rng = np.random.default_rng(31)
    return Catalog.from_columns(
        {
            "magnitude": rng.normal(3, 1, 60),
            "longitude": wide * np.append(rng.random(58), [0, 1]),
            "latitude": latitude + high * np.append(rng.random(58), [0, 1]),
            "depth": rng.uniform(0, 2e4, 60),
        }
    )


@pytest.mark.parametrize(("wide", "high"), [(1.0, 1.0), (10.0, 1.0), (1.0, 4.0), (300.0, 45.0)])
def test_no_white_bands_stay_round_a_map(wide: float, high: float) -> None:
    figure = plot_epicentres(epicentres(wide, high))
    assert blank(figure) < 0.25
    axes = figure.axes[0]
    box = axes.get_position()
    size = figure.get_size_inches()
    drawn = (box.height * size[1]) / (box.width * size[0])
    mean = float(np.mean(epicentres(wide, high)["latitude"]))
    spans = [np.ptp(axes.get_xlim()), np.ptp(axes.get_ylim())]
    assert drawn == pytest.approx(spans[1] / spans[0] / np.cos(np.deg2rad(mean)), rel=0.02)
    assert 1.5 < size[0] < 9
    assert 1.5 < size[1] < 9


def test_a_map_of_one_event_or_none_is_drawn() -> None:
    for n in (0, 1):
        columns = {
            name: np.full(n, 1.0) for name in ("magnitude", "latitude", "longitude", "depth")
        }
        assert plot_epicentres(Catalog.from_columns(columns)).axes
    local = {name: np.arange(3.0) for name in ("magnitude", "x", "y", "z")}
    figure = plot_epicentres(Catalog.from_columns(local, axes="ENU"))
    assert figure.axes[0].get_xlabel() == "x (m)"


def annotated(catalog: Catalog) -> str:
    return str(magnitude_time(catalog).axes[0].texts[0].get_horizontalalignment())


def test_the_largest_event_is_labelled_on_the_side_that_has_room() -> None:
    # Ninety events in the first tenth of the time: the last of them is early, though late in rows.
    times = np.concatenate([np.linspace(0, 0.1, 90), np.linspace(0.1, 1, 10)[1:]]) * 1e17
    magnitudes = np.ones(99)
    magnitudes[89] = 5.0
    columns = {"time": times.astype(np.int64), "magnitude": magnitudes}
    assert annotated(Catalog.from_columns(columns)) == "left"
    magnitudes = np.ones(99)
    magnitudes[98] = 5.0
    assert annotated(Catalog.from_columns(columns | {"magnitude": magnitudes})) == "right"


def test_the_label_stays_inside_at_every_place() -> None:
    for place in np.linspace(0, 1, 11):
        times = np.sort(np.append(np.linspace(0, 1, 20), place)) * 1e17
        magnitudes = np.ones(21)
        magnitudes[np.searchsorted(times, place * 1e17)] = 5.0
        columns = {"time": times.astype(np.int64), "magnitude": magnitudes}
        figure = magnitude_time(Catalog.from_columns(columns))
        figure.draw_without_rendering()
        box = figure.axes[0].texts[0].get_window_extent()
        assert box.x0 >= 0
        assert box.x1 <= figure.bbox.x1


def test_catalogs_of_every_time_frame_are_drawn() -> None:
    magnitudes = [1.0, np.nan, 3.0]
    order = Catalog.from_columns({"magnitude": magnitudes})
    relative = Catalog.from_columns(
        {"magnitude": magnitudes, "time": [1, 2, 3]}, time_frame="relative", time_origin="start"
    )
    assert time_axis(order)[1] == "event number"
    assert "since start" in time_axis(relative)[1]
    for catalog in (order, relative, order.select(slice(0, 1)), order.select(slice(0, 0))):
        assert magnitude_time(catalog).axes


FAULTS = Faults(
    (
        FaultTrace(np.array([[0.0, 40.0], [1.0, 41.0]]), FaultKind.REVERSE),
        FaultTrace(np.array([[0.0, 41.0], [1.0, 40.0]]), FaultKind.REVERSE_RIGHT_LATERAL),
        FaultTrace(np.array([[0.5, 40.0], [0.6, 41.0]])),
        FaultTrace(np.array([[0.2, 40.0], [0.3, 41.0]]), FaultKind.FOLD),
    )
)


def test_faults_are_named_by_their_style() -> None:
    figure = plot_faults(FAULTS, epicentres(1.0, 1.0))
    labels = [t.get_text() for t in figure.axes[0].get_legend().get_texts()]
    assert labels == ["reverse (1)", "oblique (1)", "fold axis (1)", "unknown (1)", "events (60)"]
    assert blank(figure) < 0.25
    assert plot_faults(FAULTS).axes
    assert plot_faults(Faults(())).axes


def test_a_plane_is_drawn_to_one_scale() -> None:
    rng = np.random.default_rng(32)
    plane = FaultPlane(30.0, 60.0, length=4000.0, width=1500.0)
    coordinates = rng.uniform(-0.5, 0.5, (60, 3)) * [4000.0, 1500.0, 300.0]
    coordinates[0] = np.nan
    figure = plot_plane(epicentres(1.0, 1.0), plane, coordinates)
    figure.draw_without_rendering()
    front = figure.axes[0]
    side = front.child_axes[0]
    scales = [
        (axes.bbox.width / np.ptp(axes.get_xlim()), axes.bbox.height / np.ptp(axes.get_ylim()))
        for axes in (front, side)
    ]
    np.testing.assert_allclose(np.array(scales) / scales[0][0], 1.0, rtol=0.01)
    assert front.get_ylim()[0] > front.get_ylim()[1]  # down dip points down
    assert "(m)" in front.get_xlabel()


HOSTILE = ["pl$a$ne_{x}^2", r"100%s $\frac{", "a" * 200, "two\nlines"]


@pytest.mark.parametrize("name", HOSTILE)
def test_titles_are_no_formulas(name: str) -> None:
    catalog = epicentres(1.0, 1.0)
    plane = FaultPlane(30.0, 60.0)
    coordinates = np.random.default_rng(1).normal(size=(60, 3))
    for figure in (
        magnitude_time(catalog, name), plot_epicentres(catalog, name),
        plot_faults(FAULTS, catalog, name), plot_plane(catalog, plane, coordinates, name),
    ):  # fmt: skip
        figure.savefig(BytesIO(), format="png")
        shown = figure.axes[0].get_title("left")
        assert len(shown) <= 48
        assert shown == name or len(name) > 48 or "\n" in name


@pytest.mark.parametrize("years", [(1, 1), (9999, 9999), (1, 9999), (-5000, 200_000)])
def test_any_year_can_be_drawn(years: tuple[int, int]) -> None:
    ends = (np.array([years[0], years[1] + 0.9]) - 1970.0) * 365.2425 * 86400.0 * 1e6
    times = np.linspace(*ends, 20).astype(np.int64)
    catalog = Catalog.from_columns(
        {"magnitude": np.linspace(1, 2, 20), "time": times}, time_unit="us"
    )
    magnitude_time(catalog).savefig(BytesIO(), format="png")
    shown, label = time_axis(catalog)
    assert label == "year (UTC)"
    np.testing.assert_allclose(shown[[0, -1]], [years[0], years[1] + 0.9], atol=0.01)


def test_colour_bars_point_to_depths_beyond_their_ends() -> None:
    catalog = epicentres(1.0, 1.0)
    bars = {
        name: plot_epicentres(catalog.with_columns({"depth": depth}))
        .axes[0]
        .collections[0]
        .colorbar
        for name, depth in (("spread", catalog["depth"]), ("equal", np.full(60, 5e3)))
    }
    assert bars["spread"].extend == "both"
    assert bars["equal"].extend == "neither"


def test_the_legend_counts_the_faults_of_the_map() -> None:
    far = Faults((FaultTrace(np.array([[80.0, 30.0], [81.0, 31.0]]), FaultKind.NORMAL),))
    near = Faults((*far, FaultTrace(np.array([[-1.0, 40.5], [2.0, 40.5]]), FaultKind.REVERSE)))
    catalog = epicentres(1.0, 1.0)
    texts = [
        [t.get_text() for t in plot_faults(f, catalog).axes[0].get_legend().get_texts()]
        for f in (far, near)
    ]
    assert any("none of the 1 faults" in t for t in texts[0])
    assert "reverse (1)" in texts[1]
    assert not any("normal" in t for pair in texts for t in pair)


def test_labels_of_a_map_of_a_few_metres_do_not_overlap() -> None:
    figure = plot_epicentres(epicentres(1e-4, 1e-4))
    figure.draw_without_rendering()
    boxes = [t.get_window_extent() for t in figure.axes[0].get_xticklabels() if t.get_text()]
    inside = sorted((b.x0, b.x1) for b in boxes)
    assert len(inside) >= 2
    assert all(left[1] < right[0] for left, right in zip(inside, inside[1:], strict=False))
