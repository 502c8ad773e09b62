# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which servers, or volumes, are meant: names, IDs, patterns, metadata, the text of a survey, and what is left out of
them.

An item is a dictionary of options that has one of

- ``server``, or its own noun: a name or an ID
- ``snapshot``, of a volume: what it names is no volume, and is left as it is
- ``regex``: a regular expression; each server whose whole name it matches
- ``metadata``, with none of these: each server that has this metadata
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._core.fields import as_text
from ansible_collections.osnap.openstack.plugins.module_utils._core.lookup import is_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    Row = Mapping[str, Any]

#: What is on its way out is not meant by a pattern.
_LEAVING = ("DELETED", "SOFT_DELETED", "deleting")
SERVER, SNAPSHOT = "server", "snapshot"


def items_of(given: object) -> list[dict[str, Any]]:
    """The items of a list of names and items, or of a text: the names of a survey, separated by commas or lines.

    :raises OsnapError: one sentence, where something else is given
    """
    if given is None:
        return []
    if isinstance(given, str):
        return [{"server": name.strip()} for name in re.split(r"[,\r\n]", given) if name.strip()]
    if isinstance(given, dict) or not isinstance(given, (list, tuple)):
        what = "a dictionary" if isinstance(given, dict) else repr(given)
        raise OsnapError(f"Servers are given as a text of names or as a list; this is {what}.")
    if wrong := [_no_item(one, f"servers[{index}]") for index, one in enumerate(given) if not _is_item(one)]:
        raise OsnapError("; ".join(wrong) + ".")
    return [_item(one) for one in given]


def problem(item: Mapping[str, Any], nouns: Sequence[str] = (SERVER,)) -> str | None:
    """What is wrong with how an item says which servers it means, as clauses; None if nothing.

    :param nouns: the options that name a single one; the first is what patterns look for
    """
    return "; ".join(_wrong(item, nouns)) or None


def wrong_exclude(exclude: Sequence[object] | None, noun: str = SERVER) -> Iterator[str]:
    """What is wrong with how the items of an exclude say what they mean, a clause each."""
    for index, one in enumerate(exclude or []):
        if not _is_item(one):
            yield _no_item(one, f"exclude[{index}]", noun)
        elif clause := problem(_item(one, noun), (noun,)):
            yield f"exclude[{index}]: {clause}"


def _wrong(item, nouns):
    noun, regex, metadata = nouns[0], item.get("regex"), item.get("metadata")
    given = [key for key in (*nouns, "regex") if item.get(key) is not None]
    if len(given) > 1:
        yield f"{_and(given)} exclude each other"
    elif given and given[0] in nouns and not item[given[0]].strip():
        yield f"{given[0]} is empty; give the name or ID of one"
    elif not given and metadata is None:
        yield f"one of {_and([*nouns, 'regex', 'metadata'])} is required"
    elif not given and not metadata:
        yield f"metadata is empty; give what the {noun}s have"
    if item.get("name") is not None and not set(given) & set(nouns) and (given or metadata is not None):
        yield f"name is for one {noun}; leave it out, for more than one may be found"
    if regex == "":
        yield f"regex is empty; give a regular expression that matches the names of the {noun}s"
    elif regex is not None:
        try:
            re.compile(regex)
        except (re.error, OverflowError, RecursionError) as error:
            yield f"regex is '{regex}', which is no regular expression: {error}"


def _and(words):
    return f"{', '.join(words[:-1])} and {words[-1]}"


def needs_rows(items: Sequence[Mapping[str, Any]], exclude: Sequence[object], nouns: Sequence[str] = (SERVER,)) -> bool:
    """Whether all servers have to be listed, or each item names its own."""
    return bool(exclude) or any(all(item.get(noun) is None for noun in nouns) for item in items)


def select(
    items: Sequence[Mapping[str, Any]],
    exclude: Sequence[object],
    rows: Sequence[Row],
    cloud: str,
    nouns: Sequence[str] = (SERVER,),
) -> list[dict[str, Any]]:
    """An item for each server that is meant, in the order of the items; those of a pattern by name. Patterns take what
    no other item has named and no pattern before them has found.

    What an item names is not looked up here: it stays as it is, and may be missing.

    :param rows: all servers of the source, if :func:`needs_rows`
    :param cloud: the source's name, for sentences
    :param nouns: as in :func:`problem`
    :raises OsnapError: one sentence with all of it, where the selection can't be what was meant
    """
    noun = nouns[0]
    rows = sorted(
        (row for row in rows if row["status"] not in _LEAVING), key=lambda row: (row["name"] or "", row["id"])
    )
    if wrong := [*_wrong_items(items, rows, cloud, nouns), *_wrong_exclude(exclude, rows, cloud, noun)]:
        if needs_rows(items, exclude, nouns):
            wrong += _unknown(items, rows, cloud, noun)
        raise OsnapError("; ".join(wrong) + ".")
    left_out = {row["id"] for one in exclude for row in _found(rows, _item(one, noun), noun)}
    taken = {row["id"] for item in items if item.get(noun) is not None for row in _named(rows, item[noun])}
    chosen: list[dict[str, Any]] = []
    for item in items:
        if item.get(noun) is not None:
            ids = {row["id"] for row in _named(rows, item[noun])}
            if not ids or not ids <= left_out:
                chosen.append(dict(item))
            continue
        if any(item.get(other) is not None for other in nouns):
            chosen.append(dict(item))
            continue
        for row in _found(rows, item, noun):
            if row["id"] not in taken | left_out:
                taken.add(row["id"])
                chosen.append({**item, **_by_id(item), noun: row["id"]})
    if items and not chosen:
        raise OsnapError(f"What is to be excluded leaves no {noun}; nothing is left to be done.")
    return chosen


def _wrong_items(items, rows, cloud, nouns):
    """Items that can't be what was meant, a clause each."""
    for index, item in enumerate(items):
        where, noun = f"{nouns[0]}s[{index}]", nouns[0]
        if clause := problem(item, nouns):
            yield f"{where}: {clause}"
        elif all(item.get(other) is None for other in nouns) and not _found(rows, item, noun):
            yield f"{where}: no {noun} of cloud {cloud} {_said(item)}; check it, or take it out"


def _wrong_exclude(exclude, rows, cloud, noun):
    """What is excluded and can't be what was meant, a clause each."""
    if wrong := list(wrong_exclude(exclude, noun)):
        yield from wrong
        return
    for index, one in enumerate(exclude):
        item = _item(one, noun)
        if item.get(noun) is not None and not _named(rows, item[noun]):  # one that is mistyped would be moved
            yield f"exclude[{index}]: no {noun} of cloud {cloud} is '{item[noun]}'; check the name"


def _unknown(items, rows, cloud, noun):
    """Names that nobody has, a clause each: told beside what is wrong, for by itself such a one may have arrived."""
    for index, item in enumerate(items):
        given = (item.get(noun) or "").strip()
        if given and not is_id(given) and not _named(rows, given):
            yield f"{noun}s[{index}]: no {noun} of cloud {cloud} is '{given}'; check the name"


def _by_id(item):
    """What an item of a pattern says of each that it has found: metadata that select are its own already."""
    return {"regex": None, "metadata": None if item.get("regex") is None else item.get("metadata")}


def _item(one, noun=SERVER):
    return {noun: one} if isinstance(one, str) else dict(one)


def _is_item(one):
    return isinstance(one, (str, dict))


def _no_item(one, where, noun=SERVER):
    return f"{where} is {one!r}; give the name or ID of a {noun}, or a dictionary"


def _found(rows: Iterable[Row], item: Mapping[str, Any], noun: str) -> list[Row]:
    if item.get(noun) is not None:
        return _named(rows, item[noun])
    if item.get("regex") is not None:
        return [row for row in rows if re.fullmatch(item["regex"], row["name"] or "")]
    wanted = as_text(item["metadata"]).items()
    return [row for row in rows if wanted <= (row["metadata"] or {}).items()]


def _named(rows: Iterable[Row], given: str) -> list[Row]:
    """By ID, or else by name: as they are looked up."""
    rows, given = list(rows), given.strip()
    return [row for row in rows if row["id"] == given] or [row for row in rows if (row["name"] or "").strip() == given]


def _said(item):
    """What a server has to be for a pattern, as a predicate."""
    if item.get("regex") is not None:
        return f"has a name that matches '{item['regex']}' as a whole"
    return "has the metadata " + ", ".join(f"{key}={value}" for key, value in as_text(item["metadata"]).items())
