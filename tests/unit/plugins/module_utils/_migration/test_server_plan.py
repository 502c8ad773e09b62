# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan of one server: all that its steps need, and what is told of one that is gone."""

from __future__ import annotations

from ansible_collections.osnap.openstack.plugins.module_utils._core.lookup import Missing
from ansible_collections.osnap.openstack.plugins.module_utils._migration.discovered import (
    ids_of_gone,
    image_name,
    is_complete,
)
from ansible_collections.osnap.openstack.tests.unit.plugins.module_utils._migration.server_rows import (
    MARKS,
    NAME,
    copy,
    item,
    look,
    moved,
    off,
    seen,
    server,
    snapshot,
)

# -- a server that nothing stands in the way of


def test_a_plan_has_the_arguments_of_every_step():
    result = look()
    (plan,) = result["plans"]
    assert (result["problems"], result["notices"]) == ([], [])
    assert plan["method"] == "image"
    assert plan["server_power"] == {"server": "s1"}
    assert plan["server_image_snapshot"] == {
        "server": "s1",
        "name": NAME,
        "properties": {**MARKS, "osnap_step": "snapshot"},
    }
    assert plan["image_copy"] == {"name": NAME, "properties": {**MARKS, "osnap_step": "copy"}}
    boot = plan["server_restore"]
    assert (boot["id"], boot["name"], boot["flavor"], boot["networks"]) == (
        None,
        "web01",
        "m1.small",
        [{"network": "private"}],
    )
    assert boot["metadata"] == {**MARKS, "osnap_step": "boot"}
    assert plan["steps"][0] == "stop it in cloud 'source'" and len(plan["steps"]) == 5


def test_what_is_not_there_is_not_checked():
    """Test a server that was never moved, and one that waits for its mark. Verify that the first is refused."""
    told = look(state="checked")
    assert [(one["code"], one["stops"]) for one in told["plans"][0]["findings"]] == [("not_arrived", True)]
    assert told["problems"] == [
        "The server 'web01' is not there to be checked: there is no server of it in cloud 'target'; cut it over first,"
        " up to its boot."
    ]
    at = seen(off(), snapshots=[snapshot()], copies=[copy()], made=[moved()])
    assert look(at=at, state="checked")["problems"] == []


def test_a_servers_own_metadata_travel_and_its_marks_do_not():
    at = seen(server(metadata={"tier": "web", "owner": "me", "osnap_power_before": "ACTIVE", "osnap_run": "another"}))
    (plan,) = look(item(metadata={"tier": "front"}), at=at)["plans"]
    assert plan["server_restore"]["metadata"] == {"owner": "me", "tier": "front", **MARKS, "osnap_step": "boot"}


def test_the_image_of_a_run_is_named_after_the_run_and_the_server():
    assert image_name("a", "s1") == "osnap-a-s1"


# -- a source that is gone


ID = "4f0ad0e3-0a5a-4a38-9a2c-9c6f8f2f0a11"
GONE = Missing("There is no such server.")


def of_gone(given, made, copies=(), gone=ID):
    at = seen(GONE, made=made, place=None)
    at.gone = [gone]
    at.copies = {image_name("migration", ID): list(copies)}
    at.snapshots = {}
    return look(item(given), at=at)


def test_a_finished_server_whose_source_is_gone_lacks_nothing_and_is_reported_as_before():
    marks = {"osnap_run": "migration", "osnap_server": ID}
    made = moved(metadata={**marks, "osnap_complete": "true"})
    copied = copy(properties={**marks, "osnap_source": "snap", "osnap_complete": "true", "osnap_consistency": "off"})
    result = of_gone("web01", [made], [copied])
    (plan,) = result["plans"]
    assert (result["problems"], plan["complete"], plan["steps"]) == ([], True, [])
    assert (plan["phase"], plan["next"]) == ("complete", "finalize it; its source is gone")
    told = plan["summary"]
    assert (told["state"], told["server_id"], told["image_id"], told["consistency"]) == ("migrated", ID, "copy", "off")


def test_an_unfinished_server_whose_source_is_gone_is_a_problem_and_known_by_its_id():
    for made in ([], [moved(metadata={"osnap_run": "migration", "osnap_server": ID})]):
        result = of_gone(ID, made)
        (plan,) = result["plans"]
        assert result["problems"] == ["There is no such server."] and not plan["verified"] and not plan["complete"]
        assert (plan["server_id"], plan["summary"]["server_id"], plan["summary"]["state"]) == (ID, ID, "pending")


def test_which_server_is_gone_is_known_by_the_id_or_by_its_finished_successor_alone():
    marks = {"osnap_run": "migration", "osnap_server": ID}
    finished = moved(name="web01", metadata={**marks, "osnap_complete": "true"})
    cases = [
        (item(ID), [], ID),
        (item("web01"), [finished], ID),
        (item("other", name="web01"), [finished], ID),
        (item("web01"), [moved(metadata=marks)], None),
        (item("web01"), [{**finished, "status": "DELETED"}], None),
        (item("web01"), [finished, {**finished, "metadata": {**finished["metadata"], "osnap_server": "x"}}], None),
        (item("web01"), [{**finished, "metadata": {**finished["metadata"], "osnap_run": "other"}}], None),
    ]
    for given, made, expected in cases:
        assert ids_of_gone([given], seen(GONE, made=made), "migration") == [expected]
    there = seen(GONE, server(ID, "web02"), made=[finished])
    assert ids_of_gone([item("web01"), item("web02")], there, "migration") == [None, None]


def test_a_successor_that_is_being_deleted_has_not_arrived():
    """Test it beside a source that was used since. Verify that its snapshot's age is still asked for."""
    made = moved(status="DELETED", metadata={**MARKS, "osnap_complete": "true"})
    assert not is_complete(server(), seen(made=[made]), "migration")


# -- disks


def test_the_disk_of_an_image_backed_server_has_the_items_of_its_way():
    (plan,) = look()["plans"]
    (disk,) = plan["disks"]
    assert (disk["kind"], disk["id"], disk["name"], disk["target"]) == ("image", "s1", NAME, "image")
    assert (disk["method"], disk["size"], disk["boot_index"]) == ("stream", 20, 0)
    assert disk["server_image_snapshot"] == plan["server_image_snapshot"] and disk["image_copy"] == plan["image_copy"]
    assert [disk[key] for key in ("volume_snapshot", "image_from_snapshot", "volume_restore")] == [None] * 3


def test_what_was_found_of_a_disk_is_shown_with_it():
    at = seen(off(), snapshots=[snapshot()], copies=[copy()])
    (disk,) = look(at=at)["plans"][0]["disks"]
    assert (disk["found"]["snapshot"]["id"], disk["found"]["copied"]["id"]) == ("snap", "copy")
    assert disk["found"]["image"] is disk["found"]["volume"] is None
