"""Neighbourhoods against the dense solver on the real gaps of western China.

    ASPERITY_DATA=FOLDER python benchmarks/local_accuracy.py [--every 12] [--covariance best]

The 1,701 stations of data:china-wang-shen-2020 between 70 and 112 degrees east, 20 and
50 north; a grid of 400 x 250 nodes on 74-108 east, 22-46 north. All nodes are predicted,
in their tiles, and every 12th of a tile is compared. Printed is the difference of each
strain component over its posterior standard deviation, and the ratio of the standard
deviations.
"""

import argparse
import time

import numpy as np
from threadpoolctl import threadpool_limits

from asperity.core.datasets import dataset
from asperity.gnss import Covariance, VectorModel, read_network, screen
from asperity.gnss.sphere import local_frames
from asperity.gnss.strain_rate.local import NODES, LocalPosterior, compact_tiles
from asperity.gnss.strain_rate.solver import Noise, Observations, Posterior, SignalModel

COVARIANCES = {
    "matern32": (Covariance.of(("matern32", 32.0, 531.0)), 0.5),
    "best": (Covariance.of(("gauss", 56.6, 538.7), ("matern32", 1.86, 160.2)), 0.47),
}
# ee, nn and en of the functionals v_e, v_n, L_ee, L_en, L_ne, L_nn.
TENSOR = np.array([[0, 0, 1, 0, 0, 0], [0, 0, 0, 0, 0, 1], [0, 0, 0, 0.5, 0.5, 0]])


def tensor(mean, covariance):
    sd = np.sqrt(np.einsum("ij,mjk,ik->mi", TENSOR, covariance, TENSOR))
    return mean @ TENSOR.T, sd


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--every", type=int, default=12)
    parser.add_argument("--covariance", choices=COVARIANCES, default="matern32")
    parser.add_argument("--neighbours", type=int, nargs="+", default=[100, 150, 300, 600])
    arguments = parser.parse_args()

    network = read_network(dataset("china-wang-shen-2020").fetch()).network
    lon, lat = network.coordinates
    inside = (lon >= 70) & (lon <= 112) & (lat >= 20) & (lat <= 50)
    network = screen(network.select(inside)).network
    observations = Observations(
        local_frames(*network.coordinates), network.velocities.T.ravel(), network.covariances
    )
    covariance, extra = COVARIANCES[arguments.covariance]
    model = SignalModel(covariance, VectorModel(), "rotation", Noise(1.0, extra))
    longitude, latitude = np.meshgrid(np.linspace(74, 108, 400), np.linspace(22, 46, 250))
    grid = local_frames(longitude.ravel(), latitude.ravel())
    tiles = compact_tiles(grid, NODES)
    kept = [np.arange(0, len(rows), arguments.every) for rows in tiles]
    nodes = grid[np.concatenate([rows[k] for rows, k in zip(tiles, kept, strict=True)])]

    with threadpool_limits(1):
        posterior = Posterior.condition(model, observations)
        start = time.perf_counter()
        truth, sd = tensor(*posterior.mean_and_covariance(nodes))
        dense = time.perf_counter() - start
        print(
            f"{len(observations)} stations, {len(grid)} nodes, {len(nodes)} compared, "
            f"{covariance.name}"
        )
        print("neighbours  times faster  rms of ee nn en   99th percentile   sd ratio, mean")
        trend = (posterior.trend_parameters, posterior.trend_covariance)
        for count in arguments.neighbours:
            around = LocalPosterior(model, observations, count, trend, posterior.centre)
            start = time.perf_counter()
            parts = [around.mean_and_covariance(grid[rows]) for rows in tiles]
            seconds = time.perf_counter() - start
            mean, joint = (
                np.concatenate([p[i][k] for p, k in zip(parts, kept, strict=True)]) for i in (0, 1)
            )
            found, spread = tensor(mean, joint)
            z = np.abs(found - truth) / sd
            texts = [
                " ".join(f"{v:.4f}" for v in np.sqrt(np.mean(z**2, axis=0))),
                " ".join(f"{v:.3f}" for v in np.quantile(z, 0.99, axis=0)),
                " ".join(f"{v:.4f}" for v in np.mean(spread / sd, axis=0)),
            ]
            print(
                f"{count:>10}{dense * len(grid) / len(nodes) / seconds:>14.1f}  "
                + "   ".join(texts)
            )


if __name__ == "__main__":
    main()
