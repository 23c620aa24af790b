"""Damaged files of positions: every reader answers with series or an AsperityError of one line."""

import warnings

import numpy as np
import pytest

from asperity.core.errors import AsperityError
from asperity.gnss.positions import PositionOptions, read_positions
from asperity.gnss.positions.formats import position_formats
from naive.mutations import mutate

MUTANTS = 60
ROWS = range(53000, 53012)
FILES = {
    "tenv3": "site YYMMMDD yyyy.yyyy __MJD week d reflon _e0(m) __east(m) ____n0(m) _north(m) "
    "u0(m) ____up(m) _ant(m) sig_e(m) sig_n(m) sig_u(m) __corr_en __corr_eu __corr_nu\n"
    + "".join(
        f"TEST 03DEC27 2003.9863 {m} 1250 6 91.1 385 0.88{m % 10} 32 0.60 36 0.70 0.0 0.002 0.002 "
        "0.008 -0.01 -0.04 -0.19\n"
        for m in ROWS
    ),
    "pbo-pos": "PBO Station Position Time Series. Reference Frame : ITRF08\n4-character ID: P156\n"
    "NEU Reference position : 40.0 236.1 489.0 (ITRF08/WGS84)\nEnd Field Description\n"
    "*YYYYMMDD HHMMSS JJJJJ.JJJJ X Y Z Sx Sy Sz Rxy Rxz Ryz NLat Elong Height dN dE dU\n"
    + "".join(
        f" 20031227 120000 {m}.5000 -1.0 -2.0 3.0 .005 .007 .007 .84 -.8 -.8 40.0 236.1 489.0 -0.1 "
        "0.06 0.002 0.003 0.002 0.011 -0.15 -0.2 0.12 final\n"
        for m in ROWS
    ),
    "sio-neu": "#4-character ID: USUD\n"
    + "".join(
        f" {2003 + (d - 0.5) / 365:.4f} 2003 {d:3d} 0.046 -0.074 -0.003 0.002 0.003 0.009\n"
        for d in range(1, 13)
    ),
    "csv": "site,lon,lat,time,east,north,up,se\n"
    + "".join(f"AAAA,91.1,29.6,2003-12-{d:02d},1.5,2.5,-3.0,0.7\n" for d in range(1, 13)),
}


def attempt(path, on_error, format=None):
    result, said = None, "read"
    try:
        result = read_positions(path, format=format, options=PositionOptions(on_error=on_error))
    except AsperityError as error:
        said = str(error).strip()
    assert said
    assert "\n" not in said
    return result


@pytest.mark.parametrize("name", FILES)
def test_mutated_files(name, tmp_path):
    path = tmp_path / "positions.txt"
    path.write_text(FILES[name])
    assert read_positions(path).format == name
    read = 0
    for seed in range(MUTANTS):
        path.write_bytes(mutate(FILES[name].encode(), np.random.default_rng(seed)))
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            strict, lenient = attempt(path, "strict"), attempt(path, "skip")
            for other in position_formats():
                attempt(path, "skip", other)
        if strict is not None:
            assert strict.rejections == ()
        read += lenient is not None
    assert read > MUTANTS / 4
