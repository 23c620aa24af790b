from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from asperity.core.errors import InputError
from asperity.core.operations import Operations, operations_path, read_operations


def injection(**more: object) -> Operations:
    columns = {"rate": np.array([0.0, 0.1, np.nan]), "volume": np.array([0.0, 1.0, 2.0])}
    return Operations(np.array([1, 2, 2]), columns, attributes={"well": "PNR-2"}, **more)  # type: ignore[arg-type]


def test_a_table_comes_back_whole(tmp_path: Path) -> None:
    path = operations_path(tmp_path / "field.parquet")
    injection(time_unit="us", time_frame="relative").write(path)
    back = Operations.read(path)
    assert (back.time_unit, back.time_frame, dict(back.attributes)) == (
        "us", "relative", {"well": "PNR-2"},
    )  # fmt: skip
    assert back.time.tolist() == [1, 2, 2]
    np.testing.assert_array_equal(back.columns["rate"], [0.0, 0.1, np.nan])
    assert len(back) == 3
    assert [p.name for p in tmp_path.iterdir()] == ["field.operations.parquet"]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ((np.array([1]), {"flow": np.zeros(1)}), "column 'flow'; allowed are rate, volume"),
        ((np.array([1]), {"rate": np.zeros(2)}), "'rate' has 2 rows, time has 1"),
        ((np.array([2, 1]), {}), "row 1: earlier than the row before"),
        ((np.array([1]), {}, "ms"), "allowed are ns or us"),
        ((np.array([1]), {}, "ns", "order"), "allowed are ns or us, utc or relative"),
    ],
)
def test_what_is_no_table_is_refused(arguments: tuple, expected: str) -> None:
    with pytest.raises(InputError, match=expected):
        Operations(*arguments)


def test_files_that_are_no_operations_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.operations.parquet"
    with pytest.raises(InputError, match="no such file"):
        Operations.read(path)
    path.write_bytes(b"PAR1 not really PAR1")
    with pytest.raises(InputError, match="not an operations table"):
        Operations.read(path)
    tables = [
        pa.table({"time": [1]}),
        pa.table({"time": [1]}).replace_schema_metadata({"asperity": "{"}),
        pa.table({"time": [1]}).replace_schema_metadata({"asperity": "[]"}),
        pa.table({"time": [1]}).replace_schema_metadata({"asperity": '{"table": "operations"}'}),
        *(
            table.replace_schema_metadata(
                {
                    "asperity": '{"table": "operations", "schema_version": 1, '
                    '"time_unit": "ns", "time_frame": "utc"}'
                }
            )
            for table in (
                pa.table({"rate": [1.0]}),
                pa.table({"time": ["x"]}),
                pa.table({"time": [1], "rate": ["x"]}),
                pa.table({"time": [1], "flow": [1.0]}),
            )
        ),
    ]
    for table in tables:
        pq.write_table(table, path)
        with pytest.raises(InputError, match="operations"):
            Operations.read(path)


def test_a_heading_of_several_lines_is_told_in_one() -> None:
    """Found by fuzzing: one quoted name that runs to the end of the file."""
    path = Path(__file__).parent / "regressions" / "heading-of-several-lines.csv"
    with pytest.raises(InputError, match="the first line must name time and any of") as told:
        read_operations(path)
    assert str(told.value).isprintable()


def test_a_damaged_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.operations.parquet"
    injection().write(path)
    whole = path.read_bytes()
    rng = np.random.default_rng(41)
    for _ in range(60):
        damaged = bytearray(whole)
        for place in rng.integers(0, len(whole), 8):
            damaged[place] = rng.integers(256)
        path.write_bytes(damaged[: rng.integers(1, len(whole) + 1)])
        try:
            back = Operations.read(path)
        except InputError:
            continue
        assert len(back) == 3
