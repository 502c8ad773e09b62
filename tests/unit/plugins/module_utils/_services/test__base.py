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


def services():
    """Every class of a resource that there is; sets and their copies are made of others, and have no path."""
    for module in pkgutil.iter_modules(_services.__path__):
        importlib.import_module(f"{_services.__name__}.{module.name}")
    found, todo = [], [Service]
    while todo:
        kind = todo.pop()
        found += [kind] if kind.api in FakeCloud().services and kind.attributes and kind.path else []
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
