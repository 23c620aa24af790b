"""A Parquet file is laid out as the specification says."""

import json

import numpy as np

from asperity.core import Catalog, write_catalog
from asperity.core.formats.parquet import ROW_GROUP


def test_layout_of_a_file(tmp_path):
    import pyarrow.parquet as pq

    n = 2 * ROW_GROUP + 5
    times = np.arange(n)
    catalog = Catalog.from_columns(
        {"magnitude": np.zeros(n), "time": times, "network": ["US"] * n}, sort=False
    )
    write_catalog(catalog, tmp_path / "a.parquet")
    file = pq.ParquetFile(tmp_path / "a.parquet")
    sizes = [file.metadata.row_group(i).num_rows for i in range(file.metadata.num_row_groups)]
    assert sizes == [131_072, 131_072, 5]
    place = file.schema_arrow.names.index("time")
    for i in range(3):
        column = file.metadata.row_group(i).column(place)
        assert column.compression == "ZSTD"
        assert column.statistics.min == i * ROW_GROUP
    types = {field.name: str(field.type) for field in file.schema_arrow}
    assert types["time"] == "int64"
    assert types["event_id"] == "string"
    assert types["network"].startswith("dictionary<values=string")
    attributes = json.loads(file.schema_arrow.metadata[b"asperity"])
    assert attributes["schema_version"] == 1
    assert attributes == json.loads(json.dumps(catalog.attributes))
