# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lists: server-side filters, raw pages, newest first, plain dictionaries by the same serializer as the state module's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ansible_collections.osnap.openstack.plugins.module_utils._core import lookup
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._core.fields import as_text
from ansible_collections.osnap.openstack.plugins.module_utils._core.reader import Reader

if TYPE_CHECKING:
    from ansible_collections.osnap.openstack.plugins.module_utils._core.declared import Service
    from ansible_collections.osnap.openstack.plugins.module_utils._rows import Row


class InfoModule:
    """What a list of one kind of resource takes. A module declares the class attributes."""

    #: the class of ``_services`` whose rows are listed
    service: type[Service]
    #: {option: (argument, the service's filter)}; a filter of None is applied here, by the attribute of the option's
    #: name
    filters: dict[str, tuple[dict[str, Any], str | None]] = {}
    #: {option: attribute} where a filter applied here looks at an attribute of another name
    attributes: dict[str, str] = {}
    #: {option: service class} of filters that name another object
    references: dict[str, type[Service]] = {}
    #: options that select nothing, such as ``sort`` (in the service's words, instead of newest first) and ``limit``
    other_options: dict[str, Any] = {}
    rules: dict[str, Any] = {}

    def run(self) -> None:
        options = {
            "id": {"type": "str"},
            "name": {"type": "str"},
            **{option: argument for option, (argument, _filter) in self.filters.items()},
        }
        exclusive = [("id", option) for option in options if option != "id"] + self.rules.get("mutually_exclusive", [])
        Reader({**options, **self.other_options}, {**self.rules, "mutually_exclusive": exclusive}, self._read).run()

    def _read(self, cloud, params):
        service = self.service(cloud)
        return {self.service.resource + "s": self.rows(service, cloud, params)}

    def rows(self, service: Service, cloud: Any, params: dict[str, Any]) -> list[Row]:
        if option := next((option for option in ("all_projects", "project") if params.get(option)), None):
            service.other_projects(option)
        if params["id"]:
            row = service.get(params["id"].strip())
            return [row] if row else []
        values = {option: params[option] for option in self.filters if params[option] is not None}
        for option in set(values) & set(self.references):
            values[option] = self._id_of(self.references[option](cloud), values[option])
        filters = {self.filters[option][1]: value for option, value in values.items() if self.filters[option][1]}
        here = {option: value for option, value in values.items() if not self.filters[option][1]}
        name, limit = (params["name"] or "").strip(), params.get("limit")
        filters = {**(service.name_filter(name) if name else {}), **filters}
        rows = self.listed(service, cloud, params, filters, most=None if name or here else limit)
        if not params.get("sort"):
            rows.sort(key=lambda row: row["created_at"] or "", reverse=True)
        named = [row for row in rows if not name or (row["name"] or "").strip() == name]
        found = [
            row
            for row in named
            if all(_has(row.get(self.attributes.get(option, option)), value) for option, value in here.items())
        ]
        return found[:limit]

    def listed(
        self, service: Service, cloud: Any, params: dict[str, Any], filters: dict[str, Any], most: int | None
    ) -> list[Row]:
        """The rows of the service's own filters."""
        return service.list(most=most, **filters)

    @staticmethod
    def _id_of(service, value):
        id = lookup.resolve(service, [value])[value]
        if isinstance(id, OsnapError):
            raise id
        return id


def _has(have, wanted):
    """A filter on this side: a dictionary, or one of a list, must be contained, anything else equal."""
    if isinstance(have, list):
        return wanted in have
    return as_text(wanted).items() <= (have or {}).items() if isinstance(wanted, dict) else have == wanted
