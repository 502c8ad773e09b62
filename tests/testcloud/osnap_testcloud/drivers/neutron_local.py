# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What working agents would report, at once: ports are bound and ACTIVE, and so are floating IPs that have a port."""

import stevedore.extension
from neutron.plugins.ml2 import managers
from neutron_lib import constants
from neutron_lib.api.definitions import portbindings
from neutron_lib.callbacks import events, registry, resources
from neutron_lib.plugins import constants as plugin_constants
from neutron_lib.plugins import directory
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


def report_floating_ip(resource, event, trigger, payload):
    """Say what an L3 agent says once its rules are in place. The answer to a change still has the status before it."""
    floating_ip = payload.latest_state
    status = constants.FLOATINGIP_STATUS_ACTIVE if floating_ip["port_id"] else constants.FLOATINGIP_STATUS_DOWN
    router_service = directory.get_plugin(plugin_constants.L3)
    router_service.update_floatingip_status(payload.context.elevated(), payload.resource_id, status)


def register():
    """Give the driver to ML2, which knows only installed entry points, and listen to the router service."""
    for event in (events.AFTER_CREATE, events.AFTER_UPDATE):
        registry.subscribe(report_floating_ip, resources.FLOATING_IP, event)
    load = managers.MechanismManager._register_mechanisms

    def register_mechanisms(manager):
        load(manager)
        extension = stevedore.extension.Extension("local", None, LocalMechanismDriver, LocalMechanismDriver())
        manager.mech_drivers[extension.name] = extension
        manager.ordered_mech_drivers.append(extension)

    managers.MechanismManager._register_mechanisms = register_mechanisms
