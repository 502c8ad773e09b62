# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An operator acts between any two steps of migrations that are killed and run again: none ends complete with other
bytes than the disks had at the last stop. A model of both clouds, and the real plan.
"""

from __future__ import annotations

import random
from datetime import datetime, timedelta

import pytest

from ansible_collections.osnap.openstack.plugins.module_utils._migration import happened
from ansible_collections.osnap.openstack.tests.unit.plugins.module_utils._migration.worlds import (
    image,
    look,
    seen,
    server,
    volume,
)

SEEDS = range(110)


class Model:
    """Both clouds. ``bytes`` is what a disk holds, by a number that every write raises."""

    def __init__(self, seed, with_own_disk):
        self.random = random.Random(seed)
        self.now = datetime(2026, 11, 24, 9)
        self.own, self.on, self.power = with_own_disk, True, None
        self.disks = {"s1": 0} if with_own_disk else {"v1": 0}
        self.disks["v2"] = 0
        self.stopped_with = None
        self.size = {"v1": 2, "v2": 2, "v3": 2}
        self.actions, self.made, self.count = [], {}, 0
        self.new_server = None
        self.act("create")

    # -- time, and what Nova remembers

    def act(self, name):
        self.count += 1
        at = self.now.replace(microsecond=0).isoformat()
        self.actions.insert(0, {"action": name, "request_id": f"r{self.count}", "start_time": at, "finish_time": at})

    def tick(self):
        """Often less than a second: clocks tell whole ones."""
        self.now += timedelta(seconds=self.random.choice((0, 0.2, 0.7, 3)))

    def write(self):
        for id in self.disks:
            self.disks[id] += 1

    def start(self):
        self.act("start")
        self.on = True
        self.write()

    def stop(self):
        self.act("stop")
        self.on, self.stopped_with = False, dict(self.disks)

    # -- the operator

    def operate(self):
        """One act, or none."""
        self.tick()
        act = self.random.choice((None,) * 40 + ("start", "bounce", "reboot", "rebuild", "detach", "attach", "extend"))
        if act == "start" and not self.on:
            self.start()
        elif act == "bounce" and not self.on:
            self.start()
            self.tick()
            self.stop()
        elif act == "reboot" and self.on:
            self.act("reboot")
            self.write()
        elif act == "rebuild":
            self.act("rebuild")
            self.disks[next(iter(self.disks))] += 1
            self.stopped_with = self.stopped_with if self.on else dict(self.disks)
        elif act == "detach" and len(self.disks) > 1:
            self.act("detach_volume")
            self.disks.popitem()
            self.stopped_with = self.stopped_with if self.on else dict(self.disks)
        elif act == "attach" and "v3" not in self.disks:
            self.act("attach_volume")
            self.disks["v3"] = 100
            self.stopped_with = self.stopped_with if self.on else dict(self.disks)
        elif act == "extend" and "v2" in self.disks:
            self.size["v2"] += 1
        self.tick()

    # -- what is read

    def seen(self):
        volumes = [id for id in self.disks if id != "s1"]
        rows = [volume(id, None, bootable=id == "v1", size=self.size[id]) for id in volumes]
        metadata = {"osnap_power_before": self.power} if self.power else {}
        row = server(
            volumes=volumes,
            image_id="base" if self.own else None,
            status="ACTIVE" if self.on else "SHUTOFF",
            metadata=metadata,
        )
        at = seen(row, *rows)
        at.last = {"s1": happened.last_of(self.actions)}
        tables = {"snapshots": at.snapshots, "volume_snapshots": at.volume_snapshots}
        tables |= {"images": at.source_images, "copies": at.copies}
        for kind, table in tables.items():
            for one in self.made.get(kind, {}).values():
                table.setdefault(one["name"], []).append(one)
        at.made_volumes = list(self.made.get("volumes", {}).values())
        at.made = [self.new_server] if self.new_server else []
        images = [one for rows in at.snapshots.values() for one in rows]
        snapshots = [one for rows in at.volume_snapshots.values() for one in rows]
        if images or snapshots:
            at.since = {"s1": happened.since(images, snapshots, self.actions)}
        return at

    def look(self):
        result = look(self.seen())
        return None if result["problems"] else result["plans"][0]

    # -- the chain

    def put(self, kind, row, holds):
        row.update(created_at=self.now.isoformat(), holds=holds)
        return self.made.setdefault(kind, {}).setdefault(row["name"] if kind != "volumes" else row["id"], row)

    def snapshot(self, disk):
        self.count += 1
        if disk["kind"] == "image":
            item = disk["server_image_snapshot"]
            if item["name"] not in self.made.get("snapshots", {}):
                self.act("createImage")
            told = {"server_id": "s1", "consistency": "crash" if self.on else "off"}
            row = {**image(f"i{self.count}", item["name"]), **told, "properties": dict(item["properties"])}
            return self.put("snapshots", row, self.disks["s1"])
        item = disk["volume_snapshot"]
        row = {"id": f"x{self.count}", "name": item["name"], "status": "available", "size": self.size[disk["id"]]}
        row |= {"volume_id": disk["id"], "metadata": dict(item["metadata"])}
        row = self.put("volume_snapshots", row, self.disks.get(disk["id"]))
        row["metadata"].update(item["metadata"])
        return row

    def image(self, kind, name, properties, source):
        self.count += 1
        row = image(f"i{self.count}", name, **properties, osnap_source=source["id"], osnap_complete="true")
        held = self.made.get(kind, {}).get(name)
        if held and held["properties"]["osnap_source"] != source["id"]:
            del self.made[kind][name]
        return self.put(kind, row, source["holds"])

    def volume(self, disk, copy):
        item = disk["volume_restore"]
        for row in self.made.get("volumes", {}).values():
            if row["name"] == item["name"]:
                return row if row["metadata"]["osnap_source"] == copy["id"] else None
        self.count += 1
        metadata = {**item["metadata"], "osnap_source": copy["id"]}
        row = volume(
            f"new{self.count}", None, name=item["name"], size=item["size"], status="available", metadata=metadata
        )
        return self.put("volumes", {**row, "attachments": []}, copy["holds"])

    def run(self):
        """One run, which may be killed between any two steps; whether it says that all has arrived."""
        for step in self.steps():
            if step in (True, False):
                return step
            self.operate()
            if self.random.random() < 0.06:
                return False
        return False

    def steps(self):
        plan = self.look()
        yield "planned" if plan else False
        for kind, items in plan["stale"].items():
            gone = {item["id"] for item in items}
            self.made[kind] = {key: row for key, row in self.made.get(kind, {}).items() if row["id"] not in gone}
        yield "cleared"
        if self.on:
            self.power = self.power or "ACTIVE"
            self.stop()
        yield "stopped"
        results = []
        for disk in plan["disks"]:
            if disk["id"] not in self.disks:
                yield False  # its volume has gone
            snapshot = self.snapshot(disk)
            yield "snapshot"
            source = snapshot
            if disk["kind"] == "volume":
                item = disk["image_from_snapshot"]
                source = self.image("images", item["name"], item["properties"], snapshot)
            yield "image"
            copy = self.image("copies", disk["image_copy"]["name"], disk["image_copy"]["properties"], source)
            yield "copy"
            row = self.volume(disk, copy) if disk["volume_restore"] else None
            if disk["volume_restore"] and not row:
                yield False  # its name is another one's
            results.append((copy, row))
        now = self.look()
        if not now or any(now["stale"].values()):
            yield False
        self.boot(plan, results)
        yield "booted"
        now = self.look()
        yield bool(now and now["verified"])

    def boot(self, plan, results):
        if not self.new_server:
            volumes = [row["id"] for _copy, row in results if row]
            metadata = dict(plan["server_restore"]["metadata"])
            booted = results[0][0]["id"] if self.own else None
            self.new_server = server("n1", volumes, image_id=booted, metadata=metadata)
            for _copy, row in results:
                if row:
                    row.update(status="in-use", attachments=[{"server_id": "n1"}])

    def holds(self):
        """What the new server's disks hold, by the disks of the source."""
        found = {}
        if self.own:
            copies = [row for row in self.made["copies"].values() if row["id"] == self.new_server["image_id"]]
            found["s1"] = copies[0]["holds"]
        for id in self.new_server["attached_volumes"]:
            row = self.made["volumes"][id]
            found[row["metadata"]["osnap_disk"]] = row["holds"]
        return found


@pytest.mark.parametrize("with_own_disk", [True, False], ids=["own disk", "volumes"])
def test_none_is_complete_with_other_bytes_than_at_the_last_stop(with_own_disk):
    arrived = 0
    for seed in SEEDS:
        model = Model(seed, with_own_disk)
        for _try in range(6):
            if model.run():
                arrived += 1
                assert not model.on and model.holds() == model.stopped_with, f"seed {seed}"
                break
    assert arrived > len(SEEDS) / 3, "the guard refuses what nobody has touched"


@pytest.mark.parametrize("with_own_disk", [True, False], ids=["own disk", "volumes"])
def test_without_an_operator_every_run_arrives_however_often_it_is_killed(with_own_disk):
    for seed in range(30):
        model = Model(seed, with_own_disk)
        model.operate = model.tick
        assert any(model.run() for _try in range(40)), f"seed {seed}"
        assert model.holds() == model.stopped_with
