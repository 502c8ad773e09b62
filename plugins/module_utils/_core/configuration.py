# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Authentication options, clouds.yaml and environment in, one configured region of a cloud out; no request."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import re
import sys
import types
from functools import partial

from ansible_collections.osnap.openstack.plugins.module_utils._core.auth_options import without_password
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import (
    OsnapError,
    from_exception,
    reason_of_failure,
)

MINIMUM_SDK = "4.2.0"


def name_of(params) -> str:
    """What sentences call the cloud: its name in clouds.yaml, else its URL, without the password in it."""
    cloud = params.get("cloud")
    if isinstance(cloud, str):
        return f"'{cloud}'"
    auths = [params.get("auth"), cloud.get("auth") if isinstance(cloud, dict) else None]
    urls = [auth.get("auth_url") for auth in auths if isinstance(auth, dict)]
    otherwise = "inline" if isinstance(cloud, dict) else "envvars"
    return "'%s'" % without_password(next((str(url) for url in urls if url), otherwise))


def misconfigured(error, name) -> OsnapError:
    """The sentence about a configuration that can't be used, whatever the loader stumbled over."""
    if type(error).__module__.startswith("keystoneauth1."):
        return from_exception(error, cloud=name, doing="read the configuration")
    return OsnapError(
        f"Could not read the configuration of cloud {name}: {without_password(_why(error))}{_unread_files()}; check"
        " cloud, auth and clouds.yaml.",
        stops_work=True,
    )


def _why(error):
    if type(error).__module__.startswith("requests."):  # the loader's only request
        reason = "it is no JSON" if isinstance(error, ValueError) else reason_of_failure(error)
        return f"the profile that it names can't be read ({reason})"
    if isinstance(error, OSError) and error.filename:
        return f"{error.filename} can't be read ({error.strerror})"
    # What follows are words of Python, and no sentences.
    if surplus := re.search(r"unexpected keyword argument '(\w+)'", str(error)):
        return (
            f"auth has {surplus[1]!r}, which this authentication plugin does not take; leave it out, or set the"
            " auth_type that takes it"
        )
    if isinstance(error, (AttributeError, KeyError, TypeError)):
        return "a value in it, or in the profile that it names, has another form than the option takes"
    return " ".join(str(error).split()).rstrip(".") or type(error).__name__


def _unread_files():
    """The end of a sentence about files that the environment names and the loader passes over in silence."""
    for variable in ("OS_CLIENT_CONFIG_FILE", "OS_CLIENT_SECURE_FILE"):
        path = os.environ.get(variable)
        try:
            if path:
                with open(path, encoding="utf-8") as file:
                    file.read()
        except (OSError, ValueError) as error:
            return f" ({variable} names {path}, which can't be read: {getattr(error, 'strerror', None) or error})"
    return ""


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


def ways_in(loader, params) -> list:
    """Functions that return the region which these options configure, each with another authentication plugin.

    The first may be a short cut: where ``auth_url`` seems to name the version, nobody asks Keystone for it.
    """
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
    # Whatever is wrong with it is told when all is complete.
    probe = config.get_one(**{**options, "validate": False}).config
    auth_type = _auth_type(probe)
    options.update({"auth_type": auth_type} if auth_type != "password" else {})
    if domains := _default_domains(probe, auth_type):
        options["auth"] = {**(options.get("auth") or {}), **domains}
    short = [{**options, "auth_type": "v3password"}] if _names_version_3(probe, auth_type) else []
    return [partial(config.get_one, **way) for way in (*short, options)]


def _auth_type(probe):
    """The plugin: one that the user names, or else one for what he has. Who has only a secret or a token means it."""
    auth = probe.get("auth") or {}
    if probe.get("auth_type") not in (None, "", "password"):
        return probe["auth_type"]
    if auth.get("password"):
        return "password"
    if auth.get("application_credential_secret"):
        return "v3applicationcredential"
    return "token" if auth.get("token") else "password"


def _default_domains(probe, auth_type):
    """The domains that openstackclient takes where version 3 is asked for and none is named."""
    auth = probe.get("auth") or {}
    if str(probe.get("identity_api_version")) != "3" or auth_type not in ("password", "v3password", "v3totp"):
        return {}
    if {"default_domain_id", "default_domain_name"} & set(auth):
        return {}
    of_both = [f"{of}_domain" for of in ("user", "project")]
    return {
        f"{domain}_id": probe.get("default_domain") or "default"
        for domain in of_both
        if not auth.get(f"{domain}_id") and not auth.get(f"{domain}_name")
    }


def _names_version_3(probe, auth_type):
    """Whether the version-3 plugin will do: only the generic one knows default domains."""
    auth = probe.get("auth") or {}
    at_version_3 = str(auth.get("auth_url") or "").rstrip("/").endswith("/v3")
    return auth_type == "password" and at_version_3 and not {"default_domain_id", "default_domain_name"} & set(auth)


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
