# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from types import SimpleNamespace
from urllib.parse import quote

import pytest

from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._services.volume_snapshots import VolumeSnapshots
from ansible_collections.osnap.openstack.tests.unit.fakes.cloud import Answer
from ansible_collections.osnap.openstack.tests.unit.fakes.service import (
    Adapter,
    client,
)


@pytest.mark.parametrize("id", ["nonsense/../../volumes", "a?b=c", "a#b", "a/b", "ä b"])
def test_whatever_is_given_as_an_id_stays_one_segment_of_the_path(id):
    adapter = Adapter(lambda *args, **kwargs: Answer("", 404))
    of = client(adapter)
    assert VolumeSnapshots(SimpleNamespace(name="'mine'", client=lambda api: of)).get(id) is None
    assert adapter.requests[0].url == "/snapshots/" + quote(id, safe="")


@pytest.mark.parametrize("id", ["", ".", ".."])
def test_what_no_quoting_helps_is_refused(id):
    adapter = Adapter()
    of = client(adapter)
    with pytest.raises(OsnapError, match="is no ID; check what was given as one"):
        VolumeSnapshots(SimpleNamespace(name="'mine'", client=lambda api: of)).get(id)
    assert not adapter.requests
