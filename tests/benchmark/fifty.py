# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fifty on a Saturday: mixed servers in five waves by one command, beside what an engineer does by hand.

fifty.py                          with 10 servers and with 50: requests a server are compared
fifty.py --servers 10             one fleet
fifty.py --link 8                 MiB a second between the clouds; the services of a cloud have as much as they like
fifty.py --without manual disks   neither the manual path nor the server with four disks

Needs the test cloud up, the environment `peers`, and the built collection: `make benchmark-fleet` sees to all but the
first.
"""

import argparse
import json
import os
import platform
import shutil
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "testcloud"), str(HERE.parent / "integration" / "harness")]

from cases import Row  # noqa: E402  pylint: disable=wrong-import-position
from fleet import VOLUME, Fleet, sized  # noqa: E402  pylint: disable=wrong-import-position
from manual import by_hand  # noqa: E402  pylint: disable=wrong-import-position
from osnap_testcloud.layout import Instance  # noqa: E402  pylint: disable=wrong-import-position
from run import HEAD, line_of  # noqa: E402  pylint: disable=wrong-import-position
from stage import PEERS, REPOSITORY, Stage  # noqa: E402  pylint: disable=wrong-import-position

PROJECT, RUN, COPIES = "fleet", "saturday", 2
MIB = 1 << 20
#: What goes from one cloud to the other, and how fast each connection is for four disks: the largest takes half a
#: minute then, and the processors are not what is short.
LINK = {"cloud": "target", "service": "glance", "method": "PUT", "path": "/file$"}
EACH = 4 * MIB
#: What a refusal is told by.
FAILED = (1, 2)


class Saturday:
    """One fleet, moved and finalized."""

    def __init__(self, stage, count):
        self.stage, self.fleet = stage, Fleet(stage, count)
        self.folder = REPOSITORY / "tests" / "output" / "benchmark" / f"fleet-{count}"
        self.folder.mkdir(parents=True, exist_ok=True)
        # Whoever builds meanwhile doesn't change what is measured.
        kept = self.folder / "collections"
        shutil.rmtree(kept, ignore_errors=True)
        shutil.copytree((REPOSITORY / ".tools" / "collections").resolve(), kept)
        stage.environment["ANSIBLE_COLLECTIONS_PATH"] = str(kept)

    def play(self, name, expect=(0,), **variables):
        """One playbook of the collection; ``(seconds, requests, writes)``."""
        given = {
            "migrate_servers_servers": self.fleet.items(),
            "migrate_servers_run": RUN,
            "migrate_servers_copies": COPIES,
            "migrate_servers_report_dir": str(self.folder),
            **variables,
        }
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            json.dump(given, file)
            file.flush()
            mark = self.stage.control.mark()
            command = [PEERS / "ansible-playbook", f"osnap.openstack.{name}", "-e", f"@{file.name}"]
            seconds, _peak = self.stage.command(command, expect)
        asked = [
            one
            for one in self.stage.control.requests(since=mark, project=self.stage.project)
            if not (one["user_agent"] or "").startswith("osnap-harness")
        ]
        return seconds, asked, [one for one in asked if one["method"] != "GET" and not _is_login(one)]

    def report(self):
        """``{name: what the report tells of a server}``."""
        told = json.loads(max(self.folder.glob("*.json"), key=os.path.getmtime).read_text(encoding="utf-8"))
        return {one["server"]: one for one in told["servers"] if one["timeline"]}


def saturday(stage, count):
    """One fleet; the rows of the table, and requests a server."""
    stage.empty()
    one = Saturday(stage, count)
    fleet, moved = one.fleet, len(one.fleet.movable)
    say(f"{count} servers are made")
    fleet.make()
    before = fleet.inventory()
    seconds, asked, writes = one.play("migrate_servers", FAILED)
    yield row(f"{count} servers, of which {count - moved} can't be moved: writes before they are refused", writes, 0)
    say(f"they are moved; load {os.getloadavg()[0]:.1f}")
    seconds, asked, writes = one.play("migrate_servers", FAILED, migrate_servers_go_on=True)
    say(f"they are compared; load {os.getloadavg()[0]:.1f}")
    told = one.report()
    wrong = fleet.other_bytes()
    each = len(asked) / moved
    yield Row(
        f"{count} servers: of {moved} have arrived with their bytes",
        str(moved - len(wrong)),
        "–",
        "",
        str(moved),
        not wrong,
    )
    copies = [spent(entry) for server in told.values() for entry in server["timeline"] if entry["what"] == "copy"]
    least = sum(copies) / COPIES
    yield Row(
        f"{count} servers: the whole command, against the sum of {len(copies)} copies by {COPIES} lanes",
        f"{seconds:.0f} s",
        f"{least:.0f} s",
        f"{seconds / least:.2f}×",
        "≤ 1.5×",
        seconds <= 1.5 * least,
    )
    offs = fleet.offs()
    worst = max(offs, key=lambda name: offs[name] / own(told[name]["timeline"]))
    ratio = offs[worst] / own(told[worst]["timeline"])
    late = sum(offs[name] > 1.3 * own(told[name]["timeline"]) for name in offs)
    yield Row(
        f"{count} servers: how long one is off, by Nova's records, against its own copies and boot; the worst, {worst}",
        f"{offs[worst]:.0f} s",
        f"{own(told[worst]['timeline']):.0f} s",
        f"{ratio:.2f}×, {late} of {len(offs)} above",
        "≤ 1.3×",
        ratio <= 1.3,
        f"median {sorted(offs.values())[len(offs) // 2]:.0f} s off",
    )
    dummy, dummy, writes = one.play("migrate_servers", FAILED, migrate_servers_go_on=True)
    yield row(f"{count} servers: writes of a second run", writes, 0)
    one.play("migrate_servers_finalize", (*FAILED, 0), migrate_servers_go_on=True)
    after = fleet.inventory()
    left = [item for item in after["source"] if item not in before["source"]]
    there = [item for item in after["target"] if item[0] not in ("server", "volume", "port")]
    yield row(f"{count} servers: what is left of us after `finalize`, in both projects", left + there, 0)
    yield row(f"{count} servers: sources that bear our marks after `finalize`", list(fleet.marked(fleet.here)), 0)
    yield each, seconds


def row(what, found, most):
    return Row(what, str(len(found)), "–", "", f"{most}", len(found) <= most, _sample(found))


def _sample(found):
    return ", ".join(str(one["path"] if isinstance(one, dict) else one) for one in found[:3])


def _is_login(request):
    return request["path"].endswith("/auth/tokens")


def spent(entry):
    """Seconds of a link of a timeline, which has whole ones."""
    began, ended = (time.mktime(time.strptime(entry[key], "%Y-%m-%dT%H:%M:%SZ")) for key in ("began", "ended"))
    return ended - began


def own(timeline):
    """How long a server would be off if nobody else were there: its links, disks side by side as far as lanes go."""
    links = [(entry["what"], entry["disk"], spent(entry)) for entry in timeline if entry["ended"]]
    first = next(index for index, (what, *_rest) in enumerate(links) if what == "stop")
    links = [link for link in links[first:] if link[0] not in ("complete", "stale")]
    disks = {disk for _what, disk, _seconds in links if disk is not None}
    chains = [sum(seconds for _what, disk, seconds in links if disk == one) for one in disks]
    copies = sum(seconds for what, _disk, seconds in links if what == "copy") / COPIES
    longest = {
        what: max((seconds for one, _disk, seconds in links if one == what), default=0)
        for what in ("snapshot", "image", "volume")
    }
    return sum(seconds for _what, disk, seconds in links if disk is None) + max(
        *chains, copies + sum(longest.values()), 0.0
    )


def disks(stage, link=None):
    """A server with four disks beside one that has the largest of them alone.

    :param link: bytes a second of each connection between the clouds, as over a long way; None: as fast as they go
    """
    stage.empty()
    took = {}
    rule = link and stage.control.inject({**LINK, "project": PROJECT, "throttle_each": link})
    try:
        for name, sizes in (("alone", [4]), ("four", [4, 1, 1, 1])):
            sized(stage, name, sizes)
            one = Saturday(stage, 0)
            one.fleet.items = lambda name=name: [{"server": name}]
            one.play(
                "migrate_servers", migrate_servers_run=name, migrate_servers_copies=4, migrate_servers_conversions=4
            )
            off = one.report()[name]["off"]
            took[name] = spent({"began": off["from"], "ended": off["to"]})
    finally:
        if rule:
            stage.control.clear(rule)
    ratio = took["four"] / took["alone"]
    bound = f"{link / MIB:g} MiB a second each connection" if link else "the processors are the bound"
    yield Row(
        f"how long a server with four disks is off (4, 1, 1 and 1 GiB), against the largest alone; {bound}",
        f"{took['four']:.0f} s",
        f"{took['alone']:.0f} s",
        f"{ratio:.2f}×",
        "≤ 1.25×",
        ratio <= 1.25,
        f"{os.cpu_count()} cores",
    )


def manual(stage, count, ours):
    """One server of each kind by hand, and as many as there are extrapolated from it."""
    stage.empty()
    fleet = Fleet(stage, 3)
    fleet.make()
    took, offs = {}, {}
    for name, kind in fleet.kinds.items():
        if kind not in took:
            took[kind], offs[kind] = by_hand(stage, name, fleet.here.server(fleet.ids[name]))
    kinds = list(Fleet(stage, count).kinds.values())
    theirs = sum(seconds * kinds.count(kind) for kind, seconds in took.items())
    yield Row(
        f"{count} servers, one command against the command line client, one server after another",
        f"{ours:.0f} s",
        f"{theirs:.0f} s (extrapolated from {len(took)})",
        f"{theirs / ours:.1f}× faster",
        "–",
        True,
        f"by hand one from an image is off for {offs['web']:.0f} s, one from volumes for {offs[VOLUME]:.0f} s",
    )


def say(text):
    print(f"<!-- {time.strftime('%H:%M:%S')} {text} -->", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--servers", type=int, nargs="+", default=[10, 50])
    parser.add_argument("--link", type=float, default=8, metavar="MIB")
    parser.add_argument("--without", nargs="*", choices=["manual", "disks"], default=[])
    options = parser.parse_args()
    instance = Instance.default_folder()
    if not (instance / "clouds.yaml").exists():
        raise SystemExit("the test cloud has not been started: make cloud-up")
    stage = Stage(instance, PROJECT)
    machine = f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
    lines = [
        f"{machine}, Python {platform.python_version()}; a link of {options.link:g} MiB a second between the clouds.",
        "",
        HEAD,
    ]
    print("\n".join(lines), flush=True)

    def told(rows):
        for one in rows:
            if not isinstance(one, Row):
                return one
            lines.append(line_of(one))
            print(lines[-1], flush=True)
        return None

    rule = stage.control.inject({**LINK, "project": PROJECT, "throttle": int(options.link * MIB)})
    try:
        each = {}
        for count in options.servers:
            each[count], seconds = told(saturday(stage, count))
            say(f"{each[count]:.1f} requests a server that is moved")
        if len(each) > 1:
            told([_compared(each)])
        if "manual" not in options.without:
            told(manual(stage, options.servers[-1], seconds))
    finally:
        stage.control.clear(rule)
    if "disks" not in options.without:
        told(disks(stage))
        told(disks(stage, EACH))
    stage.empty()
    output = REPOSITORY / "tests" / "output" / "benchmark-fleet.md"
    output.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _compared(each):
    few, many = min(each), max(each)
    ratio = each[many] / each[few]
    return Row(
        f"requests a server that is moved, of {many} servers, against {few}",
        f"{each[many]:.1f}",
        f"{each[few]:.1f}",
        f"{ratio:.2f}×",
        "0.9× to 1.1×",
        0.9 <= ratio <= 1.1,
    )


if __name__ == "__main__":
    main()
