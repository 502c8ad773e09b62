# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a service has answered, read with distrust: what is missing in it is one sentence."""

from __future__ import annotations

import json
from typing import Any

from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError, service_reason

#: What to do about an answer that no such service gives.
CHECK = "check the endpoint of this service and any proxy on the way"


class Document(dict):
    """An object of an answer. A key that should be there and is not is an :class:`OsnapError`, never a ``KeyError``."""

    #: The first half of that sentence.
    where = "A service answered"

    def __missing__(self, key: str) -> Any:
        raise OsnapError(f"{self.where} without {key!r}; {CHECK}.")

    def rows(self, key: str) -> list[Document]:
        """The objects in the list under ``key``; an error where there is no such list."""
        found = self[key]
        if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
            raise OsnapError(f"{self.where} without a list of {key}; {CHECK}.")
        return found

    def object(self, key: str) -> Document:
        """The object under ``key``; an error where there is none."""
        found = self[key]
        if not isinstance(found, Document):
            raise OsnapError(f"{self.where} without an object {key!r}; {CHECK}.")
        return found


def document(
    response: Any,
    key: str | None = None,
    *,
    cloud: str,
    service: str,
    doing: str,
    resource: str | None = None,
    kind: type[OsnapError] = OsnapError,
) -> Any:
    """The JSON object of an answer, or the one under ``key`` in it; an error of that kind for any other answer."""
    where = f"Could not {doing}: {service} in cloud {cloud} answered {response.status_code}"

    def refused(what: str) -> OsnapError:
        return kind(f"{where} {what}; {CHECK}.", status=response.status_code, service=service, resource=resource)

    within = type("Document", (Document,), {"where": where})
    try:
        found = json.loads(response.text, object_hook=within)
    except (ValueError, RecursionError) as error:  # such as the login page of a proxy
        raise refused(f"with something else than JSON: {service_reason(response.text)}") from error
    if not isinstance(found, dict):
        raise refused("with JSON that is no object")
    if key is None:
        return found
    if not isinstance(found.get(key), dict):
        raise refused(f"without {key!r}: {service_reason(response.text)}")
    return found[key]
