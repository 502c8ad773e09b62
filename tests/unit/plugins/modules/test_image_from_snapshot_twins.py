# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two tasks at once that make an image of one snapshot: their requests come in an order that a seed draws."""

from __future__ import annotations

import copy
import itertools
import random
import threading
import time
from types import SimpleNamespace

import pytest

from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._images.from_snapshot import ImageFromSnapshot
from ansible_collections.osnap.openstack.plugins.module_utils._images.from_snapshot_steps import Making
from ansible_collections.osnap.openstack.tests.unit.plugins.modules.test_image_from_snapshot import Cinder, whole


class Turns:
    """Who does the next request: drawn when all that are still at it wait for one."""

    def __init__(self, draw, count):
        self.draw, self.alive, self.waiting, self.next = draw, set(range(count)), set(), None
        self.turned = threading.Condition()

    def _draw(self):
        if self.next is None and self.alive and self.waiting == self.alive:
            self.next = self.draw.choice(sorted(self.waiting))
            self.turned.notify_all()

    def take(self, who):
        with self.turned:
            self.waiting.add(who)
            self._draw()
            assert self.turned.wait_for(lambda: self.next == who, timeout=20)
            self.waiting.discard(who)
            self.next = None

    def leave(self, who):
        with self.turned:
            self.alive.discard(who)
            self._draw()


class Clouds(Cinder):
    """Of two images or volumes the later one says so: those of one second are all seen before any goes."""

    def __init__(self):
        super().__init__()
        ticks = itertools.count(10)
        for api, path in ((self.cinder, "/volumes"), (self.glance, "/images")):
            put = api.put

            def dated(of, put=put, path=path, **values):
                if of == path:
                    values["created_at"] = f"2999-11-24T10:00:00.{next(ticks):06}"
                return put(of, **values)

            api.put = dated
        for path in ("action", "metadata"):
            key = ("POST", f"/volumes/([^/]+)/{path}")
            self.cinder.on[key] = self.there(self.cinder.tables["/volumes"], self.cinder.on[key])
        self.glance.tables["/images"] = {}
        self.glance.on["PATCH", "/images/([^/]+)"] = self.there(self.glance.tables["/images"], lambda match, body: None)
        self.cinder.on["DELETE", "/volumes/([^/]+)"] = self.remove

    @staticmethod
    def there(table, answer):
        """What the other task has removed can't be changed."""

        def answers(match, body):
            if match[1] not in table:
                raise OsnapError("It could not be found", status=404)
            return answer(match, body)

        return answers

    def remove(self, match, body):
        """A volume that is at work can't be deleted."""
        row = self.cinder.tables["/volumes"].get(match[1])
        if row and row["status"] == "uploading":
            raise OsnapError("Volume status must be available", status=400)


def seen_by(cloud, turns, who):
    """The same cloud, each request of which waits for its turn."""
    mine = copy.copy(cloud)
    mine.services = {name: copy.copy(api) for name, api in cloud.services.items()}
    for api in mine.services.values():
        for name in ("get", "pages", "_write"):
            real = getattr(api, name)

            def waits(*args, real=real, **kwargs):
                turns.take(who)
                return real(*args, **kwargs)

            setattr(api, name, waits)
    return mine


def at_once(cloud, seed, count=2):
    """The outcome, or the error, of each."""
    turns, results = Turns(random.Random(seed), count), [None] * count
    progress = SimpleNamespace(check=lambda: None, tick=lambda text: None)

    def task(who):
        try:
            context = SimpleNamespace(
                cloud=seen_by(cloud, turns, who), params={"parallel": 1}, timeout=60, progress=progress
            )
            operation = ImageFromSnapshot()
            item = {**dict.fromkeys(operation.options), "snapshot": "nightly", "name": "db-image"}
            plan = operation.plan_all(context, operation.prepare(context, [item]))[0]
            results[who] = Making(context, plan).run() if not isinstance(plan, Exception) else plan
        except Exception as error:
            results[who] = error
        finally:
            turns.leave(who)

    threads = [threading.Thread(target=task, args=(who,)) for who in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


@pytest.fixture(autouse=True)
def impatient(monkeypatch, impatient):
    monkeypatch.setattr(time, "sleep", lambda seconds: None)


@pytest.mark.parametrize("seed", range(60))
def test_two_tasks_at_once_make_one_image_and_neither_fails(seed):
    cloud = Clouds()
    results = at_once(cloud, seed)
    assert [result for result in results if isinstance(result, Exception)] == []
    assert whole(cloud) and {result.resource["id"] for result in results} == {cloud.images[0]["id"]}


@pytest.mark.parametrize("seed", range(10))
def test_two_tasks_that_find_what_a_killed_one_has_left_agree_as_well(seed):
    cloud = Clouds()
    stale = cloud.image(name="db-image", status="queued", size=None, osnap_source=cloud.source)["id"]
    cloud.left(created_at="2026-11-24T08:00:00.000000")
    results = at_once(cloud, seed)
    assert [result for result in results if isinstance(result, Exception)] == []
    assert whole(cloud) and cloud.images[0]["id"] != stale
