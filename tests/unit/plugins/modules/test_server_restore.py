# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import base64

import pytest

from ansible_collections.osnap.openstack.plugins.module_utils import _marks, _waiter
from ansible_collections.osnap.openstack.plugins.modules.server_restore import ServerRestore
from ansible_collections.osnap.openstack.tests.unit.fakes.cloud import Answer, FakeCloud
from ansible_collections.osnap.openstack.tests.unit.fakes.module import run

UUID = "0e7a1b52-9d0a-4b8c-9a57-7d5e6a1f3c1%d"


class Nova(FakeCloud):
    """An image to boot from, two flavors, two networks and a port; servers are made at once."""

    def __init__(self):
        super().__init__()
        self.nova.put("/flavors", id="f1", name="small", disk=1, ram=64)
        self.nova.put("/flavors", id="f2", name="large", disk=50, ram=4096)
        for number, name in enumerate(("net", "net2")):
            self.neutron.put("/networks", id=UUID % number, name=name, status="ACTIVE")
        self.neutron.put("/ports", id=UUID % 5, name="port", status="DOWN")
        self.nova.on["POST", "/servers"] = self.boot
        self.boots = self.image(name="golden", min_disk=1, min_ram=64)["id"]

    def boot(self, match, body):
        sent = body["server"]
        flavor = self.nova.tables["/flavors"][sent["flavorRef"]]["name"]
        made = self.server(name=sent["name"], image=sent["imageRef"], flavor={"original_name": flavor}, metadata=sent["metadata"],
                           config_drive=sent.get("config_drive", False), created="2026-11-24T10:00:00Z")
        return Answer({"server": {"id": made["id"]}}, 202)


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(_waiter, "FIRST_PAUSE", 0)


@pytest.fixture
def cloud():
    return Nova()


def ensure(cloud, *, check=False, **arguments):
    operation = ServerRestore()
    operation.connect = lambda params: cloud
    return run(operation, arguments, check=check, diff=True)


WEB = {"name": "web", "image": "golden", "flavor": "small"}


@pytest.mark.parametrize("arguments, told", [
    ({}, "one of the following is required: id, name."),
    ({**WEB, "name": " "}, "name is empty; give the server a name, or the id of an existing one."),
    ({"name": "web", "flavor": "small"}, "image is missing; say which image the server 'web' is booted with."),
    ({"name": "web", "image": "golden"}, "flavor is missing; say which flavor the server 'web' is booted with."),
    ({**WEB, "networks": [{"network": "net"}, {}]}, "networks[1] needs either network or port."),
    ({**WEB, "networks": [{"network": "net", "port": "port"}]}, "networks[0] needs either network or port."),
    ({**WEB, "networks": [{"port": "port", "fixed_ip": "10.0.0.1"}]},
     "networks[0] has a port and a fixed_ip; a port has its address already, leave fixed_ip out."),
    ({**WEB, "metadata": {_marks.SOURCE: "x"}}, "metadata has osnap_source, which this collection keeps for itself; leave it out."),
])
def test_bad_input_is_told_before_anything_is_asked(cloud, arguments, told):
    ran = ensure(cloud, **arguments)
    assert ran.failed and ran["msg"] == told
    assert not cloud.nova.reads and not cloud.glance.reads


def test_check_real_check_real(cloud):
    asked = {**WEB, "metadata": {"tier": 1}, "config_drive": True, "user_data": "#!/bin/sh\n",
             "networks": [{"network": "net", "fixed_ip": "10.0.0.9"}, {"port": "port"}, {"network": UUID % 1}]}
    check, real = ensure(cloud, check=True, **asked), ensure(cloud, **asked)
    for key in ("changed", "diff"):
        assert check[key] == real[key]
    assert real["changed"] and set(check["server"]) == set(real["server"])
    (_method, _path, body), = cloud.written
    assert body["server"] == {
        "name": "web", "imageRef": cloud.boots, "flavorRef": "f1", "config_drive": True, "user_data": base64.b64encode(b"#!/bin/sh\n").decode(),
        "metadata": {"tier": "1", _marks.SOURCE: cloud.boots},
        "networks": [{"uuid": UUID % 0, "fixed_ip": "10.0.0.9"}, {"port": UUID % 5}, {"uuid": UUID % 1}],
    }
    for check in (True, False):
        assert ensure(cloud, check=check, **asked)["changed"] is False
    assert len(cloud.written) == 1


def test_another_flavor_later_is_an_error_and_not_another_server(cloud):
    ensure(cloud, **WEB)
    ran = ensure(cloud, **{**WEB, "flavor": "f2"})
    assert ran.failed and "flavor can't be changed: it is 'small' and 'large' was asked for" in ran["msg"]


@pytest.mark.parametrize("option, told", [
    ({"flavor": "huge"}, "There is no flavor 'huge' in cloud test"), ({"image": "none"}, "There is no image named 'none'"),
    ({"networks": [{"network": "none"}]}, "There is no network named 'none'"), ({"networks": [{"port": "none"}]}, "There is no port named 'none'"),
    ({"image": UUID % 9}, f"There is no image with the ID {UUID % 9}"),
])
def test_what_is_not_there_is_told(cloud, option, told):
    ran = ensure(cloud, check=True, **{**WEB, **option})
    assert ran.failed and ran["msg"].startswith(told)


@pytest.mark.parametrize("image, told", [
    ({"status": "saving"}, "is in status saving, and only an active one boots; wait for it or make it anew."),
    ({"size": 0}, "holds no data: it is of a volume-backed server, whose data are in Cinder snapshots; boot from volumes made of those."),
    ({"min_disk": 2}, "needs 2 GiB of disk, and the flavor small has 1; choose a larger flavor."),
    ({"min_ram": 65}, "needs 65 MiB of memory, and the flavor small has 64; choose a larger flavor."),
])
def test_an_image_that_does_not_boot_is_told_in_check_mode_too(cloud, image, told):
    cloud.glance.tables["/images"][cloud.boots].update(image)
    for check in (True, False):
        ran = ensure(cloud, check=check, **WEB)
        assert ran.failed and ran["msg"] == f"The image 'golden' ({cloud.boots}) {told}"
    assert not cloud.written


def test_to_remove_one_neither_flavor_nor_network_need_be_there(cloud):
    ensure(cloud, **WEB)
    ran = ensure(cloud, name="web", image="golden", flavor="no more", networks=[{"network": "no more"}], state="absent")
    assert ran["changed"] and not cloud.nova.tables["/servers"]


def test_one_in_error_is_made_anew_only_with_a_flavor(cloud):
    old = cloud.server(name="web", image=cloud.boots, status="ERROR", fault={"message": "No valid host was found."})["id"]
    ran = ensure(cloud, **WEB)
    assert ran.failed and "is in status ERROR: No valid host was found; set on_error: replace" in ran["msg"]
    ran = ensure(cloud, id=old, on_error="replace")
    assert ran.failed and ran["msg"] == "flavor is missing; say which flavor the server 'web' is booted with." and old in cloud.nova.tables["/servers"]
    ran = ensure(cloud, id=old, flavor="small", on_error="replace")
    assert ran["changed"] and list(cloud.nova.tables["/servers"]) == [ran["server"]["id"]] != [old]


def test_many_share_the_look_ups(cloud):
    ran = ensure(cloud, image="golden", flavor="small", networks=[{"network": "net"}], servers=[{"name": f"web{number}"} for number in range(8)])
    assert ran["changed"] and [row["name"] for row in ran["servers"]] == [f"web{number}" for number in range(8)]
    assert len([path for path, _params in cloud.neutron.reads]) == 1
    assert len([path for path, _params in cloud.nova.reads if path.startswith("/flavors")]) == 1
