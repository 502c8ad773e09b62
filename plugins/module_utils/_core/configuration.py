# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Authentication options, clouds.yaml and environment in, one configured region of a cloud out; no request."""

from __future__ import annotations

import contextlib
import importlib.util
import sys
import types

from ansible_collections.osnap.openstack.plugins.module_utils._core.auth_options import without_password
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError, from_exception

MINIMUM_SDK = "4.2.0"


def name_of(params):
    """What sentences call the cloud: its name in clouds.yaml, else its URL, without the password in it."""
    cloud = params.get("cloud")
    if isinstance(cloud, str):
        return f"'{cloud}'"
    auths = [params.get("auth"), cloud.get("auth") if isinstance(cloud, dict) else None]
    urls = [auth.get("auth_url") for auth in auths if isinstance(auth, dict)]
    return "'%s'" % without_password(next((str(url) for url in urls if url), "envvars"))


def misconfigured(error, name):
    """The sentence about a configuration that can't be used, whatever the loader stumbled over."""
    if type(error).__module__.startswith("keystoneauth1."):
        return from_exception(error, cloud=name, doing="read the configuration")
    if isinstance(error, OSError) and error.filename:
        why = f"{error.filename} can't be read ({error.strerror})"
    elif isinstance(error, (AttributeError, KeyError, TypeError)):  # their texts are words of Python
        why = (
            "a value in it has another form than the option takes, or the authentication plugin can't log in to"
            " Keystone"
        )
    else:
        why = " ".join(str(error).split()).rstrip(".") or type(error).__name__
    return OsnapError(
        f"Could not read the configuration of cloud {name}: {without_password(why)}; check cloud, auth and"
        " clouds.yaml.",
        stops_work=True,
    )


@contextlib.contextmanager
def without_own_archive():
    """The module path without the archive that Ansible has brought this module in, while keystoneauth looks for its
    plugins.

    stevedore keeps what it found in a file for each module path, and the archive makes that a new one in every task:
    each would read the entry points of all installed packages anew, and leave another file in
    ~/.cache/python-entrypoints.
    """
    whole = sys.path[:]
    sys.path[:] = [entry for entry in whole if not entry.endswith(".zip")]
    try:
        yield
    finally:
        sys.path[:] = whole


def region_of(loader, params):
    cloud = params.get("cloud")
    options = {
        key: params.get(key)
        for key in ("auth_type", "auth", "region_name", "interface", "api_timeout")
        if params.get(key) is not None
    }
    options.update({"verify": params["validate_certs"]} if params.get("validate_certs") is not None else {})
    options.update(
        {
            theirs: params[ours]
            for ours, theirs in (("ca_cert", "cacert"), ("client_cert", "cert"), ("client_key", "key"))
            if params.get(ours)
        }
    )
    if not options.get("auth_type"):  # an empty one is none
        options.pop("auth_type", None)
    if isinstance(cloud, dict):
        cloud = {key: value for key, value in cloud.items() if key != "auth_type" or value}
        # A whole cloud's configuration inline: nothing of clouds.yaml or of the environment mixes in.
        config = loader.OpenStackConfig(load_yaml_config=False, load_envvars=False, app_name="osnap.openstack")
        options = {**cloud, **options}
    else:
        config = loader.OpenStackConfig(app_name="osnap.openstack")
        options["cloud"] = cloud
    return config.get_one(**_without_discovery(config, options))


def _without_discovery(config, options):
    """Name the version-3 password plugin where the URL already says /v3: the generic one asks the identity root first.

    Only the generic one knows default domains.
    """
    probe = config.get_one(**{**options, "validate": False})
    auth = probe.config.get("auth") or {}
    plain = probe.config.get("auth_type") in (None, "", "password")
    if plain and auth.get("application_credential_secret") and not auth.get("password"):
        # Who has only these means them: the password plugin would call them incomplete.
        return {**options, "auth_type": "v3applicationcredential"}
    says_v3 = str(auth.get("auth_url") or "").rstrip("/").endswith("/v3")
    if (
        says_v3
        and probe.config.get("auth_type") in (None, "", "password")
        and not {"default_domain_id", "default_domain_name"} & set(auth)
    ):
        return {**options, "auth_type": "v3password"}
    return options


def config_loader():
    """``openstack.config.loader`` without ``openstack/__init__``, which imports every service of the SDK (more than
    half of a task's time).
    """
    if "openstack.config.loader" in sys.modules:
        return sys.modules["openstack.config.loader"]
    spec = importlib.util.find_spec("openstack")
    if spec is None or not spec.submodule_search_locations:
        raise OsnapError(
            f"The Python library openstacksdk >= {MINIMUM_SDK} is missing for {sys.executable}; install it there, or"
            " point ansible_python_interpreter at a Python that has it.",
            stops_work=True,
        )
    package = types.ModuleType("openstack")
    package.__path__, package.__spec__ = list(spec.submodule_search_locations), spec
    sys.modules["openstack"] = package
    try:
        from openstack.config import loader
    finally:
        # Whoever wants the whole SDK later in this process shall get it.
        sys.modules.pop("openstack", None)
    return loader
