# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which servers are meant: names, IDs, patterns, metadata, the text of a survey, and what is left out of them.

An item is a dictionary of options that has one of

- ``server``: a name or an ID
- ``regex``: a regular expression; each server whose whole name it matches
- ``metadata``, with neither of the two: each server that has this metadata
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._core.plan import as_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    Row = Mapping[str, Any]

#: Servers that are on their way out are not meant by a pattern.
_LEAVING = ("DELETED", "SOFT_DELETED")


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
    return [_item(one, f"servers[{index}]") for index, one in enumerate(given)]


def problem(item: Mapping[str, Any]) -> str | None:
    """What is wrong with how an item says which servers it means, as a clause; None if nothing."""
    server, regex, metadata = (item.get(key) for key in ("server", "regex", "metadata"))
    if server is not None and regex is not None:
        return "server and regex exclude each other"
    if server is not None:
        return None if server.strip() else "server is empty; give the name or ID of one"
    if regex is None and metadata is None:
        return "one of server, regex and metadata is required"
    if item.get("name") is not None:
        return "name is for one server; leave it out, for more than one may be found"
    if regex is None:
        return None if metadata else "metadata is empty; give what the servers have"
    if not regex:
        return "regex is empty; give a regular expression that matches the names of the servers"
    try:
        re.compile(regex)
    except (re.error, OverflowError, RecursionError) as error:
        return f"regex is '{regex}', which is no regular expression: {error}"
    return None


def needs_rows(items: Sequence[Mapping[str, Any]], exclude: Sequence[object]) -> bool:
    """Whether all servers have to be listed, or each item names its own."""
    return bool(exclude) or any(item.get("server") is None for item in items)


def select(
    items: Sequence[Mapping[str, Any]], exclude: Sequence[object], rows: Sequence[Row], cloud: str
) -> list[dict[str, Any]]:
    """An item for each server that is meant, in the order of the items; those of a pattern by name. Patterns take what
    no other item has named and no pattern before them has found.

    What an item names is not looked up here: it stays as it is, and may be missing.

    :param rows: all servers of the source, if :func:`needs_rows`
    :param cloud: the source's name, for sentences
    :raises OsnapError: one sentence, where the selection can't be what was meant
    """
    rows = sorted(
        (row for row in rows if row["status"] not in _LEAVING), key=lambda row: (row["name"] or "", row["id"])
    )
    left_out = _left_out(exclude, rows, cloud)
    taken = {row["id"] for item in items if item.get("server") is not None for row in _named(rows, item["server"])}
    chosen: list[dict[str, Any]] = []
    for index, item in enumerate(items):
        if clause := problem(item):
            raise OsnapError(f"servers[{index}]: {clause}.")
        if item.get("server") is not None:
            ids = {row["id"] for row in _named(rows, item["server"])}
            if not ids or not ids <= left_out:
                chosen.append(dict(item))
            continue
        found = _found(rows, item)
        if not found:
            raise OsnapError(f"servers[{index}]: no server of cloud {cloud} {_said(item)}; check it, or take it out.")
        for row in found:
            if row["id"] not in taken | left_out:
                taken.add(row["id"])
                chosen.append({**item, **_MEANT_BY_ID, "server": row["id"]})
    if items and not chosen:
        raise OsnapError("What is to be excluded leaves no server; nothing is left to be done.")
    return chosen


#: What an item of a pattern no longer says: metadata that select are the server's own already.
_MEANT_BY_ID = {"regex": None, "metadata": None}


def _item(one, where):
    if isinstance(one, str):
        return {"server": one}
    if isinstance(one, dict):
        return dict(one)
    raise OsnapError(f"{where} is {one!r}; give the name or ID of a server, or a dictionary.")


def _left_out(exclude, rows, cloud):
    """The IDs of what is excluded."""
    ids: set[str] = set()
    for index, one in enumerate(exclude):
        item = _item(one, f"exclude[{index}]")
        if clause := problem(item):
            raise OsnapError(f"exclude[{index}]: {clause}.")
        found = _found(rows, item)
        if item.get("server") is not None and not found:  # one that is mistyped would be moved
            raise OsnapError(f"exclude[{index}]: no server of cloud {cloud} is '{item['server']}'; check the name.")
        ids |= {row["id"] for row in found}
    return ids


def _found(rows: Iterable[Row], item: Mapping[str, Any]) -> list[Row]:
    if item.get("server") is not None:
        return _named(rows, item["server"])
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
