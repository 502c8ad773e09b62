# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a server gets its snapshot image: what is planned, made, rotated and started again; the module declares."""

from __future__ import annotations

from dataclasses import replace

from ansible_collections.osnap.openstack.plugins.module_utils import _consistency, _marks
from ansible_collections.osnap.openstack.plugins.module_utils._core import lookup
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._core.fields import identity, mutable
from ansible_collections.osnap.openstack.plugins.module_utils._core.plan import CREATE, START, UPDATE, Plan, Step
from ansible_collections.osnap.openstack.plugins.module_utils._core.state import StateModule
from ansible_collections.osnap.openstack.plugins.module_utils._servers import off_for_image
from ansible_collections.osnap.openstack.plugins.module_utils._services._text import metadata_problem, text_problem
from ansible_collections.osnap.openstack.plugins.module_utils._services.server_images import (
    ServerImages,
    backing_snapshots,
)
from ansible_collections.osnap.openstack.plugins.module_utils._services.servers import Servers
from ansible_collections.osnap.openstack.plugins.module_utils._services.volumes import Volumes
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots import (
    server_image_resume,
    server_image_rotation,
    server_image_rules,
)
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots.server_image_rotation import server_of

ROTATION = {"type": {"type": "str", "required": True}, "keep": {"type": "int", "required": True}}


class ServerImageSnapshot(StateModule):
    service = ServerImages
    many = "snapshots"
    fields = (
        identity("name", renamable=True),
        identity("server", refers_to="server"),
        mutable("properties", type="dict", grows=True),
        mutable("tags", type="list", elements="str", late=True),
        mutable("visibility", choices=["private", "shared", "community", "public"], late=True),
        mutable("protected", type="bool", attribute="is_protected", late=True),
        mutable("members", type="list", elements="str", late=True, purge="purge_members"),
        mutable("membership", choices=["accepted", "rejected", "pending"], late=True),
    )
    extra_options = {
        "purge_members": {"type": "bool"},
        "consistency": {"type": "str", "choices": ["crash", "quiesce", "stop"]},
        "rotation": {"type": "dict", "options": ROTATION},
    }
    references = {"server": Servers}
    rules = {"required_one_of": [("id", "name")]}

    # -- arguments

    def bound(self, context):
        service = super().bound(context)
        service.everywhere = context.params["state"] != "present"
        service.outdated = lambda row, server: self._outdated(context, row, server)
        return service

    def _outdated(self, context, row, server):
        """Whether an image that came while this task was at it is of a server that has changed since; remembered. One
        that another run has finished is simply there.
        """
        if row["status"] in ServerImages.statuses.ready:
            return False
        # The mark that the server may have is this task's own by now, so that it tells nothing.
        found = server_image_resume.outdated(context.cloud, row, server["id"], by_hand=False)
        self.found_outdated.setdefault((row["name"], server["id"]), []).extend(found)
        return bool(found)

    def tidy(self, item):
        item = super().tidy(item)
        members, rotation = item["members"] and sorted({member.strip() for member in item["members"]}), item["rotation"]
        return {
            **item,
            "members": members if members else item["members"],
            "rotation": rotation and {**rotation, "type": rotation["type"].strip()},
            "visibility": item["visibility"] or ("shared" if members else None),
        }

    def problem(self, item, params):
        if not item["id"] and not item["name"].strip():
            return "name is empty; give the image a name, or the id of an existing one"
        if params["state"] == "absent":
            return None
        if not item["id"] and item["membership"]:
            return "membership is about an image that another project shares; give its id"
        if not item["id"] and not item["server"]:
            return f"server is missing; say which server the image '{item['name']}' is of"
        ours = sorted(set(item["properties"] or {}) & (_marks.RESERVED | {_marks.CONSISTENCY}))
        if ours:
            return f"properties has {', '.join(ours)}, which this collection keeps for itself; leave it out"
        return (
            text_problem("name", item["name"], "Nova")
            or metadata_problem("properties", item["properties"])
            or server_image_rules.not_for_glance(item)
            or server_image_rules.not_shared(item)
            or server_image_rules.not_rotated(item)
            or server_image_rules.not_stopped(item, params)
        )

    # -- plan

    def plan_all(self, context, items):
        self.is_planning, self.found_outdated = True, {}
        plans = [self._checked(plan) if isinstance(plan, Plan) else plan for plan in super().plan_all(context, items)]
        plans = server_image_resume.with_servers(context, items, plans)
        return server_image_rotation.foreseen(context, server_image_resume.with_start(context, plans))

    def plan_for(self, service, context, desired, current):
        """With what the user's own properties need to be believed of an image that is there and stays."""
        statuses = service.statuses
        if current and desired["properties"] and current["status"] not in statuses.failed | statuses.leaving:
            own = _marks.companions(current, desired["properties"])
            desired = {**desired, "properties": {**desired["properties"], **own}}
        plan = super().plan_for(service, context, desired, current)
        if context.params["state"] != "present" or not self.is_planning or not current or desired["id"]:
            return plan
        return self._anew(service, context, desired, current) or plan

    def _anew(self, service, context, desired, row):
        """The plan in place of going on with an unfinished image whose server has changed since; None where it has not."""
        server = (
            Servers(context.cloud).get(row["server_id"]) if server_image_resume.is_unfinished(service, row) else None
        )
        if not server:
            return None
        by_hand = server_image_resume.was_started_by_hand(row, server)
        why = server_image_resume.outdated(context.cloud, row, server["id"], by_hand=by_hand)
        if not why or not (now := service.get(row["id"])) or not server_image_resume.is_unfinished(service, now):
            return None  # as it is; or finished meanwhile, and simply there
        return server_image_resume.anew(self.fields, super().plan_for(service, context, desired, None), now, why)

    @staticmethod
    def _checked(plan):
        """A plan for an image that is there, or why it can't become what is wanted; with what only this kind of
        resource knows.
        """
        desired, current = plan.desired, plan.current
        if desired.get("nowhere") or current is None or plan.resource is None or plan.does(CREATE):
            return plan
        label = f"The server image '{current['name']}' ({current['id']})"
        if desired["membership"] and current["membership"] is None:
            return OsnapError(
                f"{label} is not shared with this project by another one, so there is no membership to be"
                f" {desired['membership']}; leave membership out.",
                resource=current["id"],
            )
        if desired["members"] and backing_snapshots(current):
            return server_image_rules.unshareable(label, current["id"])
        if desired["rotation"] and current["properties"].get("backup_type") != desired["rotation"]["type"]:
            return OsnapError(
                f"{label} is no backup of the type {desired['rotation']['type']}; leave rotation out, or take another"
                " name.",
                resource=current["id"],
            )
        return _consistency.shortfall(current, label, desired["consistency"]) or _with_members(plan)

    def admit(self, context, plans):
        servers = lookup.existing(Servers(context.cloud), [plan.desired["server_id"] for plan in plans])
        volumes = _volumes_to_freeze(context, plans, servers)
        verdicts, taken = [], set()
        for plan in plans:
            desired, server = plan.desired, servers[plan.desired["server_id"]]
            verdicts.append(
                server_image_rules.unfit(context.cloud, server, desired, volumes)
                or (server_image_rules.second(server, desired["name"]) if desired["server_id"] in taken else None)
            )
            taken.add(desired["server_id"])
        return verdicts

    def doubts(self, context, plans):
        # Here, for a real run asks for what hangs on an image only when it is refused.
        from ansible_collections.osnap.openstack.plugins.module_utils._snapshots import dependents

        rotated = [id for plan in plans if isinstance(plan, Plan) for id in plan.facts.get("rotated", ())]
        return dependents.doubts(
            self.bound(context),
            plans,
            lambda rows: dependents.of_server_images(context.cloud, rows, shared=False),
            beside=rotated,
        )

    def strays(self, service, desired):
        images = service.find([{**desired, "server_id": None}])[0]
        there = Servers(service.cloud).poll(sorted({row["server_id"] for row in images if row["server_id"]}))
        return [row for row in images if row["server_id"] not in there]

    def retains(self, service, row):
        """Asked before the Cinder snapshots go, for Glance refuses only when they are gone."""
        return service.protected(row) if row["is_protected"] else None

    # -- apply

    def apply_all(self, context, plans):
        """Stop what has to be off, make the images, and start again what was stopped, whatever has become of its image."""
        self.is_planning = False
        of = [server_of(plan) if plan.desired["consistency"] == "stop" and plan.resource else None for plan in plans]
        stopped = set()
        halted = off_for_image.stop(
            context,
            {
                server: plan.desired["name"]
                for server, plan in zip(of, plans, strict=True)
                if server and plan.does(CREATE)
            },
            stopped,
        )
        going = [(server, plan) for server, plan in zip(of, plans, strict=True) if server not in halted]
        try:
            done = iter(super().apply_all(context, [plan for _server, plan in going]))
        except OsnapError as error:  # from a step for all of them
            done = iter([error] * len(going))
        outcomes = [halted[server] if server in halted else next(done) for server in of]
        for server, outcome in zip(of, outcomes, strict=True):
            if server in stopped and isinstance(outcome, OsnapError):
                outcome.changed_nothing = False  # its server was stopped for it
        names = {}
        for server, plan in zip(of, plans, strict=True):
            if plan.does(CREATE) or plan.does(START):
                names.setdefault(server, set()).add(plan.desired["name"] or plan.current["name"])
        names.pop(None, None)
        stopped |= {server for server, plan in zip(of, plans, strict=True) if plan.does(START)}
        still_off = off_for_image.start(context, names, stopped)
        # Rotation may take long, and needs no server that is off.
        outcomes = [self._told_of(context, plan, outcome) for plan, outcome in zip(plans, outcomes, strict=True)]
        return [
            server_image_rules.both(outcome, still_off.get(server))
            for server, outcome in zip(of, outcomes, strict=True)
        ]

    def _told_of(self, context, plan, outcome):
        """An outcome with its facts: what rotation has deleted, and why what was unfinished went."""
        if isinstance(outcome, OsnapError):
            return outcome
        try:
            gone = server_image_rotation.gone(self.bound(context), context, plan, outcome.resource)
        except OsnapError as error:
            return error
        outdated = plan.facts["outdated"] + self.found_outdated.get((plan.desired["name"], server_of(plan)), [])
        return replace(outcome, facts={**outcome.facts, **plan.facts, "rotated": gone, "outdated": outdated})

    def _verified(self, service, context, job):
        outcome = super()._verified(service, context, job)
        if isinstance(outcome, OsnapError) or outcome.resource is None or context.params["state"] == "absent":
            return outcome
        return (
            _consistency.shortfall(
                outcome.resource, f"The server image {service.label(outcome.resource)}", job.plan.desired["consistency"]
            )
            or outcome
        )


# -- what is added to a plan


def _with_members(plan):
    """Members are of a shared image only, and Glance remembers them while it is not."""
    update = plan.step(UPDATE)
    if update is None or not {"members", "visibility"} & set(update.values):
        return plan
    seen, values, resource = (
        plan.current["visibility"],
        {**update.values, "purge_members": plan.desired["purge_members"]},
        dict(plan.resource),
    )
    if "visibility" in values and values["visibility"] != "shared":
        resource["members"] = []
    elif "visibility" in values and seen != "shared":
        resource["members"] = None
    return replace(
        plan, resource=resource, steps=tuple(Step(UPDATE, values) if step is update else step for step in plan.steps)
    )


def _volumes_to_freeze(context, plans, servers):
    """``{ID: volume}`` of the servers that are to be frozen: a volume tells what was promised of its guest."""
    frozen = [servers[plan.desired["server_id"]] for plan in plans if plan.desired["consistency"] == "quiesce"]
    ids = sorted({id for server in frozen if not isinstance(server, OsnapError) for id in server["attached_volumes"]})
    return Volumes(context.cloud).poll(ids) if ids else {}
