"""The four distributions as they would be published."""

import subprocess
import zipfile

import pytest

from conftest import ROOT


@pytest.fixture(scope="module")
def wheels(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheels")
    subprocess.run(
        ["uv", "build", "--quiet", "--all-packages", "--wheel", "--out-dir", folder],
        cwd=ROOT, check=True, capture_output=True,
    )  # fmt: skip
    return {path.name.split("-")[0]: zipfile.ZipFile(path) for path in folder.glob("*.whl")}


@pytest.mark.parametrize("part", ["core", "dem", "gnss", "evt"])
def test_a_wheel_holds_its_part_and_the_licence(wheels, part):
    wheel = wheels[f"asperity_{part}"]
    source = ROOT / "packages" / part / "src"
    expected = {
        path.relative_to(source).as_posix() for path in source.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }  # fmt: skip
    held = {name for name in wheel.namelist() if ".dist-info/" not in name}
    assert held == expected
    info = f"asperity_{part}-0.1.0.dist-info"
    assert b"Redistribution and use" in wheel.read(f"{info}/licenses/LICENSE")
    metadata = wheel.read(f"{info}/METADATA").decode()
    assert "Requires-Python: <3.14,>=3.11" in metadata
    needs = {line for line in metadata.splitlines() if line.startswith("Requires-Dist: asperity")}
    assert needs == (set() if part == "core" else {"Requires-Dist: asperity-core==0.1.0"})
