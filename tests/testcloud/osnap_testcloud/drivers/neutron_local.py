# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A mechanism driver that binds every port at once, as a switch that works would."""

import stevedore.extension
from neutron.plugins.ml2 import managers
from neutron_lib import constants
from neutron_lib.api.definitions import portbindings
from neutron_lib.plugins.ml2 import api


class LocalMechanismDriver(api.MechanismDriver):
    """Binds any port of any host to the first segment, and reports it ACTIVE when it is bound."""

    def initialize(self):
        pass

    def bind_port(self, context):
        segment = context.segments_to_bind[0]
        context.set_binding(
            segment[api.ID],
            portbindings.VIF_TYPE_OVS,
            {portbindings.CAP_PORT_FILTER: True},
            status=constants.PORT_STATUS_ACTIVE,
        )


def register():
    """Give the driver to ML2, which knows only installed entry points."""
    load = managers.MechanismManager._register_mechanisms

    def register_mechanisms(manager):
        load(manager)
        extension = stevedore.extension.Extension("local", None, LocalMechanismDriver, LocalMechanismDriver())
        manager.mech_drivers[extension.name] = extension
        manager.ordered_mech_drivers.append(extension)

    managers.MechanismManager._register_mechanisms = register_mechanisms
