# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``cloud_api``: one request to one service of one cloud, and if wanted the wait for what it starts."""

from osnap_harness.action import HarnessAction


class ActionModule(HarnessAction):
    """Returns ``status``, ``headers`` and ``json``; with ``wait_until``, ``json`` is the last answer waited for.

    ``url`` of ``wait_until`` may name what the request has made: ``/volumes/{id}``.
    """

    ARGUMENTS = {
        "cloud": ...,
        "service": ...,
        "path": ...,
        "method": "GET",
        "body": None,
        "headers": None,
        "microversion": "latest",
        "expect_status": None,
        "wait_until": None,
    }

    def act(self, cloud, service, path, method, body, headers, microversion, expect_status, wait_until):
        cloud = self.cloud(cloud)
        body = body.encode() if isinstance(body, str) else body
        answer = cloud.request(service, method, path, body, str(microversion), headers, expect_status)
        json = answer.json
        if wait_until:
            made = next(iter(json.values())) if "url" in wait_until else None
            json = cloud.wait(
                service,
                wait_until["url"].format(**made) if made else path,
                wait_until["path"],
                wait_until["in"],
                wait_until.get("not_in", ["error"]),
                wait_until.get("timeout", 300),
                str(microversion),
                asked=method != "GET",
            )
        return {"status": answer.status, "headers": answer.headers, "json": json}
