"""Commands on catalogs that nobody means but files hold: a result, or one line that says why not."""

from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from asperity.core import Catalog, write_catalog
from asperity.core.cli import app

N = 80
RNG = np.random.default_rng(5)
PLAIN = {
    "magnitude": np.round(2.0 + RNG.exponential(0.43, N), 1),
    "time": np.sort(RNG.integers(0, 10**15, N)),
    "latitude": RNG.uniform(30.0, 40.0, N),
    "longitude": RNG.uniform(-100.0, -90.0, N),
    "depth": RNG.uniform(0.0, 2e4, N),
}


def one_magnitude(value: float) -> dict[str, np.ndarray]:
    return {"magnitude": np.append(PLAIN["magnitude"][1:], value)}


CATALOGS: dict[str, dict[str, np.ndarray]] = {
    "1e9": one_magnitude(1e9), "1e308": one_magnitude(1e308), "99": one_magnitude(99.0),
    "-999": one_magnitude(-999.0), "no magnitude": {"magnitude": np.full(N, np.nan)},
    "one size": {"magnitude": np.full(N, 2.0)}, "one time": {"time": np.zeros(N, dtype=np.int64)},
    "one place": {k: np.full(N, 10.0) for k in ("latitude", "longitude", "depth")},
    "date line": {"longitude": np.where(np.arange(N) % 2, 179.9, -179.9)},
    "pole": {"latitude": np.full(N, 90.0), "longitude": np.linspace(-180.0, 180.0, N)},
    "deep": {"depth": np.linspace(0.0, 1e307, N)},
}  # fmt: skip
COMMANDS = (
    "plot --kind map -o F.png", "plot --kind time -o F.png", "bvalue --figure F.svg",
    "bvalue --mc-method b-stability", "bvalue --method b-positive --mc 2.0",
    "fractal --figure F.svg", "decluster --method gardner-knopoff -o F.parquet",
    "distance PLAIN", "plane --figure F.svg",
)  # fmt: skip


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("name", CATALOGS)
def test_nothing_is_unexpected(name: str, tmp_path: Path) -> None:
    path = tmp_path / "$a$.parquet"
    write_catalog(Catalog.from_columns(PLAIN | CATALOGS[name]), path)
    plain = tmp_path / "plain.parquet"
    write_catalog(Catalog.from_columns(PLAIN), plain)
    for command in COMMANDS:
        words = [
            str(tmp_path / w) if w.startswith("F.") else str(plain) if w == "PLAIN" else w
            for w in command.split()
        ]
        result = CliRunner().invoke(
            app, ["catalog", words[0], str(path), *words[1:], *["--force"] * ("F." in command)]
        )
        assert result.exit_code in (0, 1, 4), f"{command}: {result.output}"
        if result.exit_code:
            assert len(result.stderr.strip().splitlines()) == 1, f"{command}: {result.stderr}"
