"""Expressions that choose events, such as ``magnitude >= 2 and depth < 5000``.

They are parsed, never evaluated as code: names are columns, and there are
comparisons, ``and``, ``or``, ``not``, ``in``, numbers, texts and the four operations.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from functools import reduce
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from asperity.core.catalog import Catalog
from asperity.core.errors import InputError

__all__ = ["where"]

_COMPARE: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: lambda a, b: (a != b) & _known(a) & _known(b),
    ast.In: lambda a, b: np.isin(a, b),
    ast.NotIn: lambda a, b: ~np.isin(a, b) & _known(a),
}
_BINARY: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}


def where(catalog: Catalog, expression: str) -> NDArray[np.bool_]:
    """Return which events satisfy an expression.

    Parameters
    ----------
    catalog : Catalog
    expression : str
        Column names, numbers, texts in quotes, ``< <= > >= == != in not in``,
        ``and or not``, ``+ - * /`` and parentheses. A comparison with NaN is false,
        ``!=`` and ``not in`` too; ``not`` in front of it turns it round. A text beside
        ``time`` is a time as `Catalog.parse_time` takes it.

    Returns
    -------
    ndarray of bool, shape (n,)

    Raises
    ------
    InputError
        If the expression cannot be parsed, names no column, compares texts with
        numbers, or is no condition.

    Examples
    --------
    >>> catalog = Catalog.from_columns({"magnitude": [1.0, 2.0, 3.0]})
    >>> where(catalog, "magnitude > 1 and not magnitude == 3").tolist()
    [False, True, False]
    """
    shown = expression if len(expression) <= 200 else f"{expression[:200]}..."
    try:
        tree = ast.parse(expression.strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise InputError(f"--where {shown!r} cannot be parsed: {error}") from None
    try:
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            mask = _value(tree.body, catalog, shown)
    except InputError:
        raise
    except (TypeError, ValueError, ArithmeticError, RecursionError) as error:
        raise InputError(f"--where {shown!r}: {error}") from None
    if not isinstance(mask, np.ndarray) or mask.dtype != bool or mask.shape != (len(catalog),):
        raise InputError(
            f"--where {shown!r} is not a condition on columns; "
            "write for example 'magnitude >= 2 and depth < 5000'"
        )
    return mask


def _value(node: ast.expr, catalog: Catalog, text: str) -> Any:
    if isinstance(node, ast.Name):
        if node.id not in catalog:
            raise InputError(
                f"--where {text!r}: there is no column {node.id!r}; "
                f"there are {', '.join(catalog.columns)}"
            )
        values = catalog[node.id]
        return values if values.dtype.kind == "f" else _plain(catalog, node.id)
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float | str):
        return node.value
    if isinstance(node, ast.Tuple | ast.List):
        return [_value(item, catalog, text) for item in node.elts]
    if isinstance(node, ast.BoolOp):
        parts = [_truth(v, catalog, text) for v in node.values]
        return (np.logical_and if isinstance(node.op, ast.And) else np.logical_or).reduce(parts)
    if isinstance(node, ast.UnaryOp):
        if isinstance(node.op, ast.Not):
            return ~_truth(node.operand, catalog, text)
        if isinstance(node.op, ast.USub):
            operand = _value(node.operand, catalog, text)
            if _holds(operand) != "numbers" or isinstance(operand, list):
                raise InputError(f"--where {text!r}: {ast.unparse(node)!r} needs a number")
            return -operand
    if isinstance(node, ast.BinOp) and type(node.op) in _BINARY:
        left, right = (_value(side, catalog, text) for side in (node.left, node.right))
        for side in (left, right):
            # Python would multiply a text or a list to any length.
            if _holds(side) == "texts" or isinstance(side, list):
                raise InputError(f"--where {text!r}: {ast.unparse(node)!r} calculates with texts")
        return _BINARY[type(node.op)](left, right)
    if isinstance(node, ast.Compare) and all(type(op) in _COMPARE for op in node.ops):
        nodes = (node.left, *node.comparators)
        sides = [_value(v, catalog, text) for v in nodes]
        if any(isinstance(v, ast.Name) and v.id == "time" for v in nodes):
            sides = [_as_times(side, catalog, text) for side in sides]
        for left, right in pairwise(range(len(sides))):
            _alike(nodes[left], sides[left], nodes[right], sides[right], text)
        steps = [
            _COMPARE[type(op)](a, b)
            for op, a, b in zip(node.ops, _compared(node.ops, sides, text), sides[1:], strict=True)
        ]
        return reduce(np.logical_and, steps)
    raise InputError(
        f"--where {text!r}: {ast.unparse(node)!r} is not allowed; use columns, numbers, texts, "
        "comparisons, and, or, not"
    )


def _compared(ops: list[ast.cmpop], sides: list[Any], text: str) -> list[Any]:
    """Return the left sides, once every list stands where one may: after in."""
    for position, side in enumerate(sides):
        after_in = position > 0 and isinstance(ops[position - 1], ast.In | ast.NotIn)
        if isinstance(side, list) and (not after_in or position < len(ops)):
            raise InputError(f"--where {text!r}: a list may stand only after in or not in")
        if after_in and not isinstance(side, list):
            raise InputError(f"--where {text!r}: write a list after in, such as in (1, 2)")
    return sides[:-1]


def _as_times(side: Any, catalog: Catalog, text: str) -> Any:
    """Return texts beside the column ``time`` as integers of its unit and frame."""
    if isinstance(side, list):
        return [_as_times(item, catalog, text) for item in side]
    if not isinstance(side, str):
        return side
    try:
        return catalog.parse_time(side)
    except InputError as error:
        raise InputError(f"--where {text!r}: {error}") from None


def _holds(side: Any) -> str:
    """Return whether a side of a comparison holds ``texts``, ``numbers`` or something else."""
    if isinstance(side, list):
        kinds = {_holds(item) for item in side}
        return kinds.pop() if len(kinds) == 1 else "" if not kinds else "texts and numbers"
    if isinstance(side, str):
        return "texts"
    if isinstance(side, np.ndarray):
        return {"O": "texts", "T": "texts", "U": "texts", "b": "conditions"}.get(
            side.dtype.kind, "numbers"
        )
    return "numbers"


def _alike(left: ast.expr, a: Any, right: ast.expr, b: Any, text: str) -> None:
    """Refuse to compare texts with numbers: no event would ever be chosen."""
    for node, side in ((left, a), (right, b)):
        if isinstance(side, list) and any(isinstance(item, np.ndarray | list) for item in side):
            raise InputError(
                f"--where {text!r}: the list {ast.unparse(node)} may hold numbers or texts only"
            )
    kinds = _holds(a), _holds(b)
    if kinds[0] == kinds[1] or "" in kinds:
        return
    if any("texts" in kind for kind in kinds):
        hint = "numbers stand without quotes, texts in quotes"
        raise InputError(
            f"--where {text!r}: {ast.unparse(left)!r} holds {kinds[0]} and {ast.unparse(right)!r} "
            f"holds {kinds[1]}; {hint}, such as event_id == '3' or magnitude == 3"
        )


def _known(values: Any) -> Any:
    """Return where values are not NaN; texts and single numbers are always known."""
    floats = isinstance(values, np.ndarray) and values.dtype.kind == "f"
    return ~np.isnan(values) if floats else True


def _truth(node: ast.expr, catalog: Catalog, text: str) -> NDArray[np.bool_]:
    value = _value(node, catalog, text)
    if not isinstance(value, np.ndarray) or value.dtype != bool:
        raise InputError(
            f"--where {text!r}: {ast.unparse(node)!r} is not a condition; compare it, such "
            "as magnitude >= 2"
        )
    return value


def _plain(catalog: Catalog, name: str) -> NDArray[Any]:
    """Return texts for categories and text columns, numbers for integers."""
    values = catalog[name]
    return (
        values
        if values.dtype.kind == "i" and name not in _categories(catalog)
        else catalog.texts(name)
    )


def _categories(catalog: Catalog) -> set[str]:
    return {n for n in catalog.columns if "flag_meanings" in catalog.dataset[n].attrs}
