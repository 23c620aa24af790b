"""Tables of text: ComCat, OGS, TexNet, BGS, Basel, and any table with a header.

The least table has one column, ``magnitude``. Columns are found by name
(`_ALIASES`), by the header of a known source (`_DIALECTS`), or by the caller's
mapping. A column that carries a unit in its name (``depth_km``) is converted. Any other
column whose name can be that of a free column becomes one, of numbers or texts.
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
from numpy.typing import NDArray

from asperity.core.errors import InputError
from asperity.core.formats.csv_dates import DATE_PARTS, PARTS, all_match, join_parts, reformat
from asperity.core.formats.csv_write import lost, write, write_parts
from asperity.core.formats.source import Source
from asperity.core.formats.table import RawTable, ReadOptions, Rejection
from asperity.core.formats.text import column_key, to_numbers
from asperity.core.schema import COLUMNS, column_of
from asperity.core.times import parse_times

__all__ = ["NAME", "SUFFIXES", "lost", "read", "sniff", "write", "write_parts"]

NAME = "csv"
SUFFIXES = (".csv", ".tsv", ".txt")

_NONE = [
    "",
    "nan",
    "NaN",
    "NAN",
    "NA",
    "N/A",
    "n/a",
    "#N/A",
    "null",
    "NULL",
    "None",
    "none",
    "-",
    "--",
    "------",
]

# name in the file, lower case with underscores -> column of the schema
_ALIASES = {
    "id": "event_id", "eventid": "event_id", "event": "event_id", "evid": "event_id",
    "publicid": "event_id",
    "datetime": "time", "date_time": "time", "origintime": "time", "origin_time": "time",
    "time_utc": "time", "utc": "time", "timestamp": "time",
    "lat": "latitude", "lon": "longitude", "long": "longitude", "lng": "longitude",
    "dep": "depth", "mag": "magnitude", "m": "magnitude",
    "magtype": "magnitude_type", "mag_type": "magnitude_type", "magnitudetype": "magnitude_type",
    "magerror": "magnitude_uncertainty", "magnitude_error": "magnitude_uncertainty",
    "mag_error": "magnitude_uncertainty", "sigma_magnitude": "magnitude_uncertainty",
    "deptherror": "depth_uncertainty", "depth_error": "depth_uncertainty",
    "horizontalerror": "horizontal_uncertainty", "horizontal_error": "horizontal_uncertainty",
    "type": "event_type", "eventtype": "event_type", "net": "network", "agency": "network",
    "east": "x", "north": "y", "up": "z",
}  # fmt: skip
_TYPED = {"mw": "Mw", "ml": "ML", "mb": "mb", "ms": "Ms", "md": "Md", "mc": "Mc", "mlg": "mb_Lg"}
# Codes of networks may look like nothing: NA is the Caribbean one.
_NO_NETWORK = [t for t in _NONE if t not in ("NA", "N/A", "n/a")]
# Bytes up to which one thread parses: a program that leaves at once, with an error, may otherwise
# find threads of the parser still at work and abort (2 of 30 runs on a busy machine).
_SMALL = 1 << 20
_OF_TIME = ("date", "clock", *PARTS)
"""What makes a time beside the column `time` itself."""
_MOST_FREE = 256
"""Free columns that are taken; of a table with more, which holds no catalog's columns, none."""
_INTEGER = r"^-?(0|[1-9]\d{0,17})$"
_SLASHED = re.compile(r"^\d{1,2}[/.]\d{1,2}[/.]\d{4}")
_SECONDS = r":\d{2}:"
_LEADING_ZERO = r"^[+-]?0\d"
_LENGTHS = ("depth", "x", "y", "z", "depth_uncertainty", "horizontal_uncertainty")

# Headers of known sources: names that tell them, fixed mapping, unit of the depth.
_DIALECTS: tuple[tuple[frozenset[str], dict[str, str], str], ...] = (
    (frozenset({"time", "latitude", "longitude", "depth", "mag", "magtype", "nst"}), {}, "km"),
    (
        frozenset({"origintime", "magnitude_source", "depth_km"}),
        {"magnitude_source": "network"},
        "km",
    ),
    (
        frozenset({"gelid", "azi1", "dip1", "sig1", "datetime", "ml", "mw"}),
        {"gelid": "event_id", "mw": "magnitude", "ml": "magnitude_ml", "e": "x", "n": "y", "z": "z",
         "np": "p_picks", "ns": "s_picks", "clid": "cluster",
         **{f"{old}{i}": f"error_{new}_{i}" for i in (1, 2, 3)
            for old, new in (("azi", "azimuth"), ("dip", "dip"), ("sig", "axis"))}},
        "m",
    ),
    (
        frozenset({"yyyy_mm_dd", "hh_mm_ss_ss", "lat", "lon", "depth", "ml"}),
        {"yyyy_mm_dd": "date", "hh_mm_ss_ss": "clock"},
        "km",
    ),
)  # fmt: skip


def sniff(head: bytes, name: str) -> bool:
    """Recognise a table by a header that names a magnitude."""
    if b"\0" in head[:4096] and head[:2] not in (b"\xff\xfe", b"\xfe\xff"):
        return False
    try:
        lines = _decode(head).splitlines()
    except UnicodeDecodeError:
        return False
    header = next((line for line in lines if line.strip() and not line.startswith("#")), "")
    names = {column_key(n) for n in _split(header, _delimiter(header))}
    return bool(names & {"magnitude", "mag", "m", *_TYPED}) and not _looks_numeric(names)


def _decode(data: bytes) -> str:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data[: len(data) // 2 * 2].decode("utf-16")
    return data.decode("utf-8-sig", errors="replace")


def _delimiter(header: str) -> str:
    counts = {d: header.count(d) for d in (",", ";", "\t", "|")}
    best = max(counts, key=lambda d: counts[d])
    return best if counts[best] else (" " if re.search(r"\S\s+\S", header.strip()) else ",")


def _split(header: str, delimiter: str) -> list[str]:
    parts = header.split() if delimiter == " " else header.rstrip("\r\n").split(delimiter)
    return [p.strip().strip('"').strip() for p in parts]


def _looks_numeric(names: Sequence[str] | set[str]) -> bool:
    return all(re.fullmatch(r"[\d_e]*", n) for n in names)


def read(source: Source, options: ReadOptions) -> RawTable:
    """Read a table with a header.

    Raises
    ------
    InputError
        If there is no header, a mapped column is missing, or dates are ambiguous.
    """
    data = _utf8(source)
    header_line, header, start = _header(data, source.name)
    delimiter = _delimiter(header)
    names = _split(header, delimiter)
    if _looks_numeric({column_key(n) for n in names}):
        raise InputError(
            f"{source.name}: no header, the first line holds numbers ({header[:60]!r}); "
            "put the names of the columns in the first line"
        )
    repeated = {n for n in names if n and names.count(n) > 1}
    if repeated:
        raise InputError(
            f"{source.name}: column {sorted(repeated)[0]!r} stands twice in the header"
        )
    names = [n or f"unnamed_{i}" for i, n in enumerate(names)]
    mapping, depth_unit = _map_columns(names, options, source.name)
    if "magnitude" not in mapping:
        raise InputError(_no_magnitude(names, source.name))
    if options.columns is None:
        mapping |= _free_columns(names, mapping)
    if delimiter == " ":
        data = data[:start] + re.sub(
            rb"[ \t]+", b" ", re.sub(rb"(?m)^[ \t]+|[ \t]+$", b"", data[start:])
        )
    table, lines, rejections = _parse(
        data, header_line, names, delimiter, sorted(set(mapping.values())), start, options.decimal
    )
    converter = _Converter(table, lines, options, source.name)
    columns = converter.columns(mapping)
    attributes: dict[str, Any] = converter.attributes
    if depth_unit:
        attributes["depth_unit"] = depth_unit
        attributes |= {
            f"{n}_unit": depth_unit for n in ("depth_uncertainty", "horizontal_uncertainty")
        }
    if {"x", "y", "z"} <= columns.keys() and "latitude" not in columns:
        attributes["axes"] = "ENU"
        converter.notes.append("x, y, z read as east, north and up")
    unread = tuple(n for n in names if n not in mapping.values() and not n.startswith("unnamed_"))
    others = [n for n in names if n not in {mapping.get(c) for c in COLUMNS}]
    if "time" not in columns and others:
        converter.notes.append(
            f"no column is known as the time; unknown are {', '.join(others[:20])}"
            f"{', ...' * (len(others) > 20)}. The events are numbered as they stand; if one of "
            "these is the time, pass --columns FILE.toml with [columns] that map it, such as "
            f'time = "{others[0]}", and the other columns'
        )
    keep = converter.good
    if not keep.all():
        columns, lines = {k: v[keep] for k, v in columns.items()}, lines[keep]
    return RawTable(
        columns,
        attributes,
        lines,
        [*rejections, *converter.rejections],
        unread=unread,
        notes=converter.notes,
    )


def _utf8(source: Source) -> bytes:
    """Return the bytes as UTF-8 without a byte-order mark; UTF-16 and Latin-1 are converted."""
    data = source.bytes()
    try:
        data.decode()
        data = data.removeprefix(b"\xef\xbb\xbf")
    except UnicodeDecodeError:
        data = source.text().encode(errors="replace")
    # Bare carriage returns end lines, too; one within quotes beside line feeds does not.
    if b"\r" in data and (b"\n" not in data or b'"' not in data):
        data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return data


def _header(data: bytes, where: str) -> tuple[int, str, int]:
    """Return the header's line number, its text and where the rows begin."""
    position, number = 0, 1
    while position < len(data):
        end = data.find(b"\n", position)
        end = len(data) if end < 0 else end
        line = data[position:end].strip()
        if line and not line.startswith(b"#"):
            if len(line) > 1_000_000:
                raise InputError(f"{where}: the first line has {len(line)} characters; not a table")
            return number, line.decode("utf-8", errors="replace"), min(end + 1, len(data))
        position, number = end + 1, number + 1
    raise InputError(f"{where}: the file is empty")


def _map_columns(
    names: list[str], options: ReadOptions, where: str
) -> tuple[dict[str, str], str | None]:
    """Return column of the schema -> name in the file, and the unit of the depth if known."""
    normal = {column_key(n): n for n in names}
    if options.columns is not None:
        mapped = {}
        for target, name in options.columns.items():
            if name not in names and column_key(name) not in normal:
                raise InputError(
                    f"{where}: the mapping names column {name!r}; the file has {', '.join(names)}"
                )
            if target not in _OF_TIME and column_of(target) is None:
                raise InputError(
                    f"{where}: the mapping names {target!r}, which is not a column of the "
                    f"catalog; there are {', '.join([*COLUMNS, *_OF_TIME])}"
                )
            mapped[target] = name if name in names else normal[column_key(name)]
        return mapped, None
    fixed: dict[str, str] = {}
    unit: str | None = None
    for signature, renamed, depth_unit in _DIALECTS:
        if signature <= normal.keys():
            fixed, unit = renamed, depth_unit
            break
    mapping: dict[str, str] = {}
    magnitudes: list[tuple[str, str]] = []
    for key, name in normal.items():
        base, suffix = re.fullmatch(r"(.*?)(?:_(km|m))?", key).groups()  # type: ignore[union-attr]
        target = fixed.get(key) or _ALIASES.get(key, key)
        if suffix and _ALIASES.get(base, base) in _LENGTHS:
            target = _ALIASES.get(base, base)
            if target == "depth":
                unit = suffix
        if target in _TYPED and target not in fixed:
            magnitudes.append((target, name))
        elif (
            target in ("date", "clock")
            or target in COLUMNS
            or key in fixed
            or (target.startswith("magnitude_") and target.removeprefix("magnitude_") in _TYPED)
        ):
            mapping.setdefault(target, name)
    if "date" in mapping and "time" in mapping and "clock" not in mapping:
        mapping["clock"] = mapping.pop("time")
    parts = {DATE_PARTS[key]: name for key, name in normal.items() if key in DATE_PARTS}
    if {"year", "month", "day"} <= parts.keys() and not {"time", "date"} & mapping.keys():
        mapping |= parts
    for i, (kind, name) in enumerate(magnitudes):
        first = i == 0 and "magnitude" not in mapping
        mapping["magnitude" if first else f"magnitude_{kind}"] = name
    if "x" in mapping and not {"y", "z"} <= mapping.keys():
        for name in ("x", "y", "z"):
            mapping.pop(name, None)
    return mapping, unit


def _no_magnitude(names: list[str], where: str) -> str:
    likely = [n for n in names if re.match(r"mag|m[lwbsd]?(_|$)", column_key(n))] or ["ML"]
    return (
        f"{where}: no magnitude column; the file has {', '.join(names[:20])}"
        f"{', ...' * (len(names) > 20)}. Write a file columns.toml with the line [columns] and "
        f"under it one line each such as magnitude = {likely[0]!r} (likewise time, latitude, "
        "longitude, depth), and pass --columns columns.toml"
    )


def _free_columns(names: list[str], mapping: dict[str, str]) -> dict[str, str]:
    """Return the columns that the schema does not name and may carry on as they are."""
    taken = set(mapping.values())
    free = {
        key: name
        for name in names
        if name not in taken
        and not name.startswith("unnamed_")
        and (key := column_key(name)) not in {*mapping, *COLUMNS, *_OF_TIME[:2]}
        and column_of(key) is not None
    }
    return free if len(free) <= _MOST_FREE else {}


def _parse(
    data: bytes, header_line: int, names: list[str], delimiter: str, wanted: list[str],
    start: int, decimal: str,
) -> tuple[pa.Table, NDArray[np.int64], list[Rejection]]:  # fmt: skip
    """Parse the rows into columns of text."""
    bad: list[Any] = []

    def handler(row: Any) -> str:
        bad.append(row)
        return "skip"

    def parse(threads: bool) -> pa.Table:
        bad.clear()
        return pa_csv.read_csv(
            io.BytesIO(data[start:]),
            pa_csv.ReadOptions(column_names=names, use_threads=threads),
            pa_csv.ParseOptions(
                delimiter=delimiter,
                newlines_in_values=b'"' in data,
                invalid_row_handler=handler,
            ),
            pa_csv.ConvertOptions(
                column_types={n: pa.string() for n in wanted},
                include_columns=wanted,
                strings_can_be_null=False,
            ),
        )

    if not data[start:].strip():
        empty = pa.table({n: pa.array([], pa.string()) for n in wanted})
        return empty, np.zeros(0, dtype=np.int64), []
    try:
        table = parse(len(data) > _SMALL)
        if bad:  # the rows' numbers are known only to a single thread
            table = parse(False)
    except pa.ArrowInvalid as error:
        raise InputError(f"the table cannot be parsed: {error}") from None
    numbers = _line_numbers(data, start, header_line, table.num_rows + len(bad))
    rejections, dropped = [], []
    for row in bad:
        index = (row.number or 1) - 1
        dropped.append(index)
        line = int(numbers[index]) if index < numbers.size else header_line + 1 + index
        hint = (
            " (decimal commas? pass --decimal ,)"
            if row.actual_columns > row.expected_columns
            else ""
        )
        rejections.append(
            Rejection(
                line,
                "(row)",
                str(row.text)[:80],
                f"{row.expected_columns} fields, not {row.actual_columns}{hint}",
            )
        )
    lines = np.delete(numbers, dropped) if dropped else numbers
    return table, lines[: table.num_rows], rejections


def _line_numbers(data: bytes, start: int, header_line: int, rows: int) -> NDArray[np.int64]:
    body = data[start:]
    count = body.count(b"\n") + (not body.endswith(b"\n"))
    if count == rows:
        return np.arange(header_line + 1, header_line + 1 + rows)
    filled = [i for i, line in enumerate(body.splitlines()) if line.strip()]
    if len(filled) < rows:  # quoted line breaks, or bare carriage returns
        return np.arange(header_line + 1, header_line + 1 + rows)
    return np.asarray(filled[:rows], dtype=np.int64) + header_line + 1


class _Converter:
    """Turns columns of text into typed arrays and lists what does not fit."""

    def __init__(
        self, table: pa.Table, lines: NDArray[np.int64], options: ReadOptions, where: str
    ) -> None:
        self._table = table
        self._lines = lines
        self._options = options
        self._where = where
        self.good = np.ones(table.num_rows, dtype=bool)
        self.rejections: list[Rejection] = []
        self.attributes: dict[str, Any] = {}
        self.notes: list[str] = []

    def columns(self, mapping: dict[str, str]) -> dict[str, NDArray[Any]]:
        out: dict[str, NDArray[Any]] = {}
        for target, name in mapping.items():
            if target == "time" or target in _OF_TIME:
                continue
            texts = self._trimmed(name)
            if target not in COLUMNS:
                out[target] = self._free(texts)
                continue
            kind = COLUMNS[target].kind
            if kind in ("string", "category"):
                if kind == "category":
                    none = pa.array(_NO_NETWORK if target == "network" else _NONE)
                    texts = pc.if_else(pc.is_in(texts, value_set=none), "", texts)
                out[target] = np.asarray(texts.to_numpy(zero_copy_only=False), dtype=object)
            else:
                out[target] = self._numbers(texts, target)
                if kind == "int64":
                    out[target] = np.where(np.isnan(out[target]), -1, out[target]).astype(np.int64)
                suffix = column_key(name).rsplit("_", 1)[-1]
                if target in _LENGTHS and target != "depth" and suffix in ("km", "m"):
                    out[target] *= {"km": 1000.0, "m": 1.0}[suffix]
        if {"date", "clock"} <= mapping.keys():
            date, clock = self._trimmed(mapping["date"]), self._trimmed(mapping["clock"])
            mark = " " if len(date) and _SLASHED.match(str(date[0])) else "T"
            out["time"] = self._times(
                pc.binary_join_element_wise(date, clock, mark), "date and time"
            )
        elif {"year", "month", "day"} <= mapping.keys():
            parts = {n: self._trimmed(mapping[n]) for n in PARTS if n in mapping}
            out["time"] = self._times(join_parts(parts), "year to second")
        elif "time" in mapping or "date" in mapping:
            name = mapping.get("time") or mapping["date"]
            out["time"] = self._times(self._trimmed(name), name)
        typed = _TYPED.get(column_key(mapping.get("magnitude", "")))
        if typed is not None and "magnitude_type" not in out:
            out["magnitude_type"] = np.full(self._table.num_rows, typed, dtype=object)
        self._magnitude_resolution(out)
        return out

    def _trimmed(self, name: str) -> pa.Array:
        return pc.utf8_trim_whitespace(self._table[name].combine_chunks())

    def _reject(self, row: int, column: str, value: str, expected: str) -> None:
        if self.good[row]:
            self.rejections.append(Rejection(int(self._lines[row]), column, value, expected))
        self.good[row] = False

    def _free(self, texts: pa.Array) -> NDArray[Any]:
        """Return integers, numbers or texts, whichever all fields are; 007 is a text."""
        if len(texts) and all_match(texts, _INTEGER):
            return np.array(pc.cast(texts, pa.int64()))
        filled = pc.if_else(
            pc.is_in(texts, value_set=pa.array(_NONE)), pa.scalar(None, pa.string()), texts
        )
        if self._options.decimal == ",":
            filled = pc.replace_substring(filled, ",", ".")
        if not pc.any(pc.match_substring_regex(filled, _LEADING_ZERO)).as_py():
            try:
                return np.array(pc.cast(filled, pa.float64()).to_numpy(zero_copy_only=False))
            except pa.ArrowInvalid:
                pass
        return np.asarray(texts.to_numpy(zero_copy_only=False), dtype=object)

    def _numbers(self, texts: pa.Array, column: str) -> NDArray[np.float64]:
        marked = pc.replace_substring(texts, ",", ".") if self._options.decimal == "," else texts
        try:
            numbers = pc.cast(
                pc.if_else(pc.equal(marked, ""), pa.scalar(None, pa.string()), marked), pa.float64()
            )
            return np.array(numbers.to_numpy(zero_copy_only=False), dtype=np.float64)
        except pa.ArrowInvalid:
            pass
        values, valid = to_numbers(["" if t in _NONE else t for t in marked.to_pylist()])
        for row in np.flatnonzero(~valid).tolist():
            text = str(texts[row])
            hint = "; for decimal commas pass --decimal ," if "," in text else ""
            self._reject(row, column, text, f"a number{hint}")
        return values

    def _times(self, texts: pa.Array, name: str) -> NDArray[np.int64]:
        if not len(texts):
            return np.zeros(0, dtype=np.int64)
        if self._options.time_format is not None:
            texts = reformat(texts, self._options.time_format)
        # The first field decides whether a question has to be put to a million others.
        elif _SLASHED.match(str(texts[0])) and all_match(texts, _SLASHED.pattern):
            texts = reformat(texts, self._date_format(texts))
        seconds = self._relative(texts) if to_numbers([str(texts[0])])[1][0] else None
        if seconds is not None:
            return seconds
        utc = pc.all(pc.ends_with(texts, "Z")).as_py()
        times, unit, valid = parse_times(pc.utf8_slice_codeunits(texts, 0, -1) if utc else texts)
        for row in np.flatnonzero(~valid):
            self._reject(
                int(row), name, str(texts[int(row)]), "a time such as 2019-08-26T07:30:47Z"
            )
        self.attributes["time_unit"] = unit
        if ":" not in str(texts[0]) and not pc.any(pc.match_substring(texts, ":")).as_py():
            self.attributes["time_resolution"] = "P1D"
        elif not (
            re.search(_SECONDS, str(texts[0]))
            or pc.any(pc.match_substring_regex(texts, _SECONDS)).as_py()
        ):
            self.attributes["time_resolution"] = "PT1M"
        return times

    def _relative(self, texts: pa.Array) -> NDArray[np.int64] | None:
        """Take a time column of plain numbers as seconds since an unnamed origin."""
        try:
            seconds = np.asarray(pc.cast(texts, pa.float64()))
        except pa.ArrowInvalid:
            return None
        if not np.isfinite(seconds).all() or np.abs(seconds).max() > 9e9:
            return None
        self.attributes |= {
            "time_frame": "relative",
            "time_unit": "ns",
            "time_origin": "not stated in the file",
        }
        self.notes.append("times are plain numbers, read as seconds since an origin not stated")
        return np.round(seconds * 1e9).astype(np.int64)

    def _date_format(self, texts: pa.Array) -> str:
        parts = pc.extract_regex(
            texts, r"^(?P<first>\d{1,2})[/.](?P<second>\d{1,2})[/.]\d{4}(?P<rest>.*)$"
        )
        first, second = (
            np.asarray(pc.struct_field(parts, f).cast(pa.int64())) for f in ("first", "second")
        )
        mark = "." if "." in str(texts[0])[:3] else "/"
        clock = (
            " %H:%M:%S"
            if str(texts[0]).count(":") == 2
            else " %H:%M"
            if ":" in str(texts[0])
            else ""
        )
        month_first, day_first = bool((second > 12).any()), bool((first > 12).any())
        if month_first == day_first:
            why = "both orders occur" if month_first else "day and month cannot be told apart"
            raise InputError(
                f"{self._where}: dates such as {str(texts[0])!r} are ambiguous ({why}); "
                "pass --columns FILE.toml with a line such as time_format = '%d/%m/%Y %H:%M' "
                "above [columns]"
            )
        order = ("%m", "%d") if month_first else ("%d", "%m")
        self.notes.append(f"dates read as {'month' if month_first else 'day'} first")
        return mark.join((*order, "%Y")) + clock

    def _magnitude_resolution(self, out: dict[str, NDArray[Any]]) -> None:
        """Record the step of the magnitudes where all are multiples of 0.1 or 0.01."""
        values = out.get("magnitude", np.zeros(0))
        values = values[np.isfinite(values)]
        if values.size < 2:
            return
        for step in (0.1, 0.01):
            scaled = values / step
            if np.all(np.abs(scaled - np.round(scaled)) < 1e-6):
                self.attributes["magnitude_resolution"] = step
                return
