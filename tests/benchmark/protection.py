# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A hundred servers with three volumes each: protected in one task, and looked at with ten thousand snapshots."""

import contextlib
import sqlite3
import uuid
from datetime import datetime, timedelta

from cases import MEASURED, PAGES, THREADS, Row, beside_bare, beside_loop, ours, seconds, theirs
from osnap_harness.fixtures import attach, in_parallel, volume
from osnap_harness.fixtures import server as made_server
from stage import HERE, PEERS, middle

SERVERS, VOLUMES, SNAPSHOTS = 100, 3, 10000
#: A server is of each in turn.
POLICIES = {
    "platinum": {"every": "1h", "keep_hourly": 24, "keep_daily": 30, "keep_yearly": 3},
    "gold": {"every": "4h", "keep_hourly": 12, "keep_daily": 30},
    "silver": {"every": "1d", "keep_daily": 40, "keep_weekly": 4},
    "bronze": {"keep_daily": 35},
    "tin": {"keep_within": "60d"},
}
POLICIES = {name: {**policy, "consistency": "crash"} for name, policy in POLICIES.items()}
NAMES = tuple(POLICIES)
#: Marks of a set that hold a moment.
MOMENTS = ("osnap_set_at", "osnap_window")


def _make(stage):
    """The servers, each with the name of its policy in its metadata."""
    root = stage.source.find("image", "/v2/images", "images", "cirros-like")["id"]

    def one(number):
        name, policy = f"bench{number:03}", NAMES[number % len(NAMES)]
        disks = [volume(stage.source, f"{name}-{disk}", image=None if disk else root) for disk in range(VOLUMES)]
        metadata = {"osnap_policy": policy}
        row = made_server(
            stage.source, name, flavor="m1.volume", volume=disks[0]["id"], network="none", metadata=metadata
        )
        for disk in disks[1:]:
            attach(stage.source, row["id"], disk["id"])
        return [disk["id"] for disk in disks]

    return [id for ids in in_parallel(one, range(SERVERS)) for id in ids]


def protect(stage, rounds):
    """A set of each server in one task, beside a loop of theirs over their volumes and a bare script."""
    stage.empty()
    volumes = _make(stage)
    mine = ours("server_protection", policies=POLICIES, servers=[{"regex": "bench.*"}])
    loop = {
        **theirs(name="s", volume="{{ item }}", force=True),  # they are in use
        "loop": volumes[:: len(volumes) // MEASURED][:MEASURED],
        "loop_control": {"label": "x"},
    }
    took, asked = {"ours": [], "theirs": [], "bare": []}, 0
    for _round in range(rounds):
        mark = stage.control.mark()
        took["ours"] += seconds(stage.play([mine]), "ours")
        asked = len(stage.control.requests(since=mark, project=stage.source.project_id))
        _remove_snapshots(stage)
        took["bare"].append(stage.command([PEERS / "python", HERE / "bare.py", "protect"])[0])
        _remove_snapshots(stage)
        took["theirs"] += [each * len(volumes) / MEASURED for each in seconds(stage.play([loop]), "theirs")]
        _remove_snapshots(stage)
    own, peer, bare = (middle(took[key]) for key in ("ours", "theirs", "bare"))
    what = f"{SERVERS} servers with {VOLUMES} volumes each protected in one task ({asked} requests)"
    yield beside_loop(what, own, peer, 20)
    yield beside_bare(what, THREADS, own, bare, 1.3)


def status(stage, rounds):
    """How well all of them are protected, beside the bare pages of what that is read from."""
    stage.empty()
    _make(stage)
    stage.play([ours("server_protection", policies=POLICIES, servers=[{"regex": "bench.*"}])])
    rows = _many_more(stage)
    task = ours("server_protection_info", policies=POLICIES)
    asked = min(stage.requests([task]) for _round in range(rounds))
    own, bare = [], []
    for _round in range(rounds):
        own += seconds(stage.play([task]), "ours")
        bare.append(stage.command([PEERS / "python", HERE / "bare.py", "pages"])[0])
    mine, pages = middle(own), middle(bare)
    what = f"status of {SERVERS} servers, {SERVERS * VOLUMES} volumes, {len(POLICIES)} policies, {rows} snapshots"
    most = 12 + -(-(rows + SERVERS * (VOLUMES + 1)) // 1000)
    yield Row(f"requests of the {what}", str(asked), "–", "", f"≤ {most}, 12 and one a thousand rows", asked <= most)
    yield beside_bare(what, PAGES, mine, pages, 2)
    _forget(stage)
    stage.empty()


@contextlib.contextmanager
def _database(stage):
    path = stage.control.instance / "source" / "cinder" / "cinder.sqlite"
    with contextlib.closing(sqlite3.connect(path, timeout=60)) as connection, connection as database:
        yield database


def _many_more(stage):
    """Sets of the days before: copies of those that are there, put into Cinder's database. Through the API they would
    take an hour. How many snapshots there are then.
    """
    with _database(stage) as database:
        columns = [row[1] for row in database.execute("PRAGMA table_info(snapshots)")]
        project = (stage.source.project_id,)
        found = [
            dict(zip(columns, row, strict=True))
            for row in database.execute("SELECT * FROM snapshots WHERE project_id = ? AND deleted = 0", project)
        ]
        marks = {row["id"]: {} for row in found}
        for id, key, value in database.execute(
            "SELECT snapshot_id, key, value FROM snapshot_metadata WHERE deleted = 0"
        ):
            if id in marks:
                marks[id][key] = value
        snapshots, metadata = [], []
        for days in range(1, SNAPSHOTS // len(found)):
            for row in found:
                id = str(uuid.uuid4())
                created = datetime.fromisoformat(row["created_at"]) - timedelta(days=days)
                changed = {
                    "id": id,
                    "created_at": created.isoformat(" "),
                    "display_name": f"{row['display_name']}-{days}",
                }
                snapshots.append([{**row, **changed}[column] for column in columns])
                metadata += [(id, key, _before(key, value, days)) for key, value in marks[row["id"]].items()]
        marked = ", ".join("?" for _column in columns)
        database.executemany(f"INSERT INTO snapshots ({', '.join(columns)}) VALUES ({marked})", snapshots)
        database.executemany(
            "INSERT INTO snapshot_metadata (snapshot_id, key, value, deleted, created_at)"
            " VALUES (?, ?, ?, 0, CURRENT_TIMESTAMP)",
            metadata,
        )
        return len(found) + len(snapshots)


def _before(key, value, days):
    """A mark of the set of so many days before."""
    if key == "osnap_set_id":
        return str(uuid.uuid5(uuid.UUID(value), str(days)))
    if key == "osnap_set":
        return f"{value}-{days}"
    if key in MOMENTS:
        moment = datetime.fromisoformat(value.replace("Z", "+00:00")) - timedelta(days=days)
        return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
    return value


def _forget(stage):
    """Remove all snapshots of the project's that the driver has no file of."""
    with _database(stage) as database:
        mine = "SELECT id FROM snapshots WHERE project_id = ? AND display_name GLOB '*-[0-9]*'"
        database.execute(f"DELETE FROM snapshot_metadata WHERE snapshot_id IN ({mine})", (stage.source.project_id,))
        database.execute(f"DELETE FROM snapshots WHERE id IN ({mine})", (stage.source.project_id,))


def _remove_snapshots(stage):
    """Through the API, as fast as it goes."""
    found = stage.source.get("block-storage", "/snapshots")["snapshots"]
    in_parallel(lambda row: stage.source.request("block-storage", "DELETE", f"/snapshots/{row['id']}"), found)
    while stage.source.get("block-storage", "/snapshots")["snapshots"]:
        pass


PROTECTION = {"protect": protect, "status": status}
