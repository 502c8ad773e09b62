#!/usr/bin/python
# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: server_migration
short_description: Migrate servers to another cloud
version_added: 0.2.0
author:
  - The osnap.openstack authors (@osnap)
description:
  - Moves servers with their disks to another cloud, region or project, up to a state that you choose. Servers of the source are
    deleted by V(state=source_removed) alone.
  - All problems that can be known beforehand are known before the first change, of all servers and on both sides. A server with a problem is not
    touched; it fails, and the others go on.
  - Each server goes through its own chain (stop, snapshot, image, copy, volumes, boot, verification), and chains run side by side. A server is off for
    its own copy and not for those of the others. What is scarce is bounded for all of them together, see O(copies), O(conversions) and O(boots).
  - A task may be killed at any moment. The next one of the same O(run) goes on from there, whatever machine it runs on; everything needed is read from
    the clouds. What was made of a server before somebody has started or changed it is stale, and is made anew.
  - M(osnap.openstack.server_migration_info) shows plans, problems and phases without changing anything.
extends_documentation_fragment:
  - osnap.openstack.auth
  - osnap.openstack.destination
  - osnap.openstack.migration
  - osnap.openstack.attributes
options:
  <<: &fields
    server:
      description:
        - Name or ID of the server in O(cloud).
        - Required, here or in O(servers).
      type: str
    regex:
      description:
        - In O(servers), a regular expression in place of O(server). Each server of O(cloud) whose whole name it matches is meant, but for those that
          another item names. O(servers[].metadata) alone means each server that has this metadata.
      type: str
    name:
      description: Name of the new server; the server's own if not set.
      type: str
    flavor:
      description: Name or ID of the new server's flavor; what O(flavor_map) says of the server's own if not set.
      type: str
    networks:
      description: The networks of the new server, in this order; if not set, the server's own, as O(network_map) translates them.
      type: list
      elements: dict
      suboptions:
        network:
          description: Name or ID of a network.
          type: str
        fixed_ip:
          description: Address to take on O(networks[].network).
          type: str
        port:
          description: Name or ID of an existing port, in place of O(networks[].network).
          type: str
    security_groups:
      description: Names of the new server's security groups; if not set, the server's own as far as they are there.
      type: list
      elements: str
    key_name:
      description: Name of a key pair; if not set, the server's own if the user has one of that name there.
      type: str
    config_drive:
      description: Whether the new server gets a configuration drive; as the server if not set.
      type: bool
    availability_zone:
      description: Availability zone of the new server.
      type: str
    metadata:
      description: Metadata of the new server, beside the server's own or in their place.
      type: dict
    wave:
      description:
        - Number of the wave that the server is moved in. The waves are moved one after another, the lowest first; V(1) if not set.
        - See O(max_fail_percentage).
      type: int
    boot_after:
      description: Names or IDs of servers of the same task that have to be booted before this one, in the same wave or an earlier one.
      type: list
      elements: str
    checks:
      description:
        - What the new server is to show on its console, read by the API, before it counts as complete, or as rehearsed. Where it does not, the server fails
          and is not marked, with the code V(check_failed) in RV(findings); a later task checks again. A server that is off in the end is not checked.
      type: dict
      suboptions:
        console:
          description: Regular expression that is to be found in the text, such as V(login:).
          type: str
        console_not:
          description:
            - Regular expression that must not be found, such as V(Kernel panic). It is looked for until O(checks.console) is found; if there is none, for
              the whole O(checks.timeout).
          type: str
        timeout:
          description: Seconds to wait for O(checks.console); 300 if not set.
          type: int
        must_succeed:
          description: With V(false), a check that fails is a notice and hinders nothing.
          type: bool
    disk_methods:
      description:
        - Ways of single disks, which go before O(method). The keys are V(root) and names or IDs of volumes that the server has; the values are those of
          O(method).
        - What is not in it goes by O(method). A disk that the server does not have is a problem.
      type: dict
  servers:
    description:
      - A list of servers to deal with in one task, each with the options above. What an item leaves out is taken from the top level.
      - An item that is named twice is an error before anything is changed.
    type: list
    elements: dict
    suboptions:
      <<: *fields
      method:
        description: As O(method), for the disks of this server.
        type: str
        choices: [auto, stream, glance_download, share, transfer]
  state:
    description:
      - How far the servers are brought. Each state includes what comes before it.
      - V(copied) stops the servers, unless O(stop) is V(false), and copies their disks; the copies are images in O(destination), compared with the
        source by hash. A server that was stopped is locked, so that nobody starts it by accident. What is shared or handed over, as O(method) says, is not
        copied; of the former there is the image then, of the latter the snapshot.
      - V(moved) makes volumes of the copies where they are needed, and boots the new servers.
      - V(complete) reads both clouds again, compares what is there with what was there, and marks the new servers.
      - V(checked) is the last step of V(complete) alone. It stops, copies and boots nothing; a server that is not there as it is to be is refused, with
        the code V(not_arrived), whatever has become of it since it was moved.
      - V(rehearsed) is as V(moved), but the sources run on, and the new servers are called C(<name>-rehearsal). Nothing of a rehearsal is taken for the
        migration itself, but for copies that are not stale.
      - V(rolled_back) removes what the run has made at the destination, new servers among them, whatever they have written since, and gives the sources
        their power, their lock and their metadata back. Verified copies stay, unless O(keep_copies) is V(false), and so do their snapshots, which prove
        them. It takes any phase back but a finalized one; after it a server can be moved again.
      - V(finalized) ends a migration that is complete, a rehearsal, or one that was rolled back. It removes what was only needed on the way - snapshots,
        images, temporary volumes, copies, of a rehearsal the server with its volumes and ports, too - and the marks. The source stays off and locked, and is
        unlocked for as long as its marks are removed. What something was made of on a back end that keeps it for that stays, is listed in
        RV(retained), and goes with a later task of this state. The marks of a source that somebody else has locked stay, too, for it takes no change.
        A later task knows such a server by C(osnap_run), C(osnap_server) and C(osnap_complete), which therefore stay in its metadata. A cutover that has
        begun and is not complete is not finalized.
      - V(source_removed) is as V(finalized), and then the server in O(cloud) is deleted. It has to be off, and must not have been on since the new server
        was made. The new server must be complete and as it is to be, and is compared with the source's snapshots once more, as long as there are any.
        What keeps it has a code in RV(findings), and none that O(accept) takes.
        Volumes go with the server that are set to; those that are not stay, and so do floating IPs, and snapshots that the run has not made with the
        volumes that they are of. All of these are listed in RV(retained). No other state deletes a server of O(cloud).
      - With the last three, what was found in the clouds by the marks of O(run) is all that is touched. What somebody else has made of it, such as a volume
        attached to a new server or a snapshot of a new volume, is not taken from them; that server fails, and nothing is done for it. What it is refused for
        has a code in RV(findings).
    type: str
    choices: [rehearsed, copied, moved, checked, complete, rolled_back, finalized, source_removed]
    default: complete
  keep_copies:
    description: Whether verified copies stay when a server is rolled back, so that they need not be made again.
    type: bool
    default: true
  parallel:
    description: How many servers are on their way at a time.
    type: int
    default: 10
  copies:
    description:
      - How many images are copied to O(destination) at a time, for all servers together.
      - No server is stopped before there is a place for its disks, so that each is off for its own copies and not for those of others.
    type: int
    default: 2
  conversions:
    description: How many volumes of one type are made into images at a time. That is work for the storage of O(cloud).
    type: int
    default: 2
  boots:
    description: How many servers are booted at a time.
    type: int
    default: 5
  max_fail_percentage:
    description:
      - How many of a wave's servers may fail on their way, in percent, for the next wave to be begun.
      - Servers that have a problem beforehand, or are deferred, don't count; nothing is tried with them.
    type: int
    default: 0
  window_end:
    description:
      - End of the maintenance window, as a time with its zone, such as V(2026-05-04T04:00:00Z).
      - No server is stopped that by forecast is not up again before it. It is deferred, and the task fails and names it; what is off already is gone on
        with. The forecast stands on what this task has measured so far, and for the size of a disk on its last copy, such as a rehearsal's.
    type: str
  rate:
    description: MiB a second at which images are copied, for forecasts as long as none was measured.
    type: int
  wait:
    description: Taken for the sake of C(module_defaults) of the whole group. Each step is always waited for, for the next one needs what it has made.
    type: bool
    default: true
  timeout:
    description:
      - Seconds to wait at most for each step of a server, but for copies, which take as long as they move.
      - After it the server fails with the last status seen; running the task again goes on from there.
      - A C(timeout) in C(module_defaults) of the whole group is meant for shorter waits, and Ansible takes it instead of this default. Set O(timeout) in the
        task then, or in C(module_defaults) of this module, which go before those of the group.
    type: int
    default: 3600
seealso:
  - module: osnap.openstack.server_migration_info
  - module: osnap.openstack.server_image_snapshot
  - module: osnap.openstack.image_from_snapshot
  - module: osnap.openstack.image_copy
  - module: osnap.openstack.server_restore
"""

EXAMPLES = r"""
- name: Copy the disks of two servers, each by a way of its own, and leave it at that
  osnap.openstack.server_migration:
    cloud: source
    destination:
      cloud: target
    run: saturday
    servers:
      - server: web01
        method: stream
      - server: web02
        name: web02-moved
        disk_methods:
          root: stream
    state: copied

- name: Boot them there, and see that they have arrived
  osnap.openstack.server_migration:
    cloud: source
    destination:
      cloud: target
    run: saturday
    servers:
      - server: web01
      - server: web02
        name: web02-moved
    state: complete
  register: moved

- name: Show what each has become
  ansible.builtin.debug:
    msg: "{{ moved.migrations | items2dict(key_name='server', value_name='phase') }}"

- name: Go back to the source with one of them, and keep its copies for another try
  osnap.openstack.server_migration:
    cloud: source
    destination:
      cloud: target
    run: saturday
    server: web01
    state: rolled_back

- name: End the migration of the other
  osnap.openstack.server_migration:
    cloud: source
    destination:
      cloud: target
    run: saturday
    server: web02
    state: finalized
  register: ended

- name: Show what has stayed, for something was made of it
  ansible.builtin.debug:
    var: ended.retained

- name: Remove the server in the source, of which nothing is needed any more
  osnap.openstack.server_migration:
    cloud: source
    destination:
      cloud: target
    run: saturday
    server: web02
    state: source_removed
"""

RETURN = r"""
migration:
  description: The migration of the server as it is after the task. In check mode what only a run can know is null.
  returned: when one server was given at the top level
  type: dict
  contains: &migration
    server:
      description: The server as O(server) names it.
      type: str
      sample: web01
    server_id:
      description: ID of the server.
      type: str
      sample: 4f0ad0e3-0a5a-4a38-9a2c-9c6f8f2f0a11
    server_name:
      description: Name of the server.
      type: str
      sample: web01
    name:
      description: Name of the new server.
      type: str
      sample: web01
    phase:
      description: Where the migration stands.
      type: str
      sample: complete
    verified:
      description: Whether the new server is there, made of finished copies with the bytes of the snapshots.
      type: bool
      sample: true
    new_server_id:
      description: ID of the new server, or null.
      type: str
      sample: 0b6cf1de-4f2c-4d8c-a4f4-0e8f7e1f6c7e
    new_server_status:
      description: Status of the new server, or null.
      type: str
      sample: ACTIVE
    addresses:
      description: Addresses of the new server.
      type: list
      elements: str
      sample: [10.0.0.7]
    disks:
      description: The disks of the server, the root disk first.
      type: list
      elements: dict
      contains:
        index:
          description: Its place, from 0.
          type: int
          sample: 0
        kind:
          description: V(image) is Nova's own root disk, V(volume) a volume.
          type: str
          sample: image
        id:
          description: ID of the volume; of Nova's own root disk, that of the server.
          type: str
          sample: 4f0ad0e3-0a5a-4a38-9a2c-9c6f8f2f0a11
        name:
          description: Name of the disk's snapshot and of its images in both clouds.
          type: str
          sample: osnap-saturday-4f0ad0e3-0a5a-4a38-9a2c-9c6f8f2f0a11
        method:
          description: How the disk is moved, as O(method) has it; of one of which something is there already, how that was.
          type: str
          sample: stream
        method_reason:
          description: Why it is moved that way.
          type: str
          sample: its root disk is Nova's own and no volume, so an image of it holds the whole disk
        gib:
          description: Size of the disk in GiB; null where nobody says so.
          type: int
          sample: 20
        snapshot_id:
          description: ID of the snapshot in O(cloud), or null.
          type: str
          sample: 7f2f1a53-4a8e-4a0e-8a43-1b53a5cb3d2f
        image_id:
          description: ID of the image in O(cloud), or null.
          type: str
          sample: 7f2f1a53-4a8e-4a0e-8a43-1b53a5cb3d2f
        copy_id:
          description: ID of the image in O(destination), or of the one in O(cloud) that is shared with it; or null.
          type: str
          sample: 5d0b3f53-9a1f-5c57-8f0a-6f4b0f0f2b6a
        volume_id:
          description: ID of the volume in O(destination), or null.
          type: str
          sample: null
        size:
          description: Size of the copy in bytes.
          type: int
          sample: 33554432
        disk_format:
          description: Format of the copy.
          type: str
          sample: raw
        hash_algo:
          description: Algorithm of the copy's hash.
          type: str
          sample: sha512
        hash_value:
          description: Hash of the copy.
          type: str
          sample: 9b71d224bd62f3785d96d46ad3ea3d73319bfbc2890caadae2dff72519673ca7
    notices:
      description: What it loses or what changes, one sentence each.
      type: list
      elements: str
      sample: []
timeline:
  description: What this task has done for the server, and when.
  returned: when one server was given at the top level
  type: list
  elements: dict
  contains: &timeline
    what:
      description: The link of the chain, such as V(stop), V(snapshot), V(image), V(copy), V(share), V(volume), V(proof), V(boot).
      type: str
      sample: copy
    disk:
      description: Place of the disk that it was about, or null.
      type: int
      sample: 0
    began:
      description: When it began, UTC.
      type: str
      sample: "2026-05-04T02:00:00Z"
    ended:
      description: When it ended, or null if it failed.
      type: str
      sample: "2026-05-04T02:00:40Z"
    changed:
      description: Whether there was anything left to do.
      type: bool
      sample: true
removed:
  description: What has gone, in this order. Null unless O(state) is V(rolled_back), V(finalized) or V(source_removed).
  returned: when one server was given at the top level
  type: list
  elements: dict
  contains: &removed
    what:
      description:
        - The kind of it, such as V(server), V(proof), V(volume), V(port), V(copy), V(moving_volume), V(temporary_volume), V(image), V(snapshot),
          V(volume_snapshot).
      type: str
      sample: copy
    id:
      description: ID of it.
      type: str
      sample: 5d0b3f53-9a1f-5c57-8f0a-6f4b0f0f2b6a
    name:
      description: Name of it.
      type: str
      sample: osnap-saturday-4f0ad0e3-0a5a-4a38-9a2c-9c6f8f2f0a11
    cloud:
      description: V(source) or V(destination).
      type: str
      sample: destination
retained:
  description: What was to go and has stayed. Null unless O(state) is V(rolled_back), V(finalized) or V(source_removed).
  returned: when one server was given at the top level
  type: list
  elements: dict
  contains:
    <<: *removed
    reason:
      description: Why it has stayed.
      type: str
      sample: it is protected from deletion
"off":
  description: Since when the server was off, C(from), and until when its successor was booted, C(to). Null if this task has not stopped it.
  returned: when one server was given at the top level
  type: dict
  sample: {from: "2026-05-04T02:00:00Z", to: "2026-05-04T02:01:10Z"}
forecast_seconds:
  description: For how long the server would be off, as judged right before this task has stopped it. Null where nobody could tell.
  returned: when one server was given at the top level
  type: int
  sample: 70
findings:
  description:
    - Why the server was refused, or what the state that was asked for lacks, each with its code. A sentence of them is in C(msg), too.
  returned: when one server was given at the top level, and it failed for something that has a code
  type: list
  elements: dict
  contains: &finding
    code:
      description: Its code, which never changes; see R(the codes,ansible_collections.osnap.openstack.docsite.migration_problems).
      type: str
      sample: not_arrived
    severity:
      description: V(blocks), or V(loses) for what may be accepted by its code in O(accept).
      type: str
      sample: blocks
    object:
      description: What it is about.
      type: str
      sample: server 'web01'
    sentence:
      description: The sentence.
      type: str
      sample: The server 'web01' (4f0ad0e3-0a5a-4a38-9a2c-9c6f8f2f0a11) is not removed, for it has no new server that is complete.
    remedy:
      description: What to do.
      type: str
      sample: Bring it to complete first.
    stops:
      description: Whether it has stopped this; always V(true).
      type: bool
      sample: true
migrations:
  description: The migrations in the order of O(servers); null for one that failed.
  returned: when O(servers) was given
  type: list
  elements: dict
  contains: *migration
outcomes:
  description: What became of each item, in the order of O(servers).
  returned: when O(servers) was given
  type: list
  elements: dict
  contains:
    index:
      description: Place of the server in O(servers); a pattern stands for each server that it means, by name.
      type: int
      sample: 0
    changed:
      description: Whether anything was, or would be, changed for it.
      type: bool
      sample: true
    failed:
      description: Whether it failed.
      type: bool
      sample: false
    attempted:
      description: Whether it was attempted; after some failures the rest is not.
      type: bool
      sample: true
    migration:
      description: As RV(migration).
      type: dict
      contains: *migration
    timeline:
      description: As RV(timeline). Only where it did not fail.
      type: list
      elements: dict
      contains: *timeline
    "off":
      description: As RV(off). Only where it did not fail.
      type: dict
    forecast_seconds:
      description: As RV(forecast_seconds). Only where it did not fail.
      type: int
    removed:
      description: As RV(removed). Only where it did not fail.
      type: list
      elements: dict
    retained:
      description: As RV(retained). Only where it did not fail.
      type: list
      elements: dict
    findings:
      description: As RV(findings).
      returned: when it failed for something that has a code
      type: list
      elements: dict
      contains: *finding
    msg:
      description: Why it failed, or null.
      type: str
      sample: null
    status:
      description: HTTP status of the answer that made it fail, or null.
      type: int
      sample: null
    request_id:
      description: ID of that request in the service's log, or null.
      type: str
      sample: null
    service:
      description: The service that answered, or null.
      type: str
      sample: null
    resource:
      description: Name or ID of the object that the failure is about, or null.
      type: str
      sample: null
"""

from ansible_collections.osnap.openstack.plugins.module_utils._core.runner import run
from ansible_collections.osnap.openstack.plugins.module_utils._migration.migration import ServerMigration


def main():
    run(ServerMigration())


if __name__ == "__main__":
    main()
