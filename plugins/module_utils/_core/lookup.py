# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names to objects. Zero or several matches are an error that lists the candidates; nothing is ever guessed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ansible_collections.osnap.openstack.plugins.module_utils._core.declared import Service
    from ansible_collections.osnap.openstack.plugins.module_utils._core.fields import Field
    from ansible_collections.osnap.openstack.plugins.module_utils._rows import Row

_UUID = re.compile(r"[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}", re.I)


def is_id(value: object) -> bool:
    return isinstance(value, str) and _UUID.fullmatch(value.strip()) is not None


def listing(rows: Sequence[Row], most: int = 10) -> str:
    """``id (status, created)`` of each candidate, for a message."""
    shown = [f"{row['id']} ({row.get('status')}, {row.get('created_at')})" for row in rows[:most]]
    return ", ".join(shown) + (f" and {len(rows) - most} more" if len(rows) > most else "")


def resolve(service: Service, values: Iterable[str]) -> dict[str, str | OsnapError]:
    """Resolve names and IDs of one kind of resource, with as few requests as there can be.

    An ID is taken as it is, without a request: whoever uses it first finds out. (``existing`` asks.)

    :param values: names or IDs, repeats allowed
    :returns: ``{value: id}``, with an :class:`OsnapError` in place of the ID where there is none or several
    """
    values = set(values)
    names = sorted(value for value in values if not is_id(value))
    found = {value: value.strip() for value in values if is_id(value)}
    rows = service.named(names) if names else {}
    for name in names:
        found[name] = _only(service, name, rows.get(name, []))
    return {value: row if isinstance(row, (str, OsnapError)) else row["id"] for value, row in found.items()}


def existing(service: Service, values: Iterable[str]) -> dict[str, Row | OsnapError]:
    """As :func:`resolve`, but ``{value: resource}``, every ID asked for."""
    values = set(values)
    ids = {value: value.strip() for value in values if is_id(value)}
    names = sorted(values - set(ids))
    rows = service.named(names) if names else {}
    found = {name: _only(service, name, rows.get(name, [])) for name in names}
    polled = service.poll(sorted(set(ids.values()))) if ids else {}
    for value, id in ids.items():
        found[value] = polled.get(id) or Missing(
            f"There is no {service.noun} with the ID {id} in cloud {service.cloud.name}; "
            "check the ID and the project of the credentials.",
            resource=id,
        )
    return found


def refer(service: Service, field: Field, items: list[dict[str, Any]], desired: list[Any], leaving: bool) -> None:
    """Replace the names of other objects by their IDs, in ``desired`` under the field's attribute.

    :param items: the items, with the field's option
    :param leaving: the items are to be gone, and so is what belongs to something that is not there: ``nowhere``
    """
    ids = resolve(service, [value for item in items for value in _names(item[field.name])])
    for index, item in enumerate(items):
        found = [ids[value] for value in _names(item[field.name])]
        error = next((id for id in found if isinstance(id, OsnapError)), None)
        if isinstance(error, Missing) and leaving:
            desired[index]["nowhere"] = not item["id"]  # what it belongs to is gone, and so is it; an ID says more
        elif error:
            desired[index] = error
        elif not isinstance(desired[index], OsnapError):
            single = found[0] if found else None
            desired[index][field.key] = sorted(set(found)) if isinstance(item[field.name], list) else single


def _names(value):
    """The names or IDs that an option gives: none, one, or a list of them."""
    return value if isinstance(value, list) else [] if value is None else [value]


def meant(rows: Iterable[Row], value: str) -> list[Row]:
    """Of a whole list, the rows of an ID or else a name: for resources whose ID can be any text."""
    return [row for row in rows if row["id"] == value] or [row for row in rows if row["name"] == value]


def _only(service, name, rows):
    if not name.strip():  # a template that came out empty must not mean one without a name, nor any
        return OsnapError(f"The name of a {service.noun} is empty; give its name or ID.")
    if len(rows) == 1:
        return rows[0]
    if not rows:
        return Missing(
            f"There is no {service.noun} named '{name}' in cloud {service.cloud.name}; check the name and the project "
            "of the credentials.",
            resource=name,
        )
    return OsnapError(
        f"{len(rows)} {service.noun}s are named '{name}': {listing(rows)}; give the ID of the one that is meant.",
        resource=name,
    )


def foreign(cloud: Any, noun: str, row: Row) -> OsnapError | None:
    """The error for what an administrator would make of another project's object, or None.

    It would belong to the administrator's project: its owner would neither see it nor be able to delete what it was
    made of.
    """
    if row["project_id"] in (None, cloud.project_id):
        return None
    return OsnapError(
        f"The {noun} '{row['name'] or ''}' ({row['id']}) belongs to the project {row['project_id']}, and what is made"
        f" of it here would belong to the project {cloud.project_id}, where its owner neither sees it nor can remove"
        " it; log in to the owner's project.",
        resource=row["id"],
    )


class Missing(OsnapError):
    """Nothing of that name or ID is there: an error for who needs it, good news for who wants it gone."""
