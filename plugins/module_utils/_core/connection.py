# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Authentication options in, one warmed client a service out. Only this file, `client` and `errors` know
the SDK.

openstacksdk reads the configuration and logs in; requests then go out through keystoneauth's adapter as plain JSON. Its
resource
layer is left out on purpose: it discovers versions at every start, pins microversions, drops keys and costs half a
second to import.
"""

from __future__ import annotations

import contextlib
import importlib.util
import re
import sys
import threading
import types

from ansible_collections.osnap.openstack.plugins.module_utils._core.client import (  # noqa: F401 (also had from here)
    MAX_THREADS,
    READ_BOUND,
    RETRIES,
    Client,
    Microversions,
)
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError, from_exception

MINIMUM_SDK = "4.2.0"

AUTH_OPTIONS = {
    "cloud": {"type": "raw"},
    "auth_type": {"type": "str"},
    # Not no_log as a whole: that would mask a project named `new` wherever these letters appear. The runner masks the
    # secrets in it.
    "auth": {"type": "dict", "no_log": False},
    "region_name": {"type": "str"},
    "validate_certs": {"type": "bool", "aliases": ["verify"]},
    "ca_cert": {"type": "str", "aliases": ["cacert"]},
    "client_cert": {"type": "str", "aliases": ["cert"]},
    "client_key": {"type": "str", "no_log": True, "aliases": ["key"]},
    "interface": {
        "type": "str",
        "default": "public",
        "choices": ["public", "internal", "admin"],
        "aliases": ["endpoint_type"],
    },
    "api_timeout": {"type": "int"},
    "sdk_log_path": {"type": "str"},
    "sdk_log_level": {"type": "str", "default": "INFO", "choices": ["INFO", "DEBUG"]},
}


def secrets_in(auth) -> set[str]:
    """The values of an ``auth`` dictionary that must never be shown: passwords, tokens, secrets, passcodes."""
    return {
        str(value)
        for key, value in (auth or {}).items()
        if value and re.search(r"password|token|secret|passcode", str(key), re.I)
    }


class Cloud:
    """A logged-in cloud: its services' clients, made on first use and shared by all threads."""

    #: The other cloud of a task that has two.
    peer = None

    def __init__(self, name, region, session):
        self.name, self._region, self._session = name, region, session
        #: Seconds, as the user says; without them each request has a bound of ours, and so has the login.
        self.api_timeout = session.timeout
        session.timeout = session.timeout or READ_BOUND
        self._clients, self._lock = {}, threading.Lock()

    def check(self):
        """Called while and after a request is held back, and between pages: the runner sets what raises when the job has
        gone. A request that nothing holds back is sent without it: some must follow another whatever happens.
        """

    def client(self, service) -> Client:
        with self._lock:
            if service not in self._clients:
                from keystoneauth1.adapter import Adapter

                self._clients[service] = Client(
                    self,
                    service,
                    Adapter(
                        session=self._session,
                        service_type=service,
                        interface=self._region.get_interface(service),
                        region_name=self._region.get_region_name(service),
                        endpoint_override=self._region.get_endpoint(service),
                    ),
                )
            return self._clients[service]

    @property
    def project_id(self):
        return self._access().project_id

    @property
    def is_admin(self):
        """Whether the token carries the role ``admin``; policies differ, so this explains a refusal, it predicts none."""
        return "admin" in self._access().role_names

    @property
    def roles(self):
        """The names of the user's roles in the project, sorted."""
        return sorted(self._access().role_names)

    def log_in(self):
        """Fetch the token now, in one thread, so that workers neither race for it nor fail one by one for the same
        reason.
        """
        try:
            return self._access()
        except Exception as error:  # see Client._request
            raise from_exception(error, cloud=self.name, service="identity", doing="log in") from error

    def fresh_token(self):
        """Replace the token, for a request that can't be repeated half-way when the old one expires."""
        self._session.invalidate()
        self.log_in()

    def has_replaced_token_of(self, response):
        """Whether there has been a login since the request of a 401: keystoneauth logs in again for the first thread
        only, the others just fail.
        """
        return response.request.headers.get("X-Auth-Token") != self.log_in().auth_token

    def _access(self):
        return self._session.auth.get_access(self._session)


def connect(params) -> Cloud:
    """Log in with the options of :data:`AUTH_OPTIONS` and openstacksdk's rules (clouds.yaml, OS_* variables, ``auth``).

    Raises :class:`OsnapError` when the configuration is incomplete, the cloud unreachable, or the credentials wrong.
    """
    loader = _config_loader()
    cloud = params.get("cloud")
    name = (
        f"'{cloud}'" if isinstance(cloud, str) else "'%s'" % ((params.get("auth") or {}).get("auth_url") or "envvars")
    )
    if params.get("sdk_log_path"):
        _log_to(params["sdk_log_path"], params["sdk_log_level"])
    try:
        with _without_own_archive():
            region = _region(loader, params)
        session = region.get_session()
    except OsnapError:
        raise
    except Exception as error:
        if type(error).__module__.startswith("openstack."):
            raise OsnapError(
                f"Could not read the configuration of cloud {name}: {str(error).strip().rstrip('.')}; check cloud, auth"
                " and clouds.yaml.",
                stops_work=True,
            ) from error
        raise from_exception(error, cloud=name, doing="read the configuration") from error
    cloud = Cloud(name, region, session)
    cloud.log_in()
    return cloud


@contextlib.contextmanager
def _without_own_archive():
    """The module path without the archive that Ansible has brought this module in, while keystoneauth looks for its
    plugins.

    stevedore keeps what it found in a file for each module path, and the archive makes that a new one in every task:
    each would read the entry
    points of all installed packages anew, and leave another file in ~/.cache/python-entrypoints.
    """
    whole = sys.path[:]
    sys.path[:] = [entry for entry in whole if not entry.endswith(".zip")]
    try:
        yield
    finally:
        sys.path[:] = whole


def _region(loader, params):
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
    if isinstance(cloud, dict):
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
    says_v3 = str(auth.get("auth_url") or "").rstrip("/").endswith("/v3")
    if (
        says_v3
        and probe.config.get("auth_type") in (None, "password")
        and not {"default_domain_id", "default_domain_name"} & set(auth)
    ):
        return {**options, "auth_type": "v3password"}
    return options


def _config_loader():
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


def _log_to(path, level):
    import logging

    handler = logging.FileHandler(path)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    for name in ("keystoneauth", "openstack"):
        logging.getLogger(name).addHandler(handler)
        logging.getLogger(name).setLevel(level)
