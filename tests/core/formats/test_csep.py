"""CSEP ASCII catalogs."""

import pytest

from asperity.core.errors import InputError
from asperity.core.formats import ReadOptions, read_catalog, write_catalog

TEXT = """\
lon,lat,mag,time_string,depth,catalog_id,event_id
-117.5,34.1,4.5,2019-07-06T03:19:53.040000,8.0,,ci38457511
-117.6,35.7,nan,2019-07-06T03:16:32,0.9,,ci2
"""


def read(tmp_path, text, **options):
    path = tmp_path / "a.csv"
    path.write_text(text)
    return read_catalog(path, options=ReadOptions(**options))


def test_header_times_and_kilometres(tmp_path):
    result = read(tmp_path, TEXT)
    assert result.format == "csep"
    assert result.catalog.texts("event_id").tolist() == ["ci2", "ci38457511"]
    assert result.catalog["depth"].tolist() == [900.0, 8000.0]
    assert "catalog_id" not in result.catalog


def test_identifiers_of_several_synthetic_catalogs_do_not_clash(tmp_path):
    rows = "".join(f"1,2,3,2020-01-01T00:00:00,5,{c},{e}\n" for c in (0, 2) for e in (0, 1))
    text = TEXT.splitlines()[0] + "\n" + rows + ",,,,,1,\n"
    result = read(tmp_path, text)
    assert result.catalog.texts("event_id").tolist() == ["0/0", "0/1", "2/0", "2/1"]
    assert result.catalog["catalog_id"].tolist() == [0, 0, 2, 2]
    assert "catalogs without an event: 1" in result.notes
    write_catalog(result.catalog, tmp_path / "b.csep")
    back = read_catalog(tmp_path / "b.csep").catalog
    assert back == result.catalog


def test_a_bad_time_is_rejected_with_its_line(tmp_path):
    with pytest.raises(InputError, match="line 3, column 'time_string': found '2019-07-06T25'"):
        read(tmp_path, TEXT.replace("2019-07-06T03:16:32", "2019-07-06T25"))


def test_a_headless_file_is_read_by_name(tmp_path):
    path = tmp_path / "a.dat"
    path.write_text("".join(TEXT.splitlines(keepends=True)[1:]))
    assert len(read_catalog(path, format="csep").catalog) == 2
