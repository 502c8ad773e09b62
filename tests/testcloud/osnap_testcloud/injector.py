# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults on demand, in front of a service."""


class Injector:
    def __init__(self, app, cloud, project):
        self.app = app

    def __call__(self, environ, start_response):
        return self.app(environ, start_response)
