# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""oslo.messaging's in-process transport without its pauses."""

import threading
import time

from oslo_messaging._drivers import base, impl_fake

LOOK = 60  # seconds until a listener that nobody woke looks whether it was stopped


def install():
    """Wake the listeners of a topic when a message for it arrives, where the original looks every 50 ms.

    An operation of Cinder or Nova takes several messages, so that the pauses were most of its time; and dozens of
    listeners that look 20 times a second, or wake for each other's messages, keep a processor busy.
    """
    conditions = {}
    deliver = impl_fake.FakeExchange.deliver_message

    def arrived(topic):
        return conditions.setdefault(topic, threading.Condition())  # two at once get the same one

    def deliver_message(self, topic, *args, **kwargs):
        deliver(self, topic, *args, **kwargs)
        condition = arrived(topic)
        with condition:
            condition.notify_all()

    @base.batch_poll_helper
    def poll(self, timeout=None):
        deadline = None if timeout is None else time.monotonic() + timeout
        condition = arrived(self._targets[0].topic)  # all targets of a listener have the same one
        while not self._stopped.is_set():
            with condition:
                message = _next(self)
                if message:
                    return message
                remaining = LOOK if deadline is None else deadline - time.monotonic()
                if remaining <= 0:
                    return None
                condition.wait(min(remaining, LOOK))
        return None

    impl_fake.FakeExchange.deliver_message = deliver_message
    impl_fake.FakeListener.poll = poll


def _next(listener):
    for target in listener._targets:
        context, message, reply_queue, requeue = listener._exchange_manager.get_exchange(target.exchange).poll(
            target, listener._pool
        )
        if message is not None:
            return impl_fake.FakeIncomingMessage(context, message, reply_queue, requeue)
    return None
