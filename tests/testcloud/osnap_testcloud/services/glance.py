# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Glance: the real API over SQLite and a folder of files."""

import os
import sys

from .. import settings
from ..clones import Clones

ETC = os.path.join(sys.prefix, "etc", "glance")


def configure(cloud):
    folder = cloud.path("glance")
    stores = {
        "fs": "images",
        "archive": "archive",
        "os_glance_staging_store": "staging",
        "os_glance_tasks_store": "tasks",
    }
    for name in stores.values():
        (folder / name).mkdir(parents=True, exist_ok=True)
    methods = ["glance-direct", "web-download", "copy-image"]
    if len(cloud.regions) > 1:
        methods.append("glance-download")  # fetches an image of another region with the user's own token
    own = {
        "DEFAULT": {
            "enabled_backends": "fs:file,archive:file",  # copy-image needs somewhere to copy to
            "enabled_import_methods": f"[{','.join(methods)}]",
            "worker_self_reference_url": cloud.url("glance"),
            "image_cache_dir": folder / "cache",
        },
        "glance_store": {"default_backend": "fs"},
        "paste_deploy": {"flavor": "keystone", "config_file": os.path.join(ETC, "glance-api-paste.ini")},
        # web-download refuses loopback and unusual ports by default, and a test's web server has both.
        "import_filtering_opts": {
            "allowed_hosts": "[127.0.0.1,localhost]",
            "allowed_ports": "[]",
            "disallowed_ports": "[22]",
        },
        "wsgi": {"task_pool_threads": 4},
    }
    for store, name in stores.items():
        own[store] = {
            "filesystem_store_datadir": folder / name,
            "filesystem_store_chunk_size": 2**20,
            "filesystem_thin_provisioning": True,
        }
    settings.write_ini(folder / "glance-api.conf", settings.merge(settings.common(cloud, "glance"), own))


def migrate(cloud):
    from glance.cmd import manage
    from glance.common import config

    config.set_config_defaults()
    manage.CONF([], project="glance", default_config_files=[str(cloud.path("glance", "glance-api.conf"))])
    manage.DbCommands().sync()


def preload():
    """Import what takes long, before the process becomes one a cloud."""
    import keystonemiddleware.auth_token  # noqa: F401


def start(cloud):
    os.environ["OS_GLANCE_CONFIG_DIR"] = str(cloud.path("glance"))
    from glance.common import wsgi_app
    from glance_store._drivers import filesystem

    # Thin provisioning asks each block whether it has any byte but zero; `any` looks at them one by one, at 150 MB/s.
    filesystem.any = lambda block: block != bytes(len(block))
    _keep_what_has_clones(filesystem.Store, Clones(cloud.path("cinder", "volumes", "cow")))
    return wsgi_app.init_app()


def _keep_what_has_clones(store, clones):
    """Refuse, as Ceph's store does, to delete an image that volumes are clones of."""
    from glance_store import exceptions

    delete = store.delete

    def delete_without_clones(self, location, context=None):
        if clones.of(os.path.basename(location.store_location.path)):
            raise exceptions.InUseByStore
        return delete(self, location, context)

    store.delete = delete_without_clones
