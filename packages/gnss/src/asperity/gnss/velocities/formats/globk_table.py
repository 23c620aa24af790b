"""Tables with the columns of GLOBK under names, as the Alpides compilation has them.

``Lon Lat E.vel N.vel E.adj N.adj E.sig N.sig Corr U.vel U.adj U.sig Stat`` and, if
any, ``E.sig.scaled N.sig.scaled``: sigmas brought to the scatter of the
combination, which are taken unless the raw ones are asked for.
Castro-Perdomo et al. 2025, doi:10.5281/zenodo.15186334.
"""

from __future__ import annotations

from asperity.core.errors import InputError
from asperity.core.formats.text import column_key
from asperity.gnss.velocities.formats.csv import Table, read_columns, read_table
from asperity.gnss.velocities.formats.table import NetworkOptions, StationRows, TextFile

NAME = "globk-table"
SUFFIXES = ()

_COLUMNS = {
    "lon": "longitude", "lat": "latitude", "e_vel": "east", "n_vel": "north", "u_vel": "up",
    "e_sig": "sd_east", "n_sig": "sd_north", "u_sig": "sd_up", "corr": "correlation",
    "stat": "site",
}  # fmt: skip
_SCALED = {"e_sig_scaled": "sd_east", "n_sig_scaled": "sd_north"}
_TELLING = {"lon", "lat", "e_vel", "n_vel", "e_sig", "n_sig", "e_adj", "n_adj"}


def recognise(text: TextFile) -> float:
    """Recognise a header with velocities, adjustments and sigmas."""
    table = read_table(text, rows=False)
    return float(table is not None and _is_globk(table))


def _is_globk(table: Table) -> bool:
    return {column_key(name) for name in table.names} >= _TELLING


def read(text: TextFile, options: NetworkOptions) -> StationRows:
    """Read the stations, mm/yr, with the scaled or the raw sigmas.

    Raises
    ------
    InputError
        If the header lacks a column.
    """
    table = read_table(text)
    if table is None or not _is_globk(table):
        raise InputError(
            f"{text.name}: the header lacks one of {', '.join(sorted(_TELLING))}; "
            "name another format with --format"
        )
    names = {column_key(name): name for name in table.names}
    matched = {column: names[key] for key, column in _COLUMNS.items() if key in names}
    has_scaled = names.keys() >= _SCALED.keys()
    if has_scaled and options.sigmas == "scaled":
        matched |= {column: names[key] for key, column in _SCALED.items()}
    rows = read_columns(text, table, matched)
    if has_scaled:
        rows.notes.append(f"{options.sigmas} sigmas of the two sets; --sigmas takes the other")
    return rows
