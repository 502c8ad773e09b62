# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Authentication options in, one warmed client a service out. Only this file, `client` and `errors` know
the SDK.

openstacksdk reads the configuration and logs in; requests then go out through keystoneauth's adapter as plain JSON. Its
resource layer is left out on purpose: it discovers versions at every start, pins microversions, drops keys and costs
half a second to import.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import re
import stat
import sys
import threading
import types
from urllib.parse import unquote

from ansible_collections.osnap.openstack.plugins.module_utils._core.client import READ_BOUND, Client
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
        "choices": ["public", "internal", "admin"],
        "aliases": ["endpoint_type"],
    },
    "api_timeout": {"type": "int"},
    "sdk_log_path": {"type": "str"},
    "sdk_log_level": {"type": "str", "default": "INFO", "choices": ["INFO", "DEBUG"]},
}


def secrets_in(auth) -> set[str]:
    """The values of an ``auth`` dictionary that must never be shown: passwords, tokens, secrets, passcodes, and the
    password inside a URL.
    """
    found = set()
    for key, value in (auth or {}).items():
        if value and re.search(r"password|token|secret|passcode", str(key), re.I):
            found.add(str(value))
        elif match := re.search(r"://[^/?#@]*:([^/?#]+)@", value if isinstance(value, str) else ""):
            found |= {match.group(1), unquote(match.group(1))}
    return found


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
    name = _name(params)
    if params.get("sdk_log_path"):
        _log_to(params["sdk_log_path"], params["sdk_log_level"])
    try:
        with _without_own_archive():
            region = _region(loader, params)
        session = region.get_session()
    except OsnapError:
        raise
    except Exception as error:  # whatever a user's configuration can bring about; the loader has no family of its own
        raise _misconfigured(error, name) from error
    cloud = Cloud(name, region, session)
    try:
        access = cloud.log_in()
    except (AttributeError, KeyError, TypeError, ValueError, OSError) as error:
        raise _misconfigured(error, name) from error
    if not access.project_id and not access.has_service_catalog():
        raise OsnapError(
            f"The credentials of cloud {name} name no project, so that they reach no service; set project_name or"
            " project_id in auth.",
            service="identity",
            stops_work=True,
        )
    return cloud


def connect_pair(params) -> Cloud:
    """The cloud of a task that has two, with its ``destination`` as the peer. If both logins fail, both are told."""
    clouds, errors = [], []
    for options in (params, params["destination"]):
        try:
            clouds.append(connect(options))
        except OsnapError as error:
            errors.append(error)
    if len(errors) == 1:
        raise errors[0]
    if errors:
        raise OsnapError(" ".join(map(str, errors)), **errors[0].fields, stops_work=True)
    clouds[0].peer = clouds[1]
    return clouds[0]


def _name(params):
    """What sentences call the cloud: its name in clouds.yaml, else its URL, without the password in it."""
    cloud = params.get("cloud")
    if isinstance(cloud, str):
        return f"'{cloud}'"
    auths = [params.get("auth"), cloud.get("auth") if isinstance(cloud, dict) else None]
    urls = [auth.get("auth_url") for auth in auths if isinstance(auth, dict)]
    return "'%s'" % _without_password(next((str(url) for url in urls if url), "envvars"))


def _without_password(text):
    return re.sub(r"(://[^/?#@\s]*:)[^/?#\s]+@", r"\1********@", text)


def _misconfigured(error, name):
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
        f"Could not read the configuration of cloud {name}: {_without_password(why)}; check cloud, auth and"
        " clouds.yaml.",
        stops_work=True,
    )


@contextlib.contextmanager
def _without_own_archive():
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


#: Keys of JSON whose values a log never has: credentials, keys of transfers, what a server is given to start with.
_SECRET_KEYS = re.compile(
    r'("[^"]*(?:pass(?:word|wd|code)?|secret|token|auth_key|private_key|user_?data|personality|contents)[^"]*"\s*:\s*)'
    r'"(?:[^"\\]|\\.)*"?',
    re.I,
)


def _log_to(path, level):
    import logging

    class Masked(logging.Formatter):
        """Lines without the secrets that bodies and URLs have."""

        def format(self, record):
            return _without_password(_SECRET_KEYS.sub(r'\1"********"', super().format(record)))

    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        if stat.S_ISREG(os.fstat(descriptor).st_mode):  # also a file of an earlier version; no device
            os.fchmod(descriptor, 0o600)
    except (OSError, ValueError) as error:
        raise OsnapError(
            f"Could not write the log sdk_log_path names, {path!r}: {getattr(error, 'strerror', None) or error}; choose"
            " a file of your own.",
            stops_work=True,
        ) from error
    handler = logging.StreamHandler(os.fdopen(descriptor, "a", encoding="utf-8", errors="replace"))
    handler.setFormatter(Masked("%(asctime)s %(levelname)s %(name)s %(message)s"))
    for name in ("keystoneauth", "openstack"):
        logging.getLogger(name).addHandler(handler)
        logging.getLogger(name).setLevel(level)
