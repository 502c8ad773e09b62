# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Projects of their own for tests: an ordinary member, an administrator, a clouds.yaml; on all clouds."""

from concurrent.futures import ThreadPoolExecutor

from . import clouds_yaml
from .api import Api, ApiError
from .control import Control
from .layout import PASSWORD, REGIONS

#: For tests of quotas. Projects without limits of their own have none at all.
SMALL_QUOTA = {"volumes": 2, "snapshots": 1, "gigabytes": 4, "per_volume_gigabytes": 2}
DOMAIN = "default"


def ensure(instance, name, small=False, clouds=None):
    """Make a project with a member of the same name on all clouds, as far as it is not there; returns the path of its
    clouds.yaml.
    """
    clouds = clouds or instance.names
    control = Control(instance.folder)
    with ThreadPoolExecutor(len(clouds)) as pool:
        # Second regions behind those whose Keystone they have.
        for several in ([c for c in clouds if c not in REGIONS], [c for c in clouds if c in REGIONS]):
            identifiers = list(pool.map(lambda cloud: _ensure(instance.cloud(cloud), name, small), several))
            for cloud, identifier in zip(several, identifiers, strict=True):
                control.keep_projects(cloud, {name: identifier})
    return clouds_yaml.write_project(instance, name)


def _ensure(cloud, name, small):
    api = Api(cloud)
    project = _ensure_one(api, "project", name, {"description": "made for a test"})
    user = _ensure_one(api, "user", name, {"password": PASSWORD})
    roles = {role["name"]: role["id"] for role in api.get("identity", "/roles")["roles"]}
    for member, role in ((user, "member"), (api.user_id, "admin")):
        api.put("identity", f"/projects/{project}/users/{member}/roles/{roles[role]}")
    if small:
        api.put("block-storage", f"/os-quota-sets/{project}", {"quota_set": SMALL_QUOTA})
    return project


def _ensure_one(api, kind, name, fields):
    found = api.get("identity", f"/{kind}s?name={name}&domain_id={DOMAIN}")[f"{kind}s"]
    if found:
        return found[0]["id"]
    try:
        return api.post("identity", f"/{kind}s", {kind: {"name": name, "domain_id": DOMAIN, **fields}})[kind]["id"]
    except ApiError as error:
        if error.status != 409:  # somebody made it at the same moment
            raise
        return api.get("identity", f"/{kind}s?name={name}&domain_id={DOMAIN}")[f"{kind}s"][0]["id"]
