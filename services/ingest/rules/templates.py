"""Decides what a template of a mapping file makes of a row: text with {COLUMN}, {COLUMN:0>5} or {COLUMN[5:9]} in it."""

import re

import polars as pl

_PLACE = re.compile(r"\{([^{}\[\]:]+)(?:\[(\d+):(\d+)\])?(?::(.)>(\d+))?\}")


class MappingError(ValueError):
    """A mapping file that cannot be used; the message names the place and the mend."""


def columns_of(template: str) -> list[str]:
    """The columns a template names, in order."""
    return [match[1].strip() for match in _PLACE.finditer(template)]


def is_bare(template: str) -> bool:
    """Whether a template is one column's value and nothing else."""
    match = _PLACE.fullmatch(template)
    return match is not None and match[2] is None and match[4] is None


def expression(template: str, where: str) -> pl.Expr:
    """The template over named text columns; empty where any named column is empty.

    `[5:9]` takes characters 5 up to, not including, 9, counted from 0; `:0>5` fills with 0 on the left to 5 characters.
    """
    parts: list[pl.Expr] = []
    done = 0
    for match in _PLACE.finditer(template):
        _literal(template[done : match.start()], parts, where)
        done = match.end()
        value = pl.col(match[1].strip())
        if match[2] is not None:
            value = value.str.slice(int(match[2]), int(match[3]) - int(match[2]))
        if match[4] is not None:
            value = value.str.pad_start(int(match[5]), match[4])
        parts.append(value)
    _literal(template[done:], parts, where)
    return pl.concat_str(parts, ignore_nulls=False) if parts else pl.lit("")


def _literal(text: str, parts: list[pl.Expr], where: str) -> None:
    if "{" in text or "}" in text:
        raise MappingError(f"{where}: a brace stands alone; write {{COLUMN}}, {{COLUMN[0:4]}} or {{COLUMN:0>5}}")
    if text:
        parts.append(pl.lit(text))
