# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Does the test cloud do what it is for? Storage, images, quotas, every fault and both stops, asked through
openstacksdk.

``python tests/testcloud/smoke.py`` against clouds that are up; every mismatch is named, and then the status is not
zero.
"""

import contextlib
import hashlib
import http.client
import os
import subprocess
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
VENV = os.path.join(os.path.dirname(os.path.dirname(HERE)), ".tools", "testcloud")
if os.path.realpath(sys.prefix) != os.path.realpath(VENV):
    os.execv(f"{VENV}/bin/python", [f"{VENV}/bin/python", *sys.argv])

import keystoneauth1.exceptions
import openstack
import requests
from osnap_testcloud import ports, projects
from osnap_testcloud.control import Control
from osnap_testcloud.layout import Instance

PROJECT, SMALL = "smoke", "smoke-small"
INSTANCE = ports.load(Instance.default_folder())
CONTROL = Control(INSTANCE.folder)
CLOUD = "source"
RAW = {"disk_format": "raw", "container_format": "bare"}

failures = []
count = 0


def check(what, good, found=""):
    global count
    count += 1
    if not good:
        failures.append(what)
    print(f"{'ok  ' if good else 'FAIL'} {what}" + ("" if good else f": {found!r}"), flush=True)


def connect(cloud=CLOUD, project=PROJECT, small=False):
    path = projects.ensure(INSTANCE, project, small)
    return openstack.config.OpenStackConfig(config_files=[str(path)]).get_one(cloud), path


def connection(cloud=CLOUD, project=PROJECT, small=False):
    region, _path = connect(cloud, project, small)
    return openstack.connection.Connection(config=region)


def until(get, status, timeout=30):
    """The object once it has one of the statuses."""
    deadline = time.monotonic() + timeout
    while True:
        found = get()
        if found["status"] in status or time.monotonic() > deadline:
            return found
        time.sleep(0.05)


def gone(get, timeout=30):
    """Whether something answers 404 in time."""
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        try:
            get()
        except openstack.exceptions.NotFoundException:
            return True
        time.sleep(0.05)
    return False


def status_of(call):
    """The HTTP status that a call ends with; None when its connection broke."""
    try:
        answer = call()
    except openstack.exceptions.HttpException as error:
        return error.response.status_code
    except keystoneauth1.exceptions.HttpError as error:
        return error.http_status
    except (
        keystoneauth1.exceptions.ConnectionError,
        requests.exceptions.ConnectionError,
        requests.exceptions.ChunkedEncodingError,
    ):
        return None
    return getattr(answer, "status_code", 200)


class Storage:
    """Cinder as one user meets it; raw requests, since what is tested is the cloud and not the SDK."""

    def __init__(self, cloud):
        self.cloud, self.api = cloud, cloud.block_storage
        self.project_id = cloud.current_project_id

    def call(self, method, path, body=None, version="3.66"):
        answer = self.api.request(
            path, method, json=body, microversion=version, raise_exc=False, connect_retries=0, status_code_retries=0
        )
        openstack.exceptions.raise_from_response(answer)
        return answer.json() if answer.content else None

    def make(self, kind, timeout=30, **fields):
        version = fields.pop("version", "3.66")
        created = self.call("POST", f"/{kind}s", {kind: fields}, version)[kind]
        return until(lambda: self.get(kind, created["id"], version), ("available", "error"), timeout)

    def get(self, kind, identifier, version="3.66"):
        return self.call("GET", f"/{kind}s/{identifier}", version=version)[kind]

    def delete(self, kind, identifier, version="3.66"):
        self.call("DELETE", f"/{kind}s/{identifier}", version=version)
        return gone(lambda: self.get(kind, identifier, version))

    def action(self, kind, identifier, version="3.66", **body):
        return self.call("POST", f"/{kind}s/{identifier}/action", body, version)


def volume_file(volume, backend="file"):
    return INSTANCE.cloud(CLOUD).path("cinder", "volumes", backend, f"volume-{volume['id']}")


def write(volume, data):
    with volume_file(volume).open("r+b") as file:
        file.write(data)


def starts_with(volume, data):
    with volume_file(volume).open("rb") as file:
        return file.read(len(data)) == data


def volumes(storage):
    volume = storage.make("volume", name="smoke", size=1, metadata={"a": "1"})
    check("a volume becomes available", volume["status"] == "available", volume)
    write(volume, b"before")
    snapshot = storage.make("snapshot", name="smoke", volume_id=volume["id"], metadata={"osnap_run": "x"})
    check(
        "a snapshot becomes available, with its metadata",
        (snapshot["status"], snapshot["metadata"]) == ("available", {"osnap_run": "x"}),
        snapshot,
    )
    merged = storage.call("POST", f"/snapshots/{snapshot['id']}/metadata", {"metadata": {"b": "2"}})["metadata"]
    check("snapshot metadata merge", merged == {"osnap_run": "x", "b": "2"}, merged)
    check("a volume with snapshots stays", status_of(lambda: storage.call("DELETE", f"/volumes/{volume['id']}")) == 400)
    write(volume, b"behind")
    storage.action("volume", volume["id"], revert={"snapshot_id": snapshot["id"]})
    until(lambda: storage.get("volume", volume["id"]), ("available", "error"))
    check("a revert gives the bytes back", starts_with(volume, b"before"))
    copy = storage.make("volume", name="smoke-copy", size=2, snapshot_id=snapshot["id"])
    check("a volume made of a snapshot has its bytes", starts_with(copy, b"before"))
    check("... and its own, scaled size", volume_file(copy).stat().st_size == 64 * 2**20)
    clone = storage.make("volume", name="smoke-clone", size=1, source_volid=volume["id"])
    check("a clone has the bytes", starts_with(clone, b"before"))
    storage.action("volume", clone["id"], **{"os-extend": {"new_size": 3}})
    check("extend", until(lambda: storage.get("volume", clone["id"]), ("available", "error_extending"))["size"] == 3)
    for doomed in (copy, clone):
        path = volume_file(doomed)
        check("a deleted volume's file is gone", storage.delete("volume", doomed["id"]) and not path.exists())

    def reset():
        return storage.action("snapshot", snapshot["id"], **{"os-reset_status": {"status": "error"}})

    check("a member may not reset a status", status_of(reset) == 403)
    return volume, snapshot


def managing(storage, volume, snapshot):
    admin = Storage(connection(f"{CLOUD}-admin"))
    admin.action("snapshot", snapshot["id"], **{"os-unmanage": {}})
    check("an unmanaged snapshot is gone", gone(lambda: storage.get("snapshot", snapshot["id"])))
    host = admin.get("volume", volume["id"])["os-vol-host-attr:host"]
    listed = admin.call("GET", f"/manageable_snapshots/detail?host={host}".replace("#", "%23"))["manageable-snapshots"]
    names = [
        entry["reference"]["source-name"]
        for entry in listed
        if entry["safe_to_manage"] and volume["id"] in entry["reference"]["source-name"]
    ]
    check("it can be managed again", names == [f"volume-{volume['id']}@snapshot-{snapshot['id']}"], listed)
    body = {"snapshot": {"volume_id": volume["id"], "ref": {"source-name": names[0]}, "name": "managed"}}
    managed = admin.call("POST", "/manageable_snapshots", body)["snapshot"]
    managed = until(lambda: admin.get("snapshot", managed["id"]), ("available", "error"))
    check("managing makes it available", managed["status"] == "available", managed)
    check("snapshot deleted", admin.delete("snapshot", managed["id"]))
    check("volume deleted", storage.delete("volume", volume["id"]))
    left = list(INSTANCE.cloud(CLOUD).path("cinder", "volumes", "file").glob(f"*{volume['id']}*"))
    check("no file is left of them", not left, left)


def groups(storage):
    types = {entry["name"]: entry["id"] for entry in storage.call("GET", "/group_types")["group_types"]}
    volume_types = {entry["name"]: entry["id"] for entry in storage.call("GET", "/types")["volume_types"]}
    group = storage.make("group", name="smoke", group_type=types["consistent"], volume_types=[volume_types["file"]])
    check("a group becomes available", group["status"] == "available", group)
    members = [
        storage.make("volume", name=f"smoke-{number}", size=1, volume_type="file", group_id=group["id"])
        for number in range(2)
    ]
    taken = storage.make("group_snapshot", name="smoke", group_id=group["id"])
    listed = [
        entry
        for entry in storage.call("GET", "/snapshots/detail")["snapshots"]
        if entry["group_snapshot_id"] == taken["id"]
    ]
    check(
        "a group snapshot has one snapshot a member",
        taken["status"] == "available" and len(listed) == 2,
        (taken, listed),
    )
    source = {"create-from-src": {"name": "smoke-2", "group_snapshot_id": taken["id"]}}
    second = storage.call("POST", "/groups/action", source)["group"]
    check(
        "a group made of it",
        until(lambda: storage.get("group", second["id"]), ("available", "error"))["status"] == "available",
    )
    check(
        "a member snapshot can't be deleted",
        status_of(lambda: storage.call("DELETE", f"/snapshots/{listed[0]['id']}")) == 400,
    )
    check("group snapshot deleted", storage.delete("group_snapshot", taken["id"]))
    for doomed in (group, second):
        storage.action("group", doomed["id"], delete={"delete-volumes": True})
        check("group deleted", gone(lambda doomed=doomed: storage.get("group", doomed["id"])))
    check("and its volumes with it", gone(lambda: storage.get("volume", members[0]["id"])))

    legacy = storage.make("consistencygroup", name="smoke", volume_types=volume_types["file"])
    check("a legacy consistency group becomes available", legacy["status"] == "available", legacy)
    member = storage.make("volume", name="smoke-cg", size=1, volume_type="file", consistencygroup_id=legacy["id"])
    taken = storage.make("cgsnapshot", name="smoke", consistencygroup_id=legacy["id"])
    check("its cgsnapshot", taken["status"] == "available", taken)
    check("is no group snapshot", status_of(lambda: storage.get("group_snapshot", taken["id"])) == 400)
    check("cgsnapshot deleted", storage.delete("cgsnapshot", taken["id"]))
    storage.call("POST", f"/consistencygroups/{legacy['id']}/delete", {"consistencygroup": {"force": True}})
    check("legacy group and member deleted", gone(lambda: storage.get("volume", member["id"])))


def images(cloud, storage):
    data = os.urandom(3 * 2**20 + 17)
    digest = hashlib.sha512(data).hexdigest()
    glance = cloud.image
    image = glance.post("/images", json={"name": "smoke", **RAW}).json()
    glance.put(f"/images/{image['id']}/file", data=data, headers={"Content-Type": "application/octet-stream"})
    image = glance.get(f"/images/{image['id']}").json()
    check(
        "an uploaded image is active, with its hash",
        (image["status"], image["os_hash_value"], image["size"]) == ("active", digest, len(data)),
        image,
    )
    check("and comes back", hashlib.sha512(glance.get(f"/images/{image['id']}/file").content).hexdigest() == digest)

    volume = storage.make("volume", name="smoke-image", size=1, imageRef=image["id"])
    check(
        "a volume made of an image has its bytes", volume["status"] == "available" and starts_with(volume, data), volume
    )
    upload = {"os-volume_upload_image": {"image_name": "smoke-up", "disk_format": "raw", "visibility": "private"}}
    uploaded = storage.action("volume", volume["id"], **upload)["os-volume_upload_image"]["image_id"]
    uploaded = until(lambda: glance.get(f"/images/{uploaded}").json(), ("active", "killed", "deleted"))
    same = hashlib.sha512(volume_file(volume).read_bytes()).hexdigest()
    check("an image made of a volume", (uploaded["status"], uploaded["os_hash_value"]) == ("active", same), uploaded)
    until(lambda: storage.get("volume", volume["id"]), ("available",))

    backup = storage.make("backup", name="smoke", volume_id=volume["id"])
    check("a backup", backup["status"] == "available", backup)
    restored = storage.call("POST", f"/backups/{backup['id']}/restore", {"restore": {"name": "smoke-restored"}})[
        "restore"
    ]
    restored = until(lambda: storage.get("volume", restored["volume_id"]), ("available", "error", "error_restoring"))
    check("and its restore", restored["status"] == "available" and starts_with(restored, data), restored)
    until(lambda: storage.get("backup", backup["id"]), ("available",))
    check("backup deleted", storage.delete("backup", backup["id"]))
    for doomed in (volume, restored):
        check("volume deleted", storage.delete("volume", doomed["id"]))

    for method, extra in (("glance-direct", {}), ("web-download", {"uri": f"http://127.0.0.1:{_serve(data)}/image"})):
        imported = glance.post("/images", json={"name": f"smoke-{method}", **RAW}).json()["id"]
        if method == "glance-direct":
            glance.put(f"/images/{imported}/stage", data=data, headers={"Content-Type": "application/octet-stream"})
        glance.post(f"/images/{imported}/import", json={"method": {"name": method, **extra}})
        found = until(lambda imported=imported: glance.get(f"/images/{imported}").json(), ("active",))
        check(f"import by {method}", (found["status"], found.get("os_hash_value")) == ("active", digest), found)
        glance.delete(f"/images/{imported}")
    copying = {"method": {"name": "copy-image"}, "stores": ["archive"]}
    check(
        "copy-image is not for members",
        status_of(lambda: glance.post(f"/images/{image['id']}/import", json=copying)) == 403,
    )
    connection(f"{CLOUD}-admin").image.post(f"/images/{image['id']}/import", json=copying)
    deadline = time.monotonic() + 20
    while "archive" not in glance.get(f"/images/{image['id']}").json()["stores"] and time.monotonic() < deadline:
        time.sleep(0.1)
    check("copy-image to the second store", "archive" in glance.get(f"/images/{image['id']}").json()["stores"])
    glance.delete(f"/images/{uploaded['id']}")
    return image, data


def _serve(data):
    """A web server with one file, for web-download."""
    from http.server import BaseHTTPRequestHandler, HTTPServer

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *args):
            """Nobody wants to read it."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_port


def quotas():
    storage = Storage(connection(project=SMALL, small=True))
    volume = storage.make("volume", name="smoke", size=1)
    first = storage.make("snapshot", name="one", volume_id=volume["id"])
    check(
        "the second snapshot is over the small quota",
        status_of(lambda: storage.make("snapshot", name="two", volume_id=volume["id"])) == 413,
    )
    storage.delete("snapshot", first["id"])
    storage.delete("volume", volume["id"])


def refusing(storage):
    volume = storage.make("volume", name="smoke-refusing", size=1, volume_type="refusing")
    with fault(backend="create_snapshot", answer="error"):
        snapshot = storage.make("snapshot", name="doomed", volume_id=volume["id"])
        check("a snapshot that the backend refuses ends in error", snapshot["status"] == "error", snapshot)
    messages = storage.call("GET", f"/messages?resource_uuid={snapshot['id']}")["messages"]
    check("and a message says why", bool(messages), messages)
    with fault(backend="delete_snapshot", answer="busy", name="^doomed$"):
        storage.call("DELETE", f"/snapshots/{snapshot['id']}")
        found = until(lambda: storage.get("snapshot", snapshot["id"]), ("available",))
        check("a busy one is available again after its deletion", found["status"] == "available", found)
    with fault(backend="delete_snapshot", answer="error", times=1):
        storage.call("DELETE", f"/snapshots/{snapshot['id']}")
        found = until(lambda: storage.get("snapshot", snapshot["id"]), ("error_deleting",))
        check("a failed deletion ends in error_deleting", found["status"] == "error_deleting", found)
    admin = Storage(connection(f"{CLOUD}-admin"))
    with fault(backend="delete_volume", answer="busy"):
        other = storage.make("volume", name="smoke-busy", size=1, volume_type="refusing")
        storage.call("DELETE", f"/volumes/{other['id']}")
        found = until(lambda: storage.get("volume", other["id"]), ("available",))
        check("a busy volume is available again after its deletion", found["status"] == "available", found)
    check("and goes later", storage.delete("volume", other["id"]))
    volume_types = {entry["name"]: entry["id"] for entry in storage.call("GET", "/types")["volume_types"]}
    legacy = storage.make("consistencygroup", name="smoke", volume_types=volume_types["refusing"])
    check("a legacy consistency group ends in error there", legacy["status"] == "error", legacy)
    admin.call("POST", f"/consistencygroups/{legacy['id']}/delete", {"consistencygroup": {"force": True}})
    admin.action("snapshot", snapshot["id"], **{"os-force_delete": {}})
    check("which an administrator can force", gone(lambda: storage.get("snapshot", snapshot["id"])))
    check("volume deleted", storage.delete("volume", volume["id"]))


def clones(cloud, storage, image):
    """The backend whose snapshots and images can't go before the volumes that were made of them."""
    volume = storage.make("volume", name="smoke-cow", size=1, volume_type="cow", imageRef=image["id"])
    snapshot = storage.make("snapshot", name="smoke-cow", volume_id=volume["id"])
    clone = storage.make("volume", name="smoke-clone", size=1, volume_type="cow", snapshot_id=snapshot["id"])
    check("a volume of a clone", clone["status"] == "available", clone)
    storage.call("DELETE", f"/snapshots/{snapshot['id']}")
    found = until(lambda: storage.get("snapshot", snapshot["id"]), ("available", "error_deleting"))
    check("a snapshot that has a clone is available again", found["status"] == "available", found)
    messages = storage.call("GET", f"/messages?resource_uuid={snapshot['id']}")["messages"]
    check("and a message says that it is busy", "busy" in messages[0]["user_message"], messages)
    check("the clone goes", storage.delete("volume", clone["id"]))
    check("and then the snapshot", storage.delete("snapshot", snapshot["id"]))
    answer = cloud.image.delete(f"/images/{image['id']}", raise_exc=False)
    found = answer.status_code, answer.headers["Content-Type"][:9], "in use" in answer.text
    check("an image that has a clone stays: 409, in HTML", found == (409, "text/html", True), (found, answer.text))
    found = cloud.image.get(f"/images/{image['id']}").json()["status"]
    check("and is active", found == "active", found)
    check("the volume goes", storage.delete("volume", volume["id"]))


@contextlib.contextmanager
def fault(**rule):
    """A rule of this project for a while, which must be hit."""
    identifier = CONTROL.inject({"project": PROJECT, **rule})
    try:
        yield identifier
        if any(known["id"] == identifier for known in CONTROL.rules()):
            check(f"... and the rule was hit {rule}", CONTROL.hits(identifier) > 0)
    finally:
        CONTROL.clear(identifier)


def faults(cloud, storage, image, data):
    def listing():
        return storage.call("GET", "/snapshots")

    with fault(service="cinder", path="/snapshots", status=503, headers={"Retry-After": "1"}, times=1):
        mark = CONTROL.mark()
        check("status", status_of(listing) == 503)
        logged = CONTROL.requests(mark, PROJECT)[-1]
        check("which the log names", (logged["status"], bool(logged["fault"])) == (503, True), logged)
        check("once", status_of(listing) == 200)
    with fault(service="cinder", path="/snapshots", nth=2, status=429):
        check("only the second", [status_of(listing) for dummy in range(3)] == [200, 429, 200])
    with fault(service="glance", method="DELETE", status=409, body="<html><body>in use</body></html>"):
        answer = cloud.image.delete(f"/images/{image['id']}", raise_exc=False)
        check("an answer in HTML", (answer.status_code, answer.headers["Content-Type"][:9]) == (409, "text/html"))
    with fault(service="cinder", path="/snapshots", delay=0.5):
        began = time.monotonic()
        listing()
        check("delay", time.monotonic() - began > 0.5)
    with fault(service="cinder", path="/snapshots", delay=60) as held:
        began = time.monotonic()
        asking = threading.Thread(target=listing)
        asking.start()
        hits = CONTROL.wait_hits(held, 1)
        CONTROL.clear(held)
        asking.join()
        check("a delay ends with its rule", hits == 1 and time.monotonic() - began < 30)
    before = len(storage.call("GET", "/volumes")["volumes"])

    def create():
        return storage.call("POST", "/volumes", {"volume": {"name": "smoke-reset", "size": 1}})

    with fault(service="cinder", method="POST", path="/volumes$", reset_before=True):
        check("reset before", status_of(create) is None)
    check("nothing was made", len(storage.call("GET", "/volumes")["volumes"]) == before)
    with fault(service="cinder", method="POST", path="/volumes$", reset_after=True):
        check("reset after", status_of(create) is None)
    made = storage.call("GET", "/volumes")["volumes"]
    check("the volume was made", len(made) == before + 1, made)
    for volume in made:
        until(lambda volume=volume: storage.get("volume", volume["id"]), ("available",))
        storage.delete("volume", volume["id"])

    def download():
        return cloud.image.get(f"/images/{image['id']}/file", connect_retries=0)

    with fault(service="glance", path="/file$", cut=1_500_000):
        check("cut, with a length", status_of(download) is None)
    with fault(service="glance", path="/file$", cut=1_500_000, drop_headers=["Content-Length", "Content-MD5"]):
        answer = download()
        found = (len(answer.content), answer.headers.get("Connection"))
        check("cut, without a length: only the size tells", found == (1_500_000, "close"), found)
        check(
            "... not chunked",
            "Transfer-Encoding" not in answer.headers and "Content-Length" not in answer.headers,
            answer.headers,
        )
    with fault(service="glance", path="/file$", corrupt=2_000_000):
        content = download().content
        check(
            "one corrupt byte in an answer",
            len(content) == len(data) and [i for i in range(len(data)) if content[i] != data[i]] == [2_000_000],
        )
    other = cloud.image.post("/images", json={"name": "smoke-corrupt", **RAW}).json()["id"]
    with fault(service="glance", method="PUT", path="/file$", corrupt=5, where="request"):
        cloud.image.put(f"/images/{other}/file", data=data, headers={"Content-Type": "application/octet-stream"})
    stored = cloud.image.get(f"/images/{other}/file").content
    check("one corrupt byte in a request", [i for i in range(len(data)) if stored[i] != data[i]] == [5])
    cloud.image.delete(f"/images/{other}")
    slow_and_broken_links(cloud, download, data)
    with fault(
        service="glance", path=f"/images/{image['id']}$", replace_json={"os_hash_value": None, "status": "queued"}
    ):
        found = cloud.image.get(f"/images/{image['id']}").json()
        check("replaced JSON", (found["os_hash_value"], found["status"]) == (None, "queued"), found)
    with fault(service="cinder", max_version="3.50"):
        root = storage.api.get(storage.api.get_endpoint().rsplit("/v3", 1)[0] + "/", raise_exc=False).json()
        maximum = next(version for version in root["versions"] if version["id"] == "v3.0")
        check("an older cloud says so", maximum["version"] == "3.50", maximum)
        check("and refuses newer requests", status_of(lambda: storage.call("GET", "/volumes", version="3.60")) == 406)
        check("and takes older ones", status_of(lambda: storage.call("GET", "/volumes", version="3.44")) == 200)
        check(
            "also where nobody has logged in",
            connection_without_ensure().block_storage.get_endpoint_data().max_microversion == (3, 50),
        )
    others = CONTROL.inject({"service": "cinder", "max_version": "3.50", "project": "nobody"})
    newest = connection_without_ensure().block_storage.get_endpoint_data().max_microversion
    CONTROL.clear(others)
    check("but for no other project", newest > (3, 50), newest)
    with fault(service="keystone", method="POST", path="/auth/tokens", status=401):
        refused = False
        try:
            connection_without_ensure().authorize()
        except (openstack.exceptions.SDKException, keystoneauth1.exceptions.Unauthorized):
            refused = True
        check("a login that is refused", refused)
    short_tokens()
    try:
        CONTROL.inject({"service": "cinder", "staus": 503})
        check("a rule with a typing error is refused", False)
    except ValueError:
        check("a rule with a typing error is refused", True)


def short_tokens():
    """Tokens of two seconds, as a client sees them that is told, and one that is not."""
    login = {"service": "keystone", "method": "POST", "path": "/auth/tokens$", "token_seconds": 2}

    def lasts(client):
        access = client.session.auth.get_access(client.session)
        return (access.expires - access.issued).total_seconds()

    with fault(**login):
        check("a token that says that it lives for two seconds", lasts(connection_without_ensure()) <= 2)
        found = lasts(connection(project=SMALL, small=True))
        check("one of another project lives for a day", found > 80_000, found)
    mark = CONTROL.mark()
    with fault(**login, times=1, replace_json={"token.expires_at": "2099-01-01T00:00:00.000000Z"}):
        client = connection_without_ensure()
        volumes = client.block_storage.get_endpoint() + "/volumes"
        token = client.auth_token
        check("a token holds at first", client.session.get(volumes).status_code == 200)
        time.sleep(2.5)
        old = requests.get(volumes, headers={"X-Auth-Token": token}, timeout=30)
        check("and not after its end, whatever its owner was told", old.status_code == 401, old.status_code)
        check("its client logs in again", client.session.get(volumes).status_code == 200 and client.auth_token != token)
    logged = [
        (entry["service"], entry["method"], entry["status"])
        for entry in CONTROL.requests(mark, PROJECT)
        if entry["method"] == "POST" or entry["path"].endswith("/volumes")
    ]
    again = [("cinder", "GET", 401), ("keystone", "POST", 201), ("cinder", "GET", 200)]
    check("which the log has: 401, a login, an answer", logged[-3:] == again, logged)


def slow_and_broken_links(cloud, download, data):
    """A throttled link both ways, and a connection that breaks in the middle of an upload."""
    image = cloud.image.post("/images", json={"name": "smoke-link", **RAW}).json()["id"]
    rate = 4_000_000

    def upload():
        octets = {"Content-Type": "application/octet-stream"}
        return cloud.image.put(f"/images/{image}/file", data=data, headers=octets, connect_retries=0)

    def seconds(call):
        began = time.monotonic()
        call()
        return time.monotonic() - began

    with fault(service="glance", method="PUT", path="/file$", cut=1_000_000, where="request"):
        mark = CONTROL.mark()
        check("an upload that is cut has no answer", status_of(upload) is None)
        found = until(lambda: cloud.image.get(f"/images/{image}").json(), ("queued",))
        check("and leaves the image as it was", (found["status"], found["size"]) == ("queued", None), found)

        def logged():  # a moment after the connection has gone
            puts = [entry for entry in CONTROL.requests(mark, PROJECT) if entry["method"] == "PUT"]
            return {"status": str([(entry.get("aborted"), entry["bytes_in"]) for entry in puts])}

        found = until(logged, ("[(True, 1000001)]",), 5)["status"]
        check("the log has it, with what came", found == "[(True, 1000001)]", found)
    with fault(service="glance", path="/file$", throttle=rate):
        check("throttled upload", seconds(upload) > len(data) / rate)
        check("throttled download", seconds(download) > len(data) / rate)
        both = [threading.Thread(target=download) for dummy in range(2)]
        check(
            "two share the link",
            seconds(lambda: [t.start() for t in both] + [t.join() for t in both]) > 2 * len(data) / rate,
        )
    check("the bytes are the same", cloud.image.get(f"/images/{image}/file").content == data)
    check("not throttled", seconds(download) < len(data) / rate)
    with fault(service="glance", path="/file$", throttle=1000) as slow:
        waiting = threading.Thread(target=download)
        waiting.start()
        CONTROL.wait_hits(slow, 1)
        CONTROL.clear(slow)
        check("a link is fast again without its rule", seconds(lambda: waiting.join(30)) < 20)
    CONTROL.inject({"id": slow, "project": PROJECT, "service": "glance", "path": "/file$", "throttle": rate})
    check("and slow with another one of its ID", seconds(download) > len(data) / rate)
    CONTROL.clear(slow)
    cloud.image.delete(f"/images/{image}")


def connection_without_ensure():
    path = INSTANCE.folder / "projects" / PROJECT / "clouds.yaml"
    return openstack.connection.Connection(
        config=openstack.config.OpenStackConfig(config_files=[str(path)]).get_one(CLOUD)
    )


CREATE = """
import openstack, sys
config = openstack.config.OpenStackConfig(config_files=[sys.argv[1]]).get_one(sys.argv[2])
openstack.connection.Connection(config=config).block_storage.create_volume(name="smoke-stop", size=1)
"""


def stops(storage):
    """Kill a client while its request is held, before and after the server acts."""
    path = str(INSTANCE.folder / "projects" / PROJECT / "clouds.yaml")
    for when, expected in (("before", 0), ("after", 1)):
        mark = CONTROL.mark()
        with fault(service="cinder", method="POST", path="/volumes$", stop=when, nth=1) as rule:
            client = subprocess.Popen([sys.executable, "-W", "ignore", "-c", CREATE, path, CLOUD])
            held = CONTROL.wait_stopped(rule, 30)
            check(f"a request is held {when} it is handled", held is not None and held["method"] == "POST", held)
            client.kill()
            client.wait()
            CONTROL.release(rule)
            made = until(lambda: {"status": str(_number(storage))}, (str(expected),), 5)
            check(f"killed {when}: {expected} volume", made["status"] == str(expected), made)
            time.sleep(0.3)
            writes = [
                entry
                for entry in CONTROL.requests(mark, PROJECT)
                if entry["method"] == "POST" and entry["service"] == "cinder"
            ]
            check("the log has the request, without an answer", len(writes) == 1 and writes[0].get("aborted"), writes)
    for volume in storage.call("GET", "/volumes")["volumes"]:
        until(lambda volume=volume: storage.get("volume", volume["id"]), ("available",))
        storage.delete("volume", volume["id"])


def _number(storage):
    return len([volume for volume in storage.call("GET", "/volumes")["volumes"] if volume["name"] == "smoke-stop"])


def recording(cloud, storage):
    mark = CONTROL.mark()
    storage.call("GET", "/snapshots?limit=1")
    logged = CONTROL.requests(mark, PROJECT)
    check(
        "a request is in the log once it is answered",
        len(logged) == 1 and logged[0]["path"].endswith("/snapshots?limit=1"),
        logged,
    )
    check(
        "with its project and request ID",
        logged and (logged[0]["project_id"], logged[0]["request_id"][:4]) == (storage.project_id, "req-"),
        logged,
    )
    mark = CONTROL.mark()
    connection_without_ensure().authorize()
    login = [entry for entry in CONTROL.requests(mark, PROJECT) if entry["method"] == "POST"]
    check("a login belongs to its project", len(login) == 1 and login[0]["user"] == PROJECT, login)
    text = CONTROL.log.read_text()
    check("no password and no token in the log", "osnap-secret" not in text and cloud.auth_token not in text)


def raw_disconnect():
    """What a client sees that reads the socket itself: a reset, not an end."""
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", INSTANCE.cloud(CLOUD).ports["glance"])) as client:
        rule = CONTROL.inject({"service": "glance", "path": "^/versions-of-smoke", "reset_before": True})
        try:
            client.request("GET", "/versions-of-smoke")
            client.getresponse()
            check("a reset is a reset", False)
        except http.client.RemoteDisconnected as error:
            check("a reset is a reset", False, error)
        except ConnectionResetError:
            check("a reset is a reset", True)
        finally:
            CONTROL.clear(rule)


def main():
    began = time.monotonic()
    cloud = connection()
    storage = Storage(cloud)
    recording(cloud, storage)
    managing(storage, *volumes(storage))
    groups(storage)
    image, data = images(cloud, storage)
    quotas()
    refusing(storage)
    clones(cloud, storage, image)
    faults(cloud, storage, image, data)
    stops(storage)
    raw_disconnect()
    cloud.image.delete(f"/images/{image['id']}")
    left = storage.call("GET", "/volumes")["volumes"] + storage.call("GET", "/snapshots")["snapshots"]
    check("nothing is left", not left, left)
    print(f"{count - len(failures)} passed, {len(failures)} failed in {time.monotonic() - began:.0f} s")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
