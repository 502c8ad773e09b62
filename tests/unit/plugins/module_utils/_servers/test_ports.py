# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.osnap.openstack.plugins.module_utils import _marks
from ansible_collections.osnap.openstack.plugins.module_utils._core import twins
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import Ambiguous
from ansible_collections.osnap.openstack.plugins.module_utils._servers.port_names import (
    identity_of,
    is_ours,
    removal_of,
)
from ansible_collections.osnap.openstack.plugins.module_utils._servers.ports import ServerPort
from ansible_collections.osnap.openstack.plugins.module_utils._services.marked_text import description, marks_of
from ansible_collections.osnap.openstack.plugins.module_utils._services.server_ports import ServerPorts
from ansible_collections.osnap.openstack.tests.unit.fakes.cloud import Answer, FakeCloud
from ansible_collections.osnap.openstack.tests.unit.fakes.module import ensuring

MAC = "fa:16:3e:00:00:01"
WANTED = {**identity_of("wave1", "s1", 0), "network_id": "n1"}
WHOLE = {
    **WANTED,
    "fixed_ips": [
        {"subnet_id": "sub2", "ip_address": "10.0.1.5"},
        {"subnet_id": "sub1", "ip_address": "10.0.0.5"},
    ],
    "mac_address": MAC.upper(),
    "security_groups": ["g2", "g1"],
    "allowed_address_pairs": [{"ip_address": "10.0.0.9"}, {"ip_address": "10.0.0.8", "mac_address": MAC}],
    "vnic_type": "direct",
}


class Neutron(FakeCloud):
    def __init__(self):
        super().__init__()
        self.neutron.on["POST", "/ports"] = self.make
        self.neutron.on["PUT", "/ports/([^/]+)"] = self.change

    @property
    def ports(self):
        return list(self.neutron.tables.get("/ports", {}).values())

    def port(self, **values):
        return self.neutron.put(
            "/ports",
            **{
                "status": "DOWN",
                "project_id": self.project_id,
                "device_id": "",
                "mac_address": MAC,
                "fixed_ips": [{"subnet_id": "sub1", "ip_address": "10.0.0.7"}],
                "created_at": "2026-11-24T09:00:00Z",
                "network_id": "n1",
                "allowed_address_pairs": [],
                "security_groups": ["default"],
                "port_security_enabled": True,
                "binding:vnic_type": "normal",
                "description": "",
                **values,
            },
        )

    def make(self, match, body):
        sent = body["port"]
        sent["allowed_address_pairs"] = [
            {"mac_address": sent.get("mac_address", MAC), **pair} for pair in sent.get("allowed_address_pairs", [])
        ]
        return Answer({"port": self.port(**sent)}, 201)

    def change(self, match, body):
        self.neutron.tables["/ports"][match[1]].update(body["port"])
        return Answer(body)


@pytest.fixture
def cloud(monkeypatch):
    monkeypatch.setattr(twins, "UNTIL_ALL_ARE_SEEN", 0)
    return Neutron()


ensure = ensuring(ServerPort)


def test_marks_can_be_read_again_and_nothing_else_is_taken_for_them():
    marks = {_marks.RUN: "wave-1", _marks.SERVER: "s1", _marks.STEP: "port"}
    text = description(marks)
    assert text == "osnap run=wave-1 server=s1 step=port" and marks_of(text) == marks
    for other in (
        None,
        "",
        "osnap",
        f"{text} ",
        f"{text} mine",
        f" {text}",
        "osnap run=wave-1 server= step=port",
        "run=a",
    ):
        assert marks_of(other) == {}


def test_check_real_check_real(cloud):
    check, real = ensure(cloud, check=True, **WHOLE), ensure(cloud, **WHOLE)
    assert (check["changed"], check["diff"]) == (real["changed"], real["diff"]) and real["changed"]
    assert set(check["port"]) == set(real["port"])
    ((_method, _path, body),) = cloud.written
    assert body["port"] == {
        "name": "osnap-wave1-s1-0",
        "description": "osnap run=wave1 server=s1 step=port",
        "network_id": "n1",
        "fixed_ips": [
            {"subnet_id": "sub1", "ip_address": "10.0.0.5"},
            {"subnet_id": "sub2", "ip_address": "10.0.1.5"},
        ],
        "mac_address": MAC,
        "security_groups": ["g1", "g2"],
        "allowed_address_pairs": [
            {"ip_address": "10.0.0.8"},
            {"ip_address": "10.0.0.9"},
        ],
        "binding:vnic_type": "direct",
    }
    for check in (True, False):
        assert ensure(cloud, check=check, **WHOLE)["changed"] is False
    assert len(cloud.written) == 1


def test_neutron_chooses_the_addresses_in_subnets_that_are_named(cloud):
    assert ensure(cloud, **WANTED, subnet_ids=["sub1", "sub2"])["changed"]
    assert cloud.written[0][2]["port"]["fixed_ips"] == [{"subnet_id": "sub1"}, {"subnet_id": "sub2"}]
    cloud.ports[0]["fixed_ips"] = [{"subnet_id": "sub1", "ip_address": "10.0.0.7"}]
    assert ensure(cloud, **WANTED, subnet_ids=["sub1", "sub2"])["changed"] is False


def test_a_port_without_port_security_has_no_groups(cloud):
    asked = {**WANTED, "port_security": False, "security_groups": []}
    ensure(cloud, **asked)
    assert cloud.written[0][2]["port"]["port_security_enabled"] is False
    assert cloud.written[0][2]["port"]["security_groups"] == []
    assert ensure(cloud, **asked)["changed"] is False


def test_a_killed_runs_port_is_brought_to_what_is_wanted_now(cloud):
    first = ensure(cloud, **WANTED)["port"]
    changed = {**WHOLE, "security_groups": ["g3"]}
    check, real = ensure(cloud, check=True, **changed), ensure(cloud, **changed)
    assert (check["changed"], check["diff"]) == (real["changed"], real["diff"]) and real["changed"]
    assert real["port"]["id"] == first["id"] and real["port"]["security_group_ids"] == ["g3"]
    assert len(cloud.ports) == 1


@pytest.mark.parametrize(
    "other",
    [
        {"description": "mine"},
        {"network_id": "n2"},
        {"name": "another"},
        {"description": description({_marks.RUN: "wave1", _marks.SERVER: "s2", _marks.STEP: "port"})},
        {"project_id": "another"},
    ],
)
def test_a_port_that_is_not_ours_is_another(cloud, other):
    theirs = cloud.port(**{**WANTED, **other})
    assert ensure(cloud, **WANTED)["changed"] and len(cloud.ports) == 2
    assert ensure(cloud, **WANTED, state="absent")["changed"] and cloud.ports == [theirs]


def test_without_marks_nothing_is_made(cloud):
    ran = ensure(cloud, **{**WANTED, "description": "a port"})
    assert ran.failed and "'osnap-wave1-s1-0' has no marks in its description" in ran["msg"] and not cloud.written


def test_no_answer_is_looked_after_before_it_is_asked_again(cloud):
    def lost(match, body):
        cloud.make(match, body)
        raise Ambiguous("No answer came.")

    cloud.neutron.on["POST", "/ports"] = lost
    ran = ensure(cloud, **WANTED)
    assert not ran.failed and ran["port"]["id"] == cloud.ports[0]["id"] and len(cloud.ports) == 1


def test_of_two_made_at_once_the_elder_stays(cloud):
    def at_once(match, body):
        cloud.port(**{**body["port"], "created_at": "2026-11-24T08:59:59Z", "id": "elder"})
        return cloud.make(match, body)

    cloud.neutron.on["POST", "/ports"] = at_once
    assert ensure(cloud, **WANTED)["port"]["id"] == "elder" and [row["id"] for row in cloud.ports] == ["elder"]


def test_a_twin_that_is_in_use_by_now_is_told_and_stays(cloud):
    def at_once(match, body):
        cloud.port(**{**body["port"], "created_at": "2026-11-24T08:59:59Z", "id": "elder"})
        return Answer({"port": {**cloud.port(**body["port"], device_id="s9"), "device_id": ""}}, 201)

    cloud.neutron.on["POST", "/ports"] = at_once
    ran = ensure(cloud, **WANTED)
    assert ran.failed and "which can't be removed because of the server s9" in ran["msg"] and len(cloud.ports) == 2


def test_a_port_in_use_is_not_removed(cloud):
    cloud.port(**WANTED, id="p1", device_id="s9")
    for check in (True, False):
        ran = ensure(cloud, check=check, **WANTED, state="absent")
        assert ran.failed and ran["msg"] == (
            "The port 'osnap-wave1-s1-0' (p1) is in use by s9; remove that server first, then run again."
        )
    assert not cloud.written


@pytest.mark.parametrize(
    "change, told",
    [({"device_id": "s9"}, "now it is in use by s9"), ({"description": "mine"}, "now its description is 'mine'")],
)
def test_a_port_that_somebody_has_taken_since_stays(cloud, monkeypatch, change, told):
    row = cloud.port(**WANTED)

    def again(service, rows):
        row.update(change)
        return service.by_id([one["id"] for one in rows])

    monkeypatch.setattr(ServerPorts, "again", again)
    ran = ensure(cloud, **WANTED, state="absent")
    assert ran.failed and told in ran["msg"] and cloud.ports == [row]


def test_ours_are_known_and_removed_by_what_they_are(cloud):
    row = ServerPorts(cloud).get(cloud.port(**WANTED)["id"])
    assert is_ours(row, "wave1", "s1") and not is_ours(row, "wave1", "s2") and not is_ours(row, "wave2", "s1")
    assert not is_ours(row, "wave1", "s1", "rehearsal_port")
    cloud.port(**{**WANTED, "description": "mine"}, id="theirs")
    assert ensure(cloud, **removal_of(row), state="absent")["changed"]
    assert [one["id"] for one in cloud.ports] == ["theirs"]
    rehearsed = identity_of("wave1", "s1", 0, "rehearsal_port")
    assert rehearsed["name"] != WANTED["name"] and rehearsed["description"].endswith("step=rehearsal_port")
