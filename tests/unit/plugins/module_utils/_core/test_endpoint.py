# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""With keystoneauth's own discovery: only the answers are played."""

from __future__ import annotations

import json
import threading

import keystoneauth1.access
import keystoneauth1.exceptions
import keystoneauth1.identity.base
import keystoneauth1.session
import pytest
import requests

from ansible_collections.osnap.openstack.plugins.module_utils._core.connection import Cloud
from ansible_collections.osnap.openstack.plugins.module_utils._core.endpoint import Endpoint
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.tests.unit.fakes.service import Adapter, client

PROJECT = "4711"


class Login(keystoneauth1.identity.base.BaseIdentityPlugin):
    """One whose catalog has these ``{type: URL}``, in the region ``north`` and for the public."""

    def __init__(self, catalog):
        super().__init__(auth_url="http://cloud/identity")
        where = {"region": "north", "region_id": "north", "interface": "public", "id": "e"}
        token = {
            "methods": ["password"],
            "expires_at": "2999-01-01T00:00:00Z",
            "project": {"id": PROJECT, "name": "p", "domain": {"id": "default", "name": "Default"}},
            "catalog": [
                {"type": service, "name": "", "id": service, "endpoints": [{**where, "url": url}]}
                for service, url in catalog.items()
            ],
        }
        self.access = keystoneauth1.access.create(body={"token": token}, auth_token="t")

    def get_auth_ref(self, session, **kwargs):
        return self.access


class Documents(keystoneauth1.session.Session):
    """A session to which ``{URL: version document}`` are all there is; it remembers what it was asked."""

    def __init__(self, catalog, documents):
        super().__init__(auth=Login(catalog))
        self.documents, self.asked = {url.rstrip("/"): found for url, found in documents.items()}, []

    def request(self, url, method, **kwargs):
        self.asked.append(url)
        if url.rstrip("/") not in self.documents:
            raise keystoneauth1.exceptions.NotFound()
        response = requests.Response()
        response.status_code, response._content = 200, json.dumps(self.documents[url.rstrip("/")]).encode()
        response.url = url
        response.headers["Content-Type"] = "application/json"
        return response


def versions(*urls, newest=None):
    """A document of versions; the last part of each URL is its version's name."""
    more = {"min_version": newest and "3.0", "version": newest} if newest else {}
    return {
        "versions": [
            {"id": url.rstrip("/").split("/")[-1], "status": "CURRENT", "links": [{"rel": "self", "href": url}], **more}
            for url in urls
        ]
    }


def endpoint(service, documents, url=None, override=None, **catalog):
    session = Documents({service: url} if url else {}, documents)
    return Endpoint(session, service, override, **{"service_type": service, "interface": "public", **catalog})


@pytest.mark.parametrize(
    "service, url",
    [
        ("block-storage", f"http://cloud/volume/v3/{PROJECT}"),
        ("block-storage", "http://cloud:8776/v3/"),
        ("block-storage", "http://cloud/v2/v3"),
        ("compute", "http://cloud/compute/v2.1"),
        ("compute", f"http://cloud/a/b/v2.1/{PROJECT}"),
        ("image", "http://cloud:9292/v2/"),
        ("network", "http://cloud:9696/v2.0"),
    ],
)
def test_a_url_that_ends_with_the_version_is_the_service_without_a_request(service, url):
    of = endpoint(service, {}, url)
    assert of.url() == url.rstrip("/") and of.named == url and of._session.asked == []


@pytest.mark.parametrize(
    "service, named, at",
    [
        ("block-storage", "http://cloud:8776", "http://cloud:8776/v3"),
        ("compute", "http://cloud/compute", "http://cloud/compute/v2.1"),
        ("image", "http://cloud:9292/", "http://cloud:9292/v2"),
        ("image", "https://v2.images.example.org", "https://v2.images.example.org/v2"),
        ("image", "http://cloud/a/v2/b", "http://cloud/a/v2/b/v2"),
        ("image", "http://cloud/v2ish/", "http://cloud/v2ish/elsewhere/v2"),
        ("block-storage", f"http://cloud/{PROJECT}/v3d", f"http://cloud/{PROJECT}/v3d/v3"),
    ],
)
def test_without_a_version_its_document_says_where_the_service_is(service, named, at):
    """Test URLs that have a text like a version in some other place, too."""
    of = endpoint(service, {named: versions(at + "/")}, named)
    assert of.url() == at
    assert of.url() == at and len(of._session.asked) == 1


def test_the_highest_that_we_speak_is_taken():
    of = endpoint("compute", {"http://cloud": versions("http://cloud/v2/", "http://cloud/v2.1/")}, "http://cloud")
    assert of.url() == "http://cloud/v2.1"


def test_another_version_in_the_catalog_is_left_for_the_one_that_we_speak():
    documents = {"http://cloud/volume": versions("http://cloud/volume/v2/", "http://cloud/volume/v3/")}
    of = endpoint("block-storage", documents, f"http://cloud/volume/v2/{PROJECT}")
    assert of.url() == f"http://cloud/volume/v3/{PROJECT}"


def test_a_document_that_names_an_inner_host_is_understood():
    of = endpoint("block-storage", {"http://cloud/volume": versions("https://inner:8776/v3/")}, "http://cloud/volume")
    assert of.url() == "http://cloud/volume/v3"


@pytest.mark.parametrize(
    "service, at",
    [("block-storage", "/v3"), ("compute", "/v2.1"), ("image", "/v2"), ("network", "/v2.0")],
)
def test_where_nobody_may_read_the_document_the_custom_counts(service, at):
    assert endpoint(service, {}, "http://cloud/a/v7b").url() == "http://cloud/a/v7b" + at


def test_a_service_without_the_version_that_we_speak_is_told():
    of = endpoint("image", {"http://cloud": versions("http://cloud/v1/")}, "http://cloud")
    with pytest.raises(OsnapError, match="^Could not read: cloud 'mine': image offers no version 2 of its API at http"):
        client(Adapter(), "image", of).get("/x", doing="read")


@pytest.mark.parametrize(
    "override, documents, at",
    [
        ("http://own/v3", {}, "http://own/v3"),
        (f"http://own/v3/{PROJECT}/", {}, f"http://own/v3/{PROJECT}"),
        ("http://own/x", {"http://own/x": versions("http://own/x/v3/")}, "http://own/x/v3"),
        ("http://own/straight", {}, "http://own/straight"),
    ],
)
@pytest.mark.parametrize("url", [None, "http://cloud/v3"])
def test_what_the_user_has_configured_wins(url, override, documents, at):
    of = endpoint("block-storage", documents, url, override)
    assert of.url() == at and of.named == override


def test_a_service_may_be_known_by_an_old_name():
    session = Documents({"volumev3": f"http://cloud/v3/{PROJECT}"}, {})
    assert Endpoint(session, "block-storage", service_type="block-storage").url() == f"http://cloud/v3/{PROJECT}"


@pytest.mark.parametrize("catalog", [{}, {"region_name": "south"}, {"interface": "admin"}])
def test_a_catalog_without_the_service_is_told(catalog):
    of = endpoint("image", {}, "http://cloud" if catalog else None, **catalog)
    assert of.named is None
    with pytest.raises(OsnapError, match="has no image endpoint in its catalog for this region and interface"):
        client(Adapter(), "image", of).get("/x", doing="read")


def test_threads_look_once():
    of = endpoint("image", {"http://cloud": versions("http://cloud/v2/")}, "http://cloud")
    threads = [threading.Thread(target=of.url) for dummy in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(of._session.asked) == 1


@pytest.mark.parametrize("named", ["http://cloud", "http://cloud/v3"])
@pytest.mark.parametrize("override", [None, "http://cloud", "http://cloud/v3"])
def test_what_a_service_offers_is_read_where_its_document_is(named, override):
    document = versions("http://cloud/v3/", newest="3.71")
    of = endpoint("block-storage", {"http://cloud": document, "http://cloud/v3": document}, named, override)
    assert of.microversions() == ("3.0", "3.71")


def test_what_is_offered_may_be_readable_below_the_version_only():
    of = endpoint("block-storage", {"http://cloud/v3": versions("http://cloud/v3/", newest="3.71")}, "http://cloud")
    assert of.microversions() == ("3.0", "3.71")


def test_a_service_that_does_not_say_what_it_offers_is_told():
    with pytest.raises(OsnapError, match="^Could not read the versions: .* no version document of block-storage can"):
        client(Adapter(), endpoint=endpoint("block-storage", {}, "http://cloud/v3")).microversions()


def test_an_entry_of_the_catalog_is_known_by_its_id_and_a_configured_url_has_none():
    of = endpoint("image", {}, "http://cloud:9292")
    assert of.entry == ("e", "image", "north", "http://cloud:9292") and of._session.asked == []
    assert endpoint("image", {}, "http://cloud:9292", override="http://other").entry is None
    assert endpoint("image", {}).entry is None


def test_a_catalog_lists_the_entry_of_another_login_by_its_id_and_its_url():
    cloud = Cloud("'mine'", None, Documents({"image": "http://cloud:9292"}, {}))
    entry = endpoint("image", {}, "http://cloud:9292").entry
    assert cloud.lists(entry)
    assert not cloud.lists(entry._replace(url="http://clone:9292")) and not cloud.lists(entry._replace(id="f"))
