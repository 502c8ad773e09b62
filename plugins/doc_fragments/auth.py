# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a module logs in; names, aliases and defaults as in openstack.cloud."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  cloud:
    description:
      - The name of a cloud in C(clouds.yaml), or the whole configuration of one as a dictionary.
      - With a dictionary, neither C(clouds.yaml) nor C(OS_*) environment variables are read.
      - Without it, the C(OS_*) environment variables are used, or the only cloud of C(clouds.yaml).
    type: raw
  auth:
    description:
      - Authentication information as the authentication plugin O(auth_type) takes it, such as C(auth_url), C(username), C(password),
        C(project_name), C(user_domain_name) and C(project_domain_name).
      - It must lead to a project; other scopes, and plugins that do not log in to Keystone, are refused.
      - Passwords, tokens and secrets in it are masked in output and logs.
    type: dict
  auth_type:
    description:
      - Name of the authentication plugin.
      - If not set, C(password), or what O(auth) has where there is no password, C(v3applicationcredential) or C(token).
    type: str
  region_name:
    description: Name of the region.
    type: str
  validate_certs:
    description:
      - Whether the certificates of the API endpoints are validated.
      - If not set, the setting of C(clouds.yaml) counts, else they are.
    type: bool
    aliases: [verify]
  ca_cert:
    description: Path of a CA certificate bundle for the API endpoints.
    type: str
    aliases: [cacert]
  client_cert:
    description: Path of a client certificate.
    type: str
    aliases: [cert]
  client_key:
    description: Path of the client certificate's key.
    type: str
    aliases: [key]
  interface:
    description:
      - The kind of endpoint to use from the service catalog.
      - If not set, that of C(clouds.yaml), of C(OS_INTERFACE) or of the O(cloud) dictionary counts, else it is C(public).
    type: str
    choices: [public, internal, admin]
    aliases: [endpoint_type]
  api_timeout:
    description:
      - Seconds that a single read or write on a connection may take before the request counts as failed.
      - Without it, 60 seconds for a reading request, 180 for one that changes something, 900 for the answer to an upload.
    type: int
  sdk_log_path:
    description:
      - Path of a file for the log of requests. Nobody but its owner can read it.
      - Bodies of requests and answers, credentials and user data are left out or masked.
    type: str
  sdk_log_level:
    description: How much goes into O(sdk_log_path).
    type: str
    choices: [INFO, DEBUG]
    default: INFO
requirements:
  - python >= 3.11
  - openstacksdk >= 4.2.0
"""
