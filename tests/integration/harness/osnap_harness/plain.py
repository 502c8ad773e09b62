# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values as plain Python types: since core 2.19 results and arguments carry tagged subclasses."""

import json


def plain(value):
    """Return *value* with every string, list and dict in it of the built-in type."""
    return json.loads(json.dumps(value, default=_text))


def _text(value):
    """Return an object's text; of the summary of an exception, which core 2.19 and later put into results, the
    message.
    """
    event = getattr(value, "event", None)
    return str(getattr(event, "msg", value))


def short(value, limit=200):
    """Return *value* as JSON for a message, cut where it gets long."""
    text = json.dumps(value, sort_keys=True, default=str)
    return text if len(text) <= limit else f"{text[:limit]}… ({len(text)} characters)"
