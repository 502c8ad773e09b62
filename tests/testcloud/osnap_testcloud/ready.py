# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waiting until a service answers."""

import http.client
import time

from .caller_header import HEADER


def answers(port):
    """Whether an HTTP server answers on this port of the loopback device, whatever it says."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", "/", headers={HEADER: "testcloud"})
        return connection.getresponse().status < 500
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def wait(cloud, project, timeout=120):
    """Wait for one project of a cloud; for services that need another one while they start."""
    deadline = time.monotonic() + timeout
    while not answers(cloud.ports[project]):
        if time.monotonic() > deadline:
            raise TimeoutError(f"{project} of {cloud.name} did not answer within {timeout} s")
        time.sleep(0.1)
