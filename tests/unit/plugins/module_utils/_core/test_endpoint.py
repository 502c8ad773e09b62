# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.tests.unit.fakes.service import (
    Adapter,
    client,
)


@pytest.mark.parametrize(
    "service, endpoint, url",
    [
        ("block-storage", "http://cloud/volume/v3/4711", "/x"),
        ("block-storage", "http://cloud:8776", "/v3/x"),
        ("compute", "http://cloud/compute/v2.1", "/x"),
        ("compute", "http://cloud/compute", "/v2.1/x"),
        ("image", "http://cloud:9292/", "/v2/x"),
        ("image", "http://cloud:9292/v2/", "/x"),
        ("network", "http://cloud:9696/networking", "/v2.0/x"),
        ("image", "https://v2.images.example.org", "/v2/x"),
        ("image", "https://v2.images.example.org//v2", "/x"),
    ],
)
def test_a_catalog_may_name_the_version_or_not(service, endpoint, url):
    adapter = Adapter(endpoint=endpoint)
    client(adapter, service).get("/x", doing="read")
    assert adapter.requests[0].url == url


def test_a_catalog_without_the_service_is_told():
    with pytest.raises(OsnapError, match="has no image endpoint in its catalog for this region and interface"):
        client(Adapter(endpoint=None), "image").get("/x", doing="read")
