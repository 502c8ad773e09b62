# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a state module declares of its kind of resource, and what it may say beyond its fields."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._core.operation import Operation
from ansible_collections.osnap.openstack.plugins.module_utils._core.plan import AWAIT_GONE, DELETE, Step

if TYPE_CHECKING:
    from ansible_collections.osnap.openstack.plugins.module_utils._core.fields import Field
    from ansible_collections.osnap.openstack.plugins.module_utils._core.operation import Context
    from ansible_collections.osnap.openstack.plugins.module_utils._core.plan import Plan
    from ansible_collections.osnap.openstack.plugins.module_utils._rows import Row, Values

    #: The class of ``_services`` that reads and writes rows of one kind.
    Service = Any

ON_ERROR = {"on_error": {"type": "str", "choices": ["fail", "replace"], "default": "fail"}}


class Declared(Operation):
    """One kind of resource. A module declares the class attributes; few need more."""

    #: the class of ``_services`` that does the work
    service: type[Service]
    #: what ``identity``, ``mutable`` and ``create_only`` declare
    fields: tuple[Field, ...] = ()
    #: {refers_to: service class} of the fields that name other objects
    references: dict[str, type[Service]] = {}
    #: options that are no fields of the resource, such as ``purge_metadata``
    extra_options: dict[str, Any] = {}
    #: what ``state`` takes; in all but the first the object is gone afterwards
    states: tuple[str, ...] = ("present", "absent")

    def __init__(self):
        self.returns = self.service.resource
        self.options = {
            "id": {"type": "str"},
            **{field.name: field.argument() for field in self.fields},
            **self.extra_options,
        }
        self.task_options = {"state": {"type": "str", "choices": list(self.states), "default": "present"}, **ON_ERROR}

    # -- what a module may say beyond its fields

    def sought(self, desired: Values) -> Values:
        """What to look for: ``{id}`` or the identity's attributes, None for "any"."""
        return desired

    def enough(self, desired: Values, rows: list[Row]) -> Row | None:
        """Another existing object that makes creating one unnecessary, such as by ``min_interval``; or None."""
        return None

    def admit(self, context: Context, plans: list[Plan]) -> list[OsnapError | None]:
        """``[None or error]`` for plans that create something: would the service refuse? Asked in check mode too."""
        return [None] * len(plans)

    def retains(self, service: Service, row: Row) -> OsnapError | None:
        """Why an existing object can't be deleted, as an error; or None. Asked in check mode too."""
        return None

    def removal(self, context: Context, desired: Values, current: Row) -> tuple[Step, ...]:
        """The steps that remove an object; the values of the deletion go to the service."""
        return Step(DELETE), Step(AWAIT_GONE)

    def untold(self, row: Row) -> tuple[str, ...]:
        """Attributes that the API accepts at creation and does not return for this row; they are not compared."""
        return ()

    def strays(self, service: Service, desired: Values) -> list[Row]:
        """Objects of that name whose source no longer exists, so that nobody can tell whether they are meant. The error
        lists them; none is deleted.
        """
        return []

    def refined(self, context: Context, plan: Plan) -> Plan:
        """The plan with what a module knows beyond its fields; raises for a change that the service would refuse. Asked
        in check mode too.
        """
        return plan

    def planned(self, service: Service, context: Context, desired: Values, rows: list[Row]) -> Plan:
        """The plan of one item, for the rows that may be what it names."""
        raise TypeError("a state module plans")

    def unkept(self, service: Service, row: Row, left: dict[str, Any]) -> OsnapError:
        """The error for a change that was accepted and is not there afterwards; ``left`` are the attributes."""
        return OsnapError(
            f"The {service.noun} {service.label(row)} was accepted, but {', '.join(sorted(left))} did not become what"
            " was asked for; somebody else may be changing it. Run again.",
            resource=row["id"],
        )

    # -- of two that were created at the same time, the first stays

    def contest(self, values: Values) -> Values | None:
        """What to look for after a creation, to see whether somebody else has created the same; None where there can't
        be two.
        """
        return values

    def rivals(self, service: Service, desired: Values, rows: list[Row]) -> list[Row]:
        """Those rows of the first look of which only one stays, if they were made at the same time."""
        if desired.get("id") or self.contest(desired) is None:
            return []
        return [row for row in rows if service.matches(row, desired)]

    def contestants(self, values: Values, rows: list[Row]) -> list[Row]:
        """Those rows of the look that are the same as what was created."""
        return rows
