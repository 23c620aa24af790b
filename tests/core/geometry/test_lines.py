import time

import numpy as np
import pytest

from asperity.core.geometry.lines import CutLines

EARTH = 6_371_000.0


def walks(rng: np.random.Generator, n: int, size: float) -> CutLines:
    """Lines of one cut up to a hundred, each in short steps on a sphere."""
    parts = []
    for _ in range(n):
        start = rng.normal(size=3) * size + [0.0, 0.0, 1.0]
        steps = rng.normal(scale=500.0, size=(int(rng.integers(1, 100)), 3)) / EARTH / np.sqrt(3)
        line = start + np.cumsum(steps, axis=0)
        parts.append(EARTH * line / np.linalg.norm(line, axis=1)[:, None])
    owner = np.repeat(np.arange(n), [len(p) for p in parts])
    cuts = np.concatenate(parts)
    inner = owner[1:] == owner[:-1]
    longest = np.linalg.norm(np.diff(cuts, axis=0), axis=1)[inner].max()
    return CutLines(cuts, owner, float(longest))


def every_piece(lines: CutLines, point: np.ndarray) -> tuple[float, np.ndarray]:
    """The nearest place among the feet on all pieces, one after the other."""
    best, place = np.inf, point
    for i, cut in enumerate(lines.cuts):
        ends = [cut]
        if i + 1 < len(lines.cuts) and lines.owner[i + 1] == lines.owner[i]:
            ends.append(lines.cuts[i + 1])
        along = ends[-1] - cut
        share = np.clip((point - cut) @ along / max(along @ along, 1e-300), 0.0, 1.0)
        foot = cut + share * along
        if np.linalg.norm(point - foot) < best:
            best, place = float(np.linalg.norm(point - foot)), foot
    return best, place


@pytest.mark.parametrize("size", [0.01, 0.3, 3.0])
def test_places_are_those_of_a_search_through_every_piece(size: float) -> None:
    rng = np.random.default_rng(21)
    lines = walks(rng, 12, size)
    far = rng.normal(size=(20, 3))
    far[:3] = [[0.0, 0.0, -1.0], [1e-9, 0.0, -1.0], [0.0, 0.0, 0.0]]  # antipodes, the middle
    far[3:] /= np.linalg.norm(far[3:], axis=1)[:, None]
    near = lines.cuts[rng.integers(0, len(lines.cuts), 20)] + rng.normal(scale=800.0, size=(20, 3))
    points = np.concatenate([EARTH * far, near, lines.cuts[:3], lines.cuts[:1]])
    nearest, place = lines.nearest(points)
    for point, cut, found in zip(points, nearest, place, strict=True):
        expected, foot = every_piece(lines, point)
        assert np.linalg.norm(point - found) == pytest.approx(expected, rel=1e-12, abs=1e-6)
        if np.linalg.norm(foot - found) < 1e-6:
            _, owners_place = every_piece(
                CutLines(lines.cuts[lines.owner == lines.owner[cut]],
                         lines.owner[lines.owner == lines.owner[cut]], lines.spacing), point
            )  # fmt: skip
            np.testing.assert_allclose(owners_place, foot, atol=1e-5)


def test_ten_thousand_points_on_the_other_side_of_the_earth_take_no_time() -> None:
    """Half a second on the machine at hand; the tree of cuts alone took 20."""
    rng = np.random.default_rng(22)
    lines = walks(rng, 2000, 0.05)
    points = EARTH * (np.array([0.7, 0.0, -0.7]) + rng.normal(scale=0.03, size=(10_000, 3)))
    start = time.process_time()
    _, place = lines.nearest(points)
    assert time.process_time() - start < 5.0
    row = 1234
    every = np.linalg.norm(points[row] - lines.cuts, axis=1).min()
    assert np.linalg.norm(points[row] - place[row]) == pytest.approx(every, rel=1e-9)
