# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What all services share: rows with the SDK's attribute names, lookup by name and ID, polling."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, NamedTuple

from ansible_collections.osnap.openstack.plugins.module_utils import _marks
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._core.paths import segment

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from ansible_collections.osnap.openstack.plugins.module_utils._core.microversions import Microversions
    from ansible_collections.osnap.openstack.plugins.module_utils._core.plan import Statuses
    from ansible_collections.osnap.openstack.plugins.module_utils._rows import Row

    #: Here, for in a service ``list`` is a method.
    Rows = list[Row]
    Texts = list[str]

#: Up to so many objects are polled one by one; more by one list call.
FEW = 3

#: Seconds for which a list tells why something is refused: of hundreds that are refused at once each has a reason.
A_MOMENT = 2

#: What an attribute is where the service gives one at all. Whoever reads a row may rely on it.
TYPES = {
    "id": str,
    "name": str,
    "description": str,
    "status": str,
    "size": int,
    "min_disk": int,
    "min_ram": int,
    "metadata": dict,
    "tags": list,
    "attachments": list,
    "volume_image_metadata": dict,
    "volume_id": str,
    "snapshot_id": str,
    "volume_type": str,
    "created_at": str,
}


class Stays(NamedTuple):
    """What was not deleted after all: the row as it is now, and why."""

    row: dict
    why: str


class Service:
    """One resource of one cloud. Subclasses declare, and say how it is created, updated and deleted.

    A *row* is a plain dictionary with the SDK's attribute names; ``_rows`` has the shape of each.
    """

    resource = ""  # the SDK's name of the resource, the key of a module's result
    noun = ""  # what a sentence calls it
    api = ""  # catalog type
    path = ""  # of the collection
    detail = ""  # of the list with details
    collection = ""  # key of the list's rows in an answer
    member = ""  # key of one in an answer, "" when the answer is the object
    attributes: dict[str, str | None] = {}  # attribute -> key in the API's JSON, where it differs
    statuses: Statuses
    microversion: Microversions | None = None
    #: Names may repeat and creations race: look again after each, and keep only the first.
    allows_twins = False
    #: The service saves a ready status twice, and what is written in between is lost: ready is what was seen so twice.
    saves_twice = False

    def __init__(self, cloud: Any):
        self.cloud = cloud
        self.client = cloud.client(self.api)
        #: IDs of objects that were found and that lists leave out.
        self._unlisted: set[str] = set()
        self._lists: dict[type[Service], tuple[float, Rows]] = {}
        #: IDs of what a creation has found, made by somebody else meanwhile, instead of making it.
        self.others: set[str] = set()

    @classmethod
    def keys(cls) -> tuple[str, ...]:
        return tuple(cls.attributes)

    def row(self, raw: Any) -> Row:
        """One object of an answer; an error for what can't be one."""
        if not isinstance(raw, dict) or not raw.get(self.attributes["id"]):
            raise self._no_row("without an ID")
        row = {attribute: raw.get(key) for attribute, key in self.attributes.items()}
        for attribute, value in row.items():
            if value is not None and not isinstance(value, TYPES.get(attribute, object)):
                raise self._no_row(f"whose {attribute} is {str(value)[:100]!r}")
        return row

    def _no_row(self, what):
        return OsnapError(
            f"{self.api} in cloud {self.cloud.name} answered with a {self.noun} {what}; check the endpoint of this"
            " service and any proxy on the way.",
            service=self.api,
        )

    def label(self, row: Row) -> str:
        return f"'{row['name']}' ({row['id']})" if row.get("name") else row["id"]

    def get(self, id: str) -> Row | None:
        """One row, or None when it is not there."""
        raw = self.client.get(
            f"{self.path}/{segment(id)}",
            doing=f"read the {self.noun} {id}",
            resource=id,
            microversion=self.microversion,
            missing_ok=True,
        )
        return None if raw is None else self.row(raw[self.member] if self.member else raw)

    def list(self, first_page_only: bool = False, most: int | None = None, **filters: Any) -> Rows | None:
        """The rows that match the service's own filters, ``most`` of them; None when ``first_page_only`` and there are
        more pages.
        """
        rows = self.client.pages(
            self.detail or self.path,
            self.collection,
            doing=f"list {self.noun}s",
            params=filters,
            microversion=self.microversion,
            first_page_only=first_page_only,
            most=most,
        )
        return None if rows is None else [self.row(raw) for raw in rows]

    def poll(self, ids: Collection[str]) -> dict[str, Row]:
        """``{id: row}`` of those that are there."""
        if len(ids) <= FEW:
            return {id: row for id in ids if (row := self.get(id)) is not None}
        wanted = set(ids)
        found = {row["id"]: row for row in self.list() if row["id"] in wanted}
        others = (wanted & self._unlisted) - set(found)
        return found | {id: row for id in others if (row := self.get(id)) is not None}

    def by_id(self, ids: Collection[str], own: Collection[str] = ()) -> dict[str, Row]:
        """As :meth:`poll`, but what a list has not is asked for by itself: to administrators there are other projects'
        objects, too, and lists leave them out. For looks of which "it is not there" is concluded.

        :param own: those that are known to be this project's
        """
        found = self.poll(ids)
        if len(ids) > FEW:
            for id in [id for id in ids if id not in found and id not in own]:
                if there := self.poll([id]):
                    found |= there
                    self._unlisted.add(id)
        return found

    def known(self, ids: Collection[str]) -> dict[str, Row]:
        """``{id: row}`` of those of these IDs that are there; only administrators may be shown what lists leave out."""
        return self.by_id(ids) if self.cloud.is_admin else self.poll(ids)

    def named(self, names: Collection[str], **filters: Any) -> dict[str, Rows]:
        """``{name: [rows]}`` of exactly these names: a filtered list for few, one list of everything for many."""
        if len(names) <= FEW:
            # By ID, for a service's filter may be wider than the name and give a row twice.
            rows = {row["id"]: row for name in names for row in self.list(**self.name_filter(name), **filters)}.values()
        else:
            rows = self.list(**filters)
        wanted = {name: name.strip() for name in names}
        return {
            name: [row for row in rows if (row["name"] or "").strip() == stripped] for name, stripped in wanted.items()
        }

    def name_filter(self, name: str) -> dict[str, Any]:
        return {"name": name.strip()}

    def wait_for(self, service: Service, goals: dict[str, str]) -> dict[str, Row]:
        """Wait for objects of this or another service, ``{id: goal}``; the rows at the end, or the first error."""
        raise TypeError("a service waits only where waiter.bound has bound it to a task")

    def pause(self) -> None:
        """A second between two looks, at whose end the job must still be there."""
        raise TypeError("a service waits only where waiter.bound has bound it to a task")

    def withdraw(self, row: Row) -> None:
        """Delete what was created a moment ago, because somebody else has created the same."""
        self.delete(row)

    def delete_if(self, row: Row, kept: Callable[[Row], str | None]) -> Stays | None:
        """Delete what a plan has chosen, if nothing has happened to it since: it is read again right before.

        :param kept: of the row as it is now, why it stays, as the end of a sentence; something false to delete it
        :returns: :class:`Stays`, or None where it is gone or going
        """
        now = self.again([row]).get(row["id"])
        if now is None or now["status"] in self.statuses.leaving:
            return None
        if why := kept(now):
            return Stays(now, why)
        self.delete(now)
        return None

    def remove(self, row: Row, method: str = "DELETE", path: str | None = None, **request: Any) -> None:
        """Ask for a deletion. One that is gone or going by then is fine: another task may have asked for it a moment ago,
        and what services say to the second one is a 400 or a 409 of many words.

        :param path: where it is not the object's own
        :param request: what else :meth:`Client.write` takes
        """
        request = {"doing": f"delete the {self.noun} {self.label(row)}", "ok": (404,), **request}
        try:
            self.client.write(method, path or f"{self.path}/{segment(row['id'])}", resource=row["id"], **request)
        except OsnapError as error:
            if error.status not in (400, 409):
                raise
            now = self.poll([row["id"]]).get(row["id"])
            if now is not None and now["status"] not in self.statuses.leaving:
                raise

    def again(self, rows: Rows) -> dict[str, Row]:
        """``{id: row}`` of what a plan deletes, as it is right before that: so much of it as :meth:`touched`, ``matches``,
        ``delete`` and the rules of those who call :meth:`delete_if` look at.
        """
        return self.by_id([row["id"] for row in rows], self._own(rows))

    def _own(self, rows: Rows) -> set[str]:
        """The IDs of those rows that are this project's."""
        ours = self.cloud.project_id
        return {row["id"] for row in rows if row.get("project_id") == ours}

    def touched(self, then: Row, now: Row, **how: Any) -> str | None:
        """What somebody else has done to a row since a plan has chosen to delete it, as the end of a sentence; None where
        nothing that matters. Its status is the plan's affair.

        :param how: the values of the deletion
        """
        if held := _holds(now) - _holds(then):
            return f"it has {_marks.HOLD}: {', '.join(sorted(held))}"
        if now.get("is_protected") and not then.get("is_protected"):
            return "it is protected from deletion"
        return None

    def lately(self, kind: type[Service]) -> Rows:
        """All rows of another service, as they were within a moment."""
        at, rows = self._lists.get(kind, (0.0, None))
        if rows is None or time.monotonic() - at > A_MOMENT:
            rows = kind(self.cloud).list()
            self._lists[kind] = time.monotonic(), rows
        return rows

    def is_busy(self, row: Row) -> bool:
        """Whether the service is still at work on a row, though its status is a ready one."""
        return False

    def reason(self, row: Row) -> str | None:
        """Why a row is in a failed status, in the service's words, or None."""
        return None

    def remedy(self, row: Row) -> str | None:
        """What helps a row in a failed status where running again or replacing it does not, as the end of a sentence;
        or None.
        """
        return None

    def dependents(self, row: Row) -> Texts:
        """What keeps a row from being deleted, each as a sentence calls it; empty where nobody can tell."""
        return []


def _holds(row: Row) -> set[str]:
    """The values of the holds of a row, and of its members: a group snapshot has no metadata of its own."""
    having = [row, *(row.get("snapshots") or ())]
    marks = [one.get("metadata") or one.get("properties") or {} for one in having]
    return {str(hold) for hold in (mark.get(_marks.HOLD) for mark in marks) if hold}
