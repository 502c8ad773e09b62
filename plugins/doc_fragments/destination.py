# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The login at the cloud that is moved to."""

from __future__ import annotations


class ModuleDocFragment:
    """See the modules."""

    DOCUMENTATION = r"""
options:
  destination:
    description: Login to what gets it, be it another cloud, another region of the same one, or another project there.
    type: dict
    required: true
    suboptions:
      cloud:
        description: The name of a cloud in C(clouds.yaml), or the whole configuration of one as a dictionary.
        type: raw
      auth:
        description: As O(auth), for the destination.
        type: dict
      auth_type:
        description: As O(auth_type), for the destination.
        type: str
      region_name:
        description: As O(region_name), for the destination.
        type: str
      validate_certs:
        description: As O(validate_certs), for the destination.
        type: bool
        aliases: [verify]
      ca_cert:
        description: As O(ca_cert), for the destination.
        type: str
        aliases: [cacert]
      client_cert:
        description: As O(client_cert), for the destination.
        type: str
        aliases: [cert]
      client_key:
        description: As O(client_key), for the destination.
        type: str
        aliases: [key]
      interface:
        description: As O(interface), for the destination.
        type: str
        choices: [public, internal, admin]
        aliases: [endpoint_type]
      api_timeout:
        description: As O(api_timeout), for the destination.
        type: int
      sdk_log_path:
        description: As O(sdk_log_path), for the destination.
        type: str
      sdk_log_level:
        description: As O(sdk_log_level), for the destination.
        type: str
        choices: [INFO, DEBUG]
        default: INFO
"""
