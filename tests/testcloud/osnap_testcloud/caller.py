# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests between services name their sender, so that the recorder can tell them from a client's.

User agents can't: some of the services use openstacksdk too.
"""

import urllib.request

import requests

from .caller_header import HEADER


def announce(project):
    """Send the header with every request that this process makes through python-requests, as all OpenStack clients
    do, or through urllib, as Glance does when it downloads.
    """
    initialise = requests.Session.__init__

    def announced(self):
        initialise(self)
        self.headers[HEADER] = project

    requests.Session.__init__ = announced
    open_with = urllib.request.OpenerDirector.__init__

    def opened(self):
        open_with(self)
        self.addheaders.append((HEADER, project))

    urllib.request.OpenerDirector.__init__ = opened
