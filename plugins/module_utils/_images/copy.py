# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Copying images from Glance to Glance: in one pass, verified on both ends, and safe against a twin that still lives.

An image at the destination is ours by marks that name it (see `_marks`), and finished only by ``osnap_complete``, which
is set after the verification. Its ID is computed, not drawn: of two runs that create it at once the service itself
refuses the second.
"""

from __future__ import annotations

import time

from ansible_collections.osnap.openstack.plugins.module_utils import _marks
from ansible_collections.osnap.openstack.plugins.module_utils._core import lookup
from ansible_collections.osnap.openstack.plugins.module_utils._core.connection import connect_pair
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import Ambiguous, OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._core.operation import Operation, Outcome
from ansible_collections.osnap.openstack.plugins.module_utils._core.plan import (
    CREATE,
    DELETE,
    UPDATE,
    Plan,
    Step,
    as_text,
)
from ansible_collections.osnap.openstack.plugins.module_utils._images.refusals import over_quota
from ansible_collections.osnap.openstack.plugins.module_utils._images.stream import SinkBroken, SourceBroken, stream
from ansible_collections.osnap.openstack.plugins.module_utils._services.images import Images

#: Whole transfers before giving up. There is no resumable upload: what broke at the destination starts again from the
#: first byte.
ATTEMPTS = 3
#: What describes the place an image was in, not what it holds.
_STAYS = frozenset(
    {
        "block_device_mapping",
        "bdm_v2",
        "root_device_name",
        "base_image_ref",
        "instance_uuid",
        "boot_roles",
        "image_location",
        "image_state",
        "image_type",
        "user_id",
        "stores",
        "locations",
        "direct_url",
    }
    | _marks.RESERVED
)
_STAYS_PREFIXES = ("owner_", "os_glance", "img_signature", "owner_specified.")


class ImageCopy(Operation):
    """One or many images from ``cloud`` to ``destination``."""

    returns = "image"

    def connect(self, params):
        return connect_pair(params)

    def prepare(self, context, items):
        rows = lookup.existing(Images(context.cloud), [item["image"] for item in items])
        return [self._meant(context, item, rows[item["image"]]) for item in items]

    @staticmethod
    def _meant(context, item, row):
        if isinstance(row, OsnapError):
            return row
        name = (item["name"] or row["name"] or "").strip()
        if not name:
            return OsnapError(
                f"The image {row['id']} in cloud {context.cloud.name} has no name, and its copy needs one; set name.",
                resource=row["id"],
            )
        here, there = context.cloud, context.cloud.peer
        twice = name == item["image"].strip() and here.project_id == there.project_id
        if twice and Images(there).get(row["id"]) is not None:
            return OsnapError(
                f"The copy '{name}' would be in the same project as its image and have the same name, so that the name"
                " would no longer tell which one is meant; give the copy another name, or give the image by its ID.",
                resource=row["id"],
            )
        return {**item, "source": row, "name": name}

    def resolved(self, item):
        return item["source"]["id"], item["name"]

    def plan_all(self, context, items):
        images = Images(context.cloud.peer)
        found = images.named(sorted({item["name"] for item in items}), os_hidden="false") if items else {}
        # Only one that is not found is looked for among those that lists leave out.
        missing = {
            item["name"]
            for item in items
            if not any(is_finished(row) and _marks.is_copy(row, item["source"]["id"]) for row in found[item["name"]])
        }
        hidden = images.named(sorted(missing), os_hidden="true") if missing else {}
        plans = context.map(
            lambda item: plan_copy(item, found[item["name"]] + hidden.get(item["name"], []), context.cloud), items
        )
        return self._admitted(images, plans)

    @staticmethod
    def _admitted(images, plans):
        """What would not fit into the destination's quota is refused before anything is sent."""
        making = [plan for plan in plans if isinstance(plan, Plan) and plan.does(CREATE)]
        sizes = [plan.desired["source"]["size"] for plan in making]
        verdicts = dict(zip(map(id, making), over_quota(images.room(), sizes))) if making else {}
        return [verdicts.get(id(plan)) or plan for plan in plans]

    def apply_all(self, context, plans):
        return context.map(lambda plan: _Copy(context, plan).run(), plans, threads=context.params["parallel"])


def portable_properties(row) -> dict:
    """The properties of an image that mean the same in another cloud."""
    return {
        key: value
        for key, value in row["properties"].items()
        if key not in _STAYS and not key.startswith(_STAYS_PREFIXES)
    }


def refuse(row, cloud):
    """Raise for an image that can't be copied, or not without becoming useless."""
    label = f"The image '{row['name']}' ({row['id']}) in cloud {cloud.name}"
    if row["status"] != "active":
        raise OsnapError(
            f"{label} is in status {row['status']}, and only an active one can be copied; wait for it or make it anew.",
            resource=row["id"],
        )
    if any(key.startswith("cinder_encryption_") for key in row["properties"]):
        raise OsnapError(
            f"{label} is of an encrypted volume, and its key stays in that cloud's key manager: the copy could never be"
            " read. Copy the data from inside the server, or move the disk unencrypted.",
            resource=row["id"],
        )
    if "block_device_mapping" in row["properties"] and not row["size"]:
        raise OsnapError(
            f"{label} is of a volume-backed server: it holds no data, they are in Cinder snapshots, which don't travel."
            " Make images of the volumes and copy those.",
            resource=row["id"],
        )
    if not row["size"]:
        raise OsnapError(f"{label} holds no data (0 bytes); there is nothing to copy.", resource=row["id"])


def is_whole(row, source) -> bool:
    """Whether an image holds exactly the source's bytes, as far as the two services' own figures say; no hash, no
    proof.
    """
    return (
        row["status"] == "active"
        and row["size"] == source["size"]
        and source["hash_value"] is not None
        and (row["hash_algo"], row["hash_value"]) == (source["hash_algo"], source["hash_value"])
    )


def is_declared(row) -> bool:
    """Whether an image was declared complete, whatever has become of it since."""
    return bool(_marks.of_image(row).get(_marks.COMPLETE))


def is_finished(row) -> bool:
    return row["status"] == "active" and is_declared(row)


def kept(row):
    """Why an image stays though it was unfinished when it was looked at, as a clause; None if it may go."""
    return "it was finished meanwhile" if is_declared(row) else None


def plan_copy(item, rows, cloud) -> Plan:
    """What is to be done about one copy.

    :param item: ``source`` (a row), ``name``, and the options
    :param rows: the images of that name at the destination, hidden ones too
    """
    source = item["source"]
    refuse(source, cloud)
    ours = [row for row in rows if row["owner_id"] == cloud.peer.project_id and _marks.is_copy(row, source["id"])]
    finished = [row for row in ours if is_finished(row)]
    if len(finished) > 1:
        raise OsnapError(
            f"{len(finished)} finished copies of the image {source['id']} are named '{item['name']}' in cloud"
            f" {cloud.peer.name}: {lookup.listing(finished)}; remove all but one, then run again.",
            resource=item["name"],
        )
    wanted = _wanted(item, source)
    if finished and finished[0]["is_hidden"]:
        raise OsnapError(
            f"The finished copy {finished[0]['id']} in cloud {cloud.peer.name} is hidden from lists; show it, delete"
            " it, or give this one another name.",
            resource=finished[0]["id"],
        )
    if finished and _differ(finished[0], source):
        raise OsnapError(
            f"The image {finished[0]['id']} in cloud {cloud.peer.name} is marked as the finished copy of the image"
            f" {source['id']} and holds other data; find out what has happened to it, delete it, or give this copy"
            " another name.",
            resource=finished[0]["id"],
        )
    if finished:
        return _plan_finished(finished[0], wanted, item)
    if taken := next(filter(is_declared, ours), None):
        raise OsnapError(
            f"The finished copy {taken['id']} in cloud {cloud.peer.name} is in status {taken['status']}; make it active"
            " again, delete it, or give this one another name.",
            resource=taken["id"],
        )
    leftovers = tuple(Step(DELETE, {"row": row}) for row in ours if not is_whole(row, source))
    whole = [row for row in ours if is_whole(row, source)]
    begin = (Step(UPDATE, {"row": whole[0]}),) if whole else (Step(CREATE, wanted),)
    after = {"state": "present", "name": item["name"], "source_image_id": source["id"], "size": source["size"]}
    predicted = {
        **dict.fromkeys(Images.keys()),
        **wanted,
        "properties": None,
        "size": source["size"],
        "status": "active",
        "owner_id": cloud.peer.project_id,
    }
    # The declared options in the diff, but for those that Glance gives a default.
    after.update({key: wanted[key] for key in ("tags", "visibility") if item[key] is not None})
    return Plan(
        {"state": "absent"}, after, leftovers + begin, None, predicted, {**item, "wanted": wanted}, {"transfer": None}
    )


def _differ(row, source) -> bool:
    """Whether the two services' own figures say that an image holds other bytes than the source."""
    hashes = [one["hash_value"] for one in (row, source)]
    return row["size"] != source["size"] or (
        all(hashes) and row["hash_algo"] == source["hash_algo"] and hashes[0] != hashes[1]
    )


def _wanted(item, source):
    """The attributes of the copy; of the source whatever is not said otherwise, but for marks of something else."""
    own = as_text(item["properties"] or {})
    travelling, marks = portable_properties(source), _marks.of_image(source)
    for key in filter(_marks.is_mark, list(travelling)):
        if not travelling[key] or (key not in marks and key not in _marks.COMPANIONS):
            del travelling[key]
    return {
        "name": item["name"],
        "disk_format": source["disk_format"],
        "container_format": source["container_format"],
        "min_disk": source["min_disk"],
        "min_ram": source["min_ram"],
        "visibility": item["visibility"] or "private",
        "tags": sorted(set(item["tags"] if item["tags"] is not None else source["tags"])),
        "properties": {**travelling, **own},
    }


def _plan_finished(row, wanted, item):
    """A finished copy: only options that are set count, its data are never touched."""
    new = {key: wanted[key] for key in ("tags", "visibility") if item[key] is not None and wanted[key] != row[key]}
    own = {key: wanted["properties"][str(key)] for key in item["properties"] or {}}
    if any(row["properties"].get(key) != value for key, value in own.items()):
        new["properties"] = {**row["properties"], **own}
    before = {
        "state": "present",
        "name": row["name"],
        "source_image_id": row["properties"][_marks.SOURCE],
        "size": row["size"],
    }
    before.update({key: row[key] for key in new})
    predicted = {**row, **new, **({"updated_at": None} if new else {})}
    return Plan(
        before,
        {**before, **new},
        (Step(UPDATE, {"row": row, "values": new}),) if new else (),
        row,
        predicted,
        item,
        {"transfer": None},
    )


class _Copy:
    """The steps of one plan."""

    def __init__(self, context, plan):
        self.context, self.plan = context, plan
        self.source_images, self.images = Images(context.cloud), Images(context.cloud.peer)
        self.source = plan.desired["source"]
        self.what = f"image '{self.source['name']}'"

    def run(self) -> Outcome:
        outcome = None
        for step in self.plan.steps:
            if step.verb == DELETE:
                # A twin that was at it when we looked may have finished since: then the copy is there.
                if stays := self.images.delete_if(step.values["row"], kept):
                    return self._finished_by_another(stays.row)
            elif step.verb == UPDATE and "values" in step.values:
                outcome = Outcome(self.images.update(step.values["row"], step.values["values"]), {"transfer": None})
            elif step.verb == UPDATE:
                outcome = Outcome(self._finish(step.values["row"]), {"transfer": None})
            else:
                outcome = self._copy(step.values)
        return outcome

    def _finished_by_another(self, row):
        """The copy that a twin has finished since our plan, with the options of this task."""
        desired = self.plan.desired
        for step in plan_copy(desired, [row], self.context.cloud).steps:
            row = self.images.update(row, step.values["values"])
        return Outcome(row, {"transfer": None})

    def _copy(self, wanted):
        """Register, stream, verify, finish; what fails on the way is removed, and what may succeed is tried again from
        the first byte.
        """
        for attempt in range(1, ATTEMPTS + 1):
            self.context.progress.check()
            row = self._register(wanted)
            if is_declared(row):
                return self._finished_by_another(row)
            began = time.monotonic()
            try:
                self._allowed(row, wanted["visibility"])
                streamed = stream(
                    _Data(self.source_images, self.source),
                    lambda body: self._put(row, body),
                    size=self.source["size"],
                    algorithm=self.source["hash_algo"] or "sha512",
                    what=self.what,
                    tick=self.context.progress.tick,
                )
                stored = self._verified(row, streamed)
            except (OsnapError, SourceBroken, SinkBroken) as error:
                left = not self._remove(row)
                if attempt < ATTEMPTS and _may_pass(error):
                    (
                        self.context.cloud.peer.fresh_token()
                        if getattr(error, "status", None) == 401
                        else time.sleep(attempt)
                    )
                    continue
                raise self._told(error, attempt, row["id"] if left else None) from error
            return Outcome(
                self._finish(stored),
                {
                    "transfer": {
                        "bytes": streamed.size,
                        "seconds": round(time.monotonic() - began, 3),
                        "hash_algo": streamed.algorithm,
                        "hash_value": streamed.hexdigest,
                        "attempts": attempt,
                    }
                },
            )

    def _register(self, wanted):
        """The image without data, marked in the creating request, under the first ID of its series that was never used;
        or the copy that a twin has finished meanwhile.
        """
        failures = 0
        for generation in range(_marks.GENERATIONS):
            id = _marks.copy_id(self.context.cloud.peer.project_id, self.source["id"], wanted["name"], generation)
            marks = {_marks.SOURCE: self.source["id"], _marks.FOR: id}
            values = {**wanted, "visibility": "private", "properties": {**wanted["properties"], **marks}}
            try:
                row = self.images.create({"id": id, **values})
            except OsnapError as error:  # no answer, or "later": it is there now, or it is tried again below
                failures += 1
                if failures == ATTEMPTS or not (isinstance(error, Ambiguous) or error.status == 503):
                    raise
                time.sleep(failures)
                self.context.progress.check()
                row = None
            if row is not None:
                return row
            there = self.images.get(id)
            if there is None:
                # used and deleted; or never arrived, then one ID of the series is skipped, which harms nothing
                continue
            if there["properties"].get(_marks.COMPLETE) and there["name"] != wanted["name"]:
                continue  # a copy that has been given another name is none of this name
            # Begun between our plan and now, by a killed job's module that lives a moment longer or by a twin: the last
            # one wins, the other's upload ends with a 404. One that is finished is what is wanted.
            if stays := self.images.delete_if(there, kept):
                return stays.row
        raise OsnapError(
            f"The copy '{wanted['name']}' was made and deleted {_marks.GENERATIONS} times; give it another name.",
            resource=wanted["name"],
        )

    def _allowed(self, row, visibility):
        """Ask for the visibility while there are no data to be seen: who may publish is a policy that nobody can read,
        and its refusal must not come after a whole copy.
        """
        if visibility == "public":
            self.images.update(self.images.update(row, {"visibility": visibility}), {"visibility": "private"})

    def _verified(self, row, streamed):
        """The stored image, its bytes proven to be the source's; raises when they are not."""
        if self.source["hash_value"] and (self.source["hash_algo"], self.source["hash_value"]) != (
            streamed.algorithm,
            streamed.hexdigest,
        ):
            raise SourceBroken(
                f"The bytes read from the {self.what} do not have its {streamed.algorithm}.", restartable=True
            )
        stored = self.images.get(row["id"])
        if stored is None:
            raise self._vanished(row)
        if stored["status"] != "active" or stored["size"] != streamed.size:
            raise SinkBroken(
                f"The copy {row['id']} is {stored['status']} with {stored['size']} bytes, where {streamed.size} were"
                " sent."
            )
        known = (
            stored["hash_value"]
            if stored["hash_algo"] == streamed.algorithm and stored["hash_value"]
            else self._read_back(stored, streamed)
        )
        if known != streamed.hexdigest:
            raise SinkBroken(f"The copy {row['id']} does not have the {streamed.algorithm} of what was sent.")
        if (
            self.context.params["verification"] == "deep"
            and self._hash(self.source_images, self.source, streamed.algorithm) != streamed.hexdigest
        ):
            raise SourceBroken(f"The {self.what} gives other bytes when it is read a second time.", restartable=True)
        return stored

    def _read_back(self, stored, streamed):
        """A store that keeps no hash, or one of another kind: read the copy, for a size alone proves little."""
        return self._hash(self.images, stored, streamed.algorithm)

    def _hash(self, images, row, algorithm):
        def discard(body):
            for _chunk in body:
                pass

        return stream(
            _Data(images, row),
            discard,
            size=row["size"],
            algorithm=algorithm,
            what=f"verification of {self.what}",
            tick=self.context.progress.tick,
        ).hexdigest

    def _put(self, row, body):
        try:
            self.images.put_data(row, body)
        except OsnapError as error:
            if error.status in (404, 410):
                raise self._vanished(row) from error
            raise

    def _vanished(self, row):
        """Not to be tried again: whoever deleted it may be a twin that makes the same copy."""
        return OsnapError(
            f"The copy '{row['name']}' ({row['id']}) vanished from cloud {self.context.cloud.peer.name} while it was"
            " written: somebody else has deleted it; run again to see what is there.",
            service="image",
            resource=row["id"],
        )

    def _finish(self, row):
        """Declare it complete, and only now visible to whom it shall be. One that was begun with other options gets
        those of this task.
        """
        wanted = self.plan.desired["wanted"]
        values = {key: wanted[key] for key in ("tags", "visibility") if wanted[key] != row[key]}
        values["properties"] = {**wanted["properties"], _marks.FOR: row["id"], _marks.COMPLETE: "true"}
        try:
            return self.images.update(row, values)
        except Ambiguous:
            return self.images.update(
                self.images.get(row["id"]) or row, values
            )  # no answer: it is done already, or can be done again

    def _remove(self, row) -> bool:
        """Take back what is unfinished. If that fails too, it stays marked so, and the next run removes it."""
        try:
            self.images.delete_if(row, kept)
        except OsnapError:
            return False
        return True

    def _told(self, error, attempt, left):
        """The error as a sentence; ``left`` is the ID of what could not be taken back."""
        if left:
            rest = f"The unfinished copy {left} could not be removed either: run again, which removes it first."
        else:
            rest = "Nothing unfinished is left at the destination; run again to start anew."
        if isinstance(error, OsnapError):
            return OsnapError(f"{error} {rest}", **error.fields, stops_work=error.stops_work) if left else error
        tries = f" after {attempt} attempts" if attempt > 1 else ""
        clouds = f"from cloud {self.context.cloud.name} to cloud {self.context.cloud.peer.name}"
        return OsnapError(
            f"Could not copy the {self.what} {clouds}{tries}: {str(error).rstrip('.')}. {rest}",
            status=getattr(error, "status", None),
            service="image",
            resource=self.source["id"],
        )


class _Data:
    """An image's bytes as a source of ``stream``."""

    def __init__(self, images, row):
        self._images, self._row = images, row

    def open(self, offset):
        return self._images.open_data(self._row, offset)


def _may_pass(error) -> bool:
    """Whether the same transfer may succeed a moment later."""
    if isinstance(error, OsnapError):
        return isinstance(error, Ambiguous) or error.status in (401, 408, 429, 500, 502, 503, 504)
    return isinstance(error, SinkBroken) or error.restartable
