# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The demonstration behind ``make demo``: a small fleet leaves one OpenStack and comes up in another.

One server is refused, the others are rehearsed, moved, and one of them is taken back; a volume goes by itself. Each
step is the playbook that users run, and after each both clouds and the files of the disks are asked what has become of
the fleet.
"""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPOSITORY / "tests" / part) for part in ("integration/harness", "testcloud", "workflows")]

from osnap_harness.cloud import CloudError
from osnap_testcloud.layout import Instance
from playbook import Heartbeat, run, shown
from servers import digest
from stage import ARCHIVE, DATABASE, LETTER, ODD, WEB, Stage, actions, addresses, archive, letter_on, letters, one

FLEET = "tests/demo/fleet.yml"
PAGES = REPOSITORY / "tests" / "output" / "demo"
BEGAN = time.monotonic()


def say(text):
    print(f"{time.monotonic() - BEGAN:6.1f} s  {text}", flush=True)


def title(text):
    print(f"\n== {text} ".ljust(100, "="), flush=True)


def expect(holds, text):
    """End the demonstration when something does not hold."""
    if not holds:
        sys.exit(f"demo: {text}")


def main():
    title("Two OpenStacks, each of Keystone, Glance, Placement, Cinder, Neutron and Nova")
    expect(shown([sys.executable, "tests/testcloud", "up"])[0] == 0, "the clouds do not start")
    shutil.rmtree(PAGES, ignore_errors=True)
    ready = time.monotonic()
    title("A fleet in the cloud 'source'")
    with Heartbeat("the fleet"):
        stage = Stage(Instance.default_folder())
        furnish(stage)
    preflight(stage)
    rehearse(stage)
    cut_over(stage)
    move_volume(stage)
    repeat(stage)
    roll_back(stage)
    say(f"since the clouds were up: {time.monotonic() - ready:.0f} s")
    end(stage)


def step(stage, name, *arguments):
    """A step by its playbook, with a page of its own."""
    shown_arguments = " ".join(arguments)
    title(f"ansible-playbook osnap.openstack.{name} -e @{FLEET} {shown_arguments}".rstrip())
    pages = f"migrate_servers_report_dir={PAGES / name}"
    return run(stage, name, "-e", f"@{FLEET}", "-e", pages, *arguments)


def succeeds(stage, name, *arguments):
    done = step(stage, name, *arguments)
    expect(done.status == 0, f"{name} failed")
    for line in done.asked():
        say(line)
    say(f"it took {done.seconds:.1f} s, changed={done.changed}")
    return done


def furnish(stage):
    if found := stage.empty():
        say(f"removed {found} things of an earlier demonstration")
    stage.furnish()
    for name, what in (
        (WEB, "boots from an image; its root disk is Nova's own"),
        (DATABASE, "boots from a volume, and has a data volume"),
        (ODD, "has an ephemeral disk, which no API reads"),
        (ARCHIVE, "is a volume that no server has"),
    ):
        say(f"{name:12} {what}")
    say("there is a letter on each disk")


def preflight(stage):
    refused = step(stage, "migrate_servers_preflight", "-e", f"migrate_servers_servers={WEB},{DATABASE},{ODD}")
    expect(refused.status != 0, f"{ODD} was not refused")
    expect("has an ephemeral disk" in refused.output, f"it is not told what stands in the way of {ODD}")
    expect(refused.writes == 0, f"{refused.writes} writes were sent to the clouds")
    say(f"{ODD} is refused before anything is changed: no write was sent to a cloud. The others go without it.")


def rehearse(stage):
    succeeds(stage, "migrate_servers_rehearse")
    for name in (WEB, DATABASE):
        here, there = one(stage.source, name), one(stage.target, f"{name}-rehearsal")
        done = actions(stage.source, here)
        expect(here["status"] == there["status"] == "ACTIVE", f"{name} or its copy does not run")
        expect(not {"stop", "reboot"} & set(done), f"{name} was stopped for its rehearsal")
        found, disks = letters(stage.target, there)
        expect(found == disks, f"the letter is not on each disk of the copy of {name}")
        say(f"{name} runs on (Nova was asked for: {', '.join(done)}); {there['name']} runs beside it")


def cut_over(stage):
    done = succeeds(stage, "migrate_servers")
    expect(done.changed > 0, "the migration says that it changed nothing")
    for name in (WEB, DATABASE):
        show(stage, name)


def move_volume(stage):
    succeeds(stage, "migrate_volumes")
    (old, left), (new, arrived) = archive(stage.source), archive(stage.target)
    expect(digest(left) == digest(arrived), f"the disks of {ARCHIVE} differ")
    expect(letter_on(arrived) == LETTER, f"the letter is not on {ARCHIVE}")
    expect(old["status"] == new["status"] == "available", f"{ARCHIVE} is not available on both sides")
    say(f"{ARCHIVE} is there as well, as {new['id']}: sha512 {short(digest(arrived))}, as in source")


def show(stage, name):
    """A server on both sides, as the clouds and the disks themselves tell it."""
    here, there = one(stage.source, name), one(stage.target, name)
    sides = (stage.source, here), (stage.target, there)
    found, disks = letters(stage.target, there)
    hashes = list(zip(*(sorted(site.digests(row).items()) for site, row in sides), strict=True))
    rows = [
        (name, "source", "target"),
        ("server", here["id"], there["id"]),
        ("status", here["status"], there["status"]),
        ("addresses", addresses(here), addresses(there)),
        *((f"sha512 of {old[0]}", short(old[1]), short(new[1])) for old, new in hashes),
    ]
    print()
    for row in rows:
        print("  {:22}{:40}{}".format(*row))
    print(f"  on {found} of {disks} disks in target: {LETTER.decode().strip()}\n", flush=True)
    expect(found == disks, f"the letter is not on each disk of {name}")
    expect(all(old[1] == new[1] for old, new in hashes), f"disks of {name} differ")
    expect((here["status"], there["status"]) == ("SHUTOFF", "ACTIVE"), f"{name} is off or on where it should not be")


def repeat(stage):
    for name in ("migrate_servers", "migrate_volumes"):
        again = succeeds(stage, name)
        expect(again.changed == 0, f"the second run changed {again.changed} things")
        expect(again.writes == 0, f"the second run sent {again.writes} writes to the clouds")
    say("nothing was left to be done, and no write was sent")


def roll_back(stage):
    neighbour = one(stage.source, DATABASE), one(stage.target, DATABASE)
    succeeds(stage, "migrate_servers_rollback", "-e", f"migrate_servers_servers={WEB}")
    here = one(stage.source, WEB)
    expect(here["status"] == "ACTIVE" and not here["locked"], f"{WEB} is not as it was")
    expect(not stage.target.named(WEB), f"{WEB} is still in target")
    expect((one(stage.source, DATABASE), one(stage.target, DATABASE)) == neighbour, f"{DATABASE} was touched")
    say(f"{WEB} runs in source again, and is gone from target; {DATABASE} was not touched")
    succeeds(stage, "migrate_servers_status")


def end(stage):
    title("It holds. The clouds stay up; to look around:")
    where = os.path.relpath(stage.clouds_yaml, REPOSITORY)
    pages = [
        PAGES / name / f"demo{which}.html"
        for name, which in (
            ("migrate_servers_rehearse", "-rehearsed"),
            ("migrate_servers_rollback", "-rolled_back"),
            ("migrate_servers", ""),
        )
    ]
    expect(all(page.is_file() for page in pages), "a report is missing")
    rehearsal, rollback, migration = (os.path.relpath(page, REPOSITORY) for page in pages)
    print(f"""
  # for your own tools: openstack --os-cloud target server list
  export OS_CLIENT_CONFIG_FILE=$PWD/{where}
  python3 tests/testcloud requests --project {stage.project} | tail    # what was asked of the clouds
  make cloud-down                                            # ends the clouds

The reports, pages for your browser: of the rehearsal, of the rollback, and of the migration

  {rehearsal}
  {rollback}
  {migration}
""")


def short(value):
    return f"{value[:16]}…{value[-16:]}"


if __name__ == "__main__":
    try:
        main()
    except (CloudError, subprocess.CalledProcessError) as error:
        sys.exit(f"demo: {error}")
