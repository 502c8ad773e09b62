# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import importlib
import pkgutil

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.osnap.openstack.plugins.module_utils import _services
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._services._base import TYPES, Service
from ansible_collections.osnap.openstack.plugins.module_utils._services.volumes import Volumes
from ansible_collections.osnap.openstack.tests.unit.fakes.cloud import FakeCloud


def refused(service, row, status, then):
    """A cloud that refuses to delete, and in which by then somebody else has done something to the row."""
    api = service.client

    def refuse(match, body):
        then(api.tables[service.path], row["id"])
        raise OsnapError("Could not delete it.", status=status)

    api.on = {(method, rf"/[a-z_]+/{row['id']}.*"): refuse for method in ("DELETE", "POST")}


def services():
    """Every class of a resource that there is. What is put together of several has no answer of its own."""
    for module in pkgutil.iter_modules(_services.__path__):
        importlib.import_module(f"{_services.__name__}.{module.name}")
    found, todo = [], [Service]
    while todo:
        kind = todo.pop()
        found += [kind] if kind.api in FakeCloud().services and any(kind.attributes.values()) else []
        todo += kind.__subclasses__()
    return sorted(set(found), key=lambda kind: (kind.__module__, kind.__name__))


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    max_leaves=4,
)


@pytest.mark.parametrize("kind", services(), ids=lambda kind: kind.__name__)
@settings(max_examples=20, deadline=None)
@given(st.data())
def test_whatever_a_service_says_of_an_object_is_a_row_or_one_sentence(kind, data):
    service = kind(FakeCloud())
    raw = data.draw(st.dictionaries(st.sampled_from(sorted({*kind.attributes.values()} - {None})), JUNK) | JUNK)
    try:
        row = service.row(raw)
    except OsnapError as error:
        assert str(error).startswith(f"{kind.api} in cloud test answered with a ")
    else:
        assert row["id"] and all(isinstance(row.get(key) or TYPES[key](), TYPES[key]) for key in ("id", "status"))


@pytest.mark.parametrize("raw", [None, [], "x", {}, {"id": None}, {"id": ""}, {"id": 5}, {"id": "1", "metadata": "x"}])
def test_an_object_has_an_id_and_attributes_of_their_types(raw):
    with pytest.raises(OsnapError, match="^block-storage in cloud test answered with a volume .+; check the endpoint"):
        Volumes(FakeCloud()).row(raw)


#: Those that have a deletion of their own that is one request.
DELETED = [
    kind for kind in services() if hasattr(kind, "delete") and kind.__name__ not in ("ServerImages", "VolumeTransfers")
]


@pytest.fixture(params=DELETED, ids=lambda kind: kind.__name__)
def doomed(request):
    """A service, and an object that is there."""
    service = request.param(FakeCloud())
    raw = service.client.put(service.path, name="one", status="available", volume_id="v1", volumes=[])
    return service, service.row(raw)


@pytest.mark.parametrize("status", [400, 409])
def test_a_second_deletion_of_what_is_gone_is_fine(doomed, status):
    service, row = doomed
    refused(service, row, status, lambda table, id: table.pop(id))
    service.delete(row)


@pytest.mark.parametrize("status", [400, 409])
def test_a_second_deletion_of_what_is_going_is_fine(doomed, status):
    service, row = doomed
    for leaving in service.statuses.leaving:
        refused(service, row, status, lambda table, id, leaving=leaving: table[id].update(status=leaving))
        service.delete(row)


@pytest.mark.parametrize("status", [400, 403, 409, 500])
def test_a_deletion_that_is_refused_of_what_stays_is_told(doomed, status):
    service, row = doomed
    refused(service, row, status, lambda table, id: None)
    with pytest.raises(OsnapError, match="Could not delete it"):
        service.delete(row)
