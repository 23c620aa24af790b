"""Tables with a header: our own CSV, GeoCSV, and any table whose columns can be told by name.

Ours has the header ``site,lon,lat,height,ve,vn,vu,se,sn,su,rho_en,t0,t1,frame,source``
in degrees, metres, mm/yr and decimal years. GeoCSV (version 2.0) says its
delimiter and units in comment lines.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from asperity.core.errors import InputError
from asperity.core.formats.text import column_key, decimals
from asperity.gnss.velocities.formats.columns import parse_rows
from asperity.gnss.velocities.formats.table import NetworkOptions, StationRows, TextFile, is_number
from asperity.gnss.velocities.network import COLUMNS, Network

NAME = "csv"
SUFFIXES = (".csv", ".tsv", ".txt")
HEADER = (
    "site", "lon", "lat", "height", "ve", "vn", "vu", "se", "sn", "su", "rho_en", "t0", "t1",
    "frame", "source",
)  # fmt: skip

_COLUMN_OF = dict(zip(HEADER, (*COLUMNS[:-1], "frame", "source"), strict=True))
# name in the file, lower case with underscores, without its unit -> column
_ALIASES = {
    **_COLUMN_OF,
    **{name: name for name in (*COLUMNS, "frame")},
    **dict.fromkeys(("name", "station", "sta", "stat", "code", "id", "site_name"), "site"),
    **dict.fromkeys(("long", "lng", "elon"), "longitude"),
    **dict.fromkeys(("nlat",), "latitude"),
    **dict.fromkeys(("h", "elev", "elevation", "ellipsoid_height"), "height"),
    **dict.fromkeys(("e", "v_e", "vel_e", "e_vel", "east_vel", "east_velocity", "v_east",
                     "velocity_east", "e_rate"), "east"),
    **dict.fromkeys(("n", "v_n", "vel_n", "n_vel", "north_vel", "north_velocity", "v_north",
                     "velocity_north", "n_rate"), "north"),
    **dict.fromkeys(("u", "v_u", "vel_u", "u_vel", "up_vel", "up_velocity", "v_up",
                     "velocity_up", "u_rate", "vertical"), "up"),
    **dict.fromkeys(("sve", "sig_e", "sigma_e", "e_sig", "sigma_ve", "sig_ve", "std_e", "sde",
                     "east_sigma", "sigma_east", "e_sd", "sigve"), "sd_east"),
    **dict.fromkeys(("svn", "sig_n", "sigma_n", "n_sig", "sigma_vn", "sig_vn", "std_n", "sdn",
                     "north_sigma", "sigma_north", "n_sd", "sigvn"), "sd_north"),
    **dict.fromkeys(("svu", "sig_u", "sigma_u", "u_sig", "sigma_vu", "sig_vu", "std_u", "sdu",
                     "up_sigma", "sigma_up", "u_sd", "sigvu"), "sd_up"),
    **dict.fromkeys(("rho", "corr", "corr_en", "correlation_en", "corr_ne", "rho_ne", "cne",
                     "cen", "rne"), "correlation"),
    **dict.fromkeys(("t_start", "first_epoch", "start_year", "tstart"), "start"),
    **dict.fromkeys(("t_end", "last_epoch", "end_year", "tend"), "end"),
    **dict.fromkeys(("reference_frame", "ref_frame"), "frame"),
    **dict.fromkeys(("reference", "ref", "network", "study"), "source"),
}  # fmt: skip
IN_COMMENT = 0.51
"""How well a table fits whose header stands in a comment: better than nothing."""
_UNIT = re.compile(r"_(mm_yr|mm_a|mm_y|m_yr|m_a|mm|m|deg|degrees|yr)$")
_REQUIRED = ("longitude", "latitude", "east", "north")
_UNITS = {"mm_yr": "mm/yr", "mm_a": "mm/yr", "mm_y": "mm/yr", "m_yr": "m/yr", "m_a": "m/yr"}


@dataclass(frozen=True)
class Table:
    """A table whose first line names its columns.

    Parameters
    ----------
    names : tuple of str
        As they stand in the header.
    rows : list of (int, list of str)
        Line and fields of each row.
    units : mapping of str to str
        Unit of a column where the file says it, by name.
    line : int
        Line of the header.
    commented : bool
        Whether it stands behind a comment sign.
    """

    names: tuple[str, ...]
    rows: list[tuple[int, list[str]]]
    units: Mapping[str, str]
    line: int
    commented: bool = False

    def matched(self) -> dict[str, str]:
        """Return column of the network (or ``frame``) -> name in the header."""
        found: dict[str, str] = {}
        for name in self.names:
            column = _ALIASES.get(column_key(name)) or _ALIASES.get(_UNIT.sub("", column_key(name)))
            if column is not None:
                found.setdefault(column, name)
        return found


def recognise(text: TextFile) -> float:
    """Recognise a header that names longitude, latitude, east and north.

    A header in a comment counts little: tables by place have one, too.
    """
    table = read_table(text, rows=False)
    if table is None or not {*_REQUIRED} <= table.matched().keys():
        return 0.0
    return IN_COMMENT if table.commented else 1.0


def contradicts(text: TextFile, places: Sequence[str]) -> bool:
    """Whether a header in a comment names other columns than those of a table by place."""
    table = read_table(text, rows=False)
    if table is None or not table.commented:
        return False
    column_of = {name: column for column, name in table.matched().items()}
    named = [column_of.get(name, "") for name in table.names]
    return any(a and b and a != b for a, b in zip(named, places, strict=False))


def read_table(text: TextFile, *, rows: bool = True) -> Table | None:
    """Return the table of a file, or None when its first line holds numbers.

    A header may stand behind a comment sign. With `rows` unset only the header is read.
    """
    geo = _geocsv(text)
    for number, line in text.lines[:200]:
        stripped = line.lstrip()
        header = stripped.lstrip("#%").strip()
        delimiter = geo.get("delimiter") or _delimiter(header)
        names = _split(header, delimiter)
        commented = stripped.startswith(("#", "%"))
        if commented and not {*_REQUIRED} <= Table(tuple(names), [], {}, number).matched().keys():
            continue
        if not names or any(is_number(name) for name in names):
            return None
        body = [(n, raw) for n, raw in text.data if n > number]
        if commented and body and len(_split(body[0][1], _delimiter(body[0][1]))) != len(names):
            continue
        if commented and body:
            delimiter = geo.get("delimiter") or _delimiter(body[0][1])
        split = [(n, _split(raw, delimiter)) for n, raw in body] if rows else []
        return Table(tuple(names), split, _units(names, geo), number, commented)
    return None


def _geocsv(text: TextFile) -> dict[str, str]:
    """Return what the comment lines of a GeoCSV file say, by keyword."""
    said = {}
    for _, line in text.lines[:200]:
        match = re.match(r"#\s*(dataset|delimiter|field_unit|field_type)\s*:\s?(.*)", line)
        if match:
            said[match[1]] = match[2].strip("\r\n") or " "
    if not said.get("dataset", "").strip().startswith("GeoCSV"):
        return {}
    said["delimiter"] = said.get("delimiter", ",").strip() or " "
    return said


def _delimiter(line: str) -> str:
    counts = {d: line.count(d) for d in (",", ";", "\t", "|")}
    best = max(counts, key=lambda d: counts[d])
    return best if counts[best] else " "


def _split(line: str, delimiter: str) -> list[str]:
    if delimiter == " ":
        return line.split()
    try:
        fields = next(csv.reader([line], delimiter=delimiter, skipinitialspace=True), [])
    except csv.Error:
        fields = line.split(delimiter)
    return [field.strip() for field in fields]


def _units(names: Sequence[str], geo: Mapping[str, str]) -> dict[str, str]:
    """Return the unit of each column, from its name or the field_unit line."""
    units = {
        n: _UNITS[m[1]] for n in names if (m := _UNIT.search(column_key(n))) and m[1] in _UNITS
    }
    listed = _split(geo.get("field_unit", ""), geo.get("delimiter", ","))
    for name, unit in zip(names, listed, strict=False):
        if column_key(unit) in _UNITS:
            units[name] = _UNITS[column_key(unit)]
    return units


def read(text: TextFile, options: NetworkOptions) -> StationRows:
    """Read a table by the names of its columns.

    Raises
    ------
    InputError
        If there is no header, a column that is needed is missing, or units or frames differ.
    """
    table = read_table(text)
    if table is None:
        raise InputError(
            f"{text.name}: no header; the first line holds numbers: name the columns "
            f"{','.join(HEADER)}"
        )
    matched = table.matched()
    missing = [HEADER[COLUMNS.index(c)] for c in _REQUIRED if c not in matched]
    if missing:
        raise InputError(
            f"{text.name}, line {table.line}: the header lacks {', '.join(missing)}; found "
            f"{', '.join(table.names)}"
        )
    return read_columns(text, table, matched)


def read_columns(text: TextFile, table: Table, matched: Mapping[str, str]) -> StationRows:
    """Read the matched columns of a table.

    Parameters
    ----------
    text : TextFile
    table : Table
    matched : mapping of str to str
        Column of the network, or ``frame``, -> name in the header.

    Raises
    ------
    InputError
        If the velocities differ in unit or the rows in frame.
    """
    column_of = {name: column for column, name in matched.items()}
    repeated = [name for name in matched.values() if table.names.count(name) > 1]
    if repeated:
        raise InputError(f"{text.name}, line {table.line}: column {repeated[0]!r} stands twice")
    columns = [column_of.get(name, "") for name in table.names]
    rows = parse_rows(table.rows, columns, least=len(columns), needed=_REQUIRED)
    rows.frame = _one_frame(text, table, matched)
    units = {table.units[name] for name in matched.values() if name in table.units}
    if len(units) > 1:
        raise InputError(
            f"{text.name}, line {table.line}: columns in {' and '.join(sorted(units))}; bring "
            "velocities and sigmas to one unit"
        )
    if units:
        rows.velocity_unit = units.pop()
    return rows


def _one_frame(text: TextFile, table: Table, matched: Mapping[str, str]) -> str:
    if "frame" not in matched:
        return ""
    place = table.names.index(matched["frame"])
    frames = {fields[place] for _, fields in table.rows if len(fields) > place} - {""}
    if len(frames) > 1:
        raise InputError(
            f"{text.name}: rows in several frames ({', '.join(sorted(frames)[:5])}); split the "
            "table by frame and bring the parts together with gnss combine"
        )
    return frames.pop() if frames else ""


def write(network: Network, path: Path) -> None:
    """Write a network as our own table; it reads back as it was, to the last bit."""
    columns: dict[str, Sequence[Any]] = {}
    for name in COLUMNS:
        values = getattr(network, name)
        columns[name] = values if values.dtype == object else decimals(values, missing="")
    columns["frame"] = [network.frame] * len(network)
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(HEADER)
        writer.writerows(zip(*(columns[_COLUMN_OF[name]] for name in HEADER), strict=True))


def lost(network: Network) -> list[str]:
    """Say what the format cannot hold: nothing."""
    return []
