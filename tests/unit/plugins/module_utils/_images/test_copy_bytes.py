# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Test what proves that the bytes of a copy are the source's, whatever the two services hash with."""

from __future__ import annotations

import hashlib
import io
from types import SimpleNamespace

import pytest

from ansible_collections.osnap.openstack.plugins.module_utils._images.copy_bytes import Bytes
from ansible_collections.osnap.openstack.plugins.module_utils._images.source import SourceBroken
from ansible_collections.osnap.openstack.plugins.module_utils._images.stream import SinkBroken

DATA = b"the bytes of an image"
SHA512 = hashlib.sha512(DATA).hexdigest()


class Store:
    """A Glance that has the bytes of one image."""

    def __init__(self, data=None, **hashes):
        self.data, self.hashes, self.reads = data, hashes, 0

    def open_data(self, row, offset):
        self.reads += 1
        return SimpleNamespace(status_code=200, headers={}, raw=io.BytesIO(self.data), close=lambda: None)

    def put_data(self, row, body):
        self.data = b"".join(body)

    def get(self, id):
        unhashed = {"hash_algo": None, "hash_value": None}
        return {"id": id, "status": "active", "size": len(self.data), **unhashed, **self.hashes}


def send(source, copy, algorithm, value):
    context = SimpleNamespace(
        progress=SimpleNamespace(tick=lambda text: None),
        params={"verification": "image"},
        cloud=SimpleNamespace(peer=SimpleNamespace(name="there")),
    )
    row = {"id": "s", "name": "golden", "size": len(DATA), "hash_algo": algorithm, "hash_value": value}
    return Bytes(context, row, source, copy).send({"id": "c", "name": "golden"})


@pytest.mark.parametrize(
    "algorithm, value",
    [
        ("sha512", SHA512),
        ("SHA512", SHA512),  # as the operator has written it
        ("unheard-of", "1"),  # this machine has no such hash
        ("shake_256", "1"),  # one of any length
        (None, None),
    ],
)
@pytest.mark.parametrize("hashed", [True, False])
def test_a_copy_is_verified_whatever_the_services_hash_with(algorithm, value, hashed):
    copy = Store(**({"hash_algo": algorithm, "hash_value": value} if hashed else {}))
    stored, streamed = send(Store(DATA), copy, algorithm, value)
    assert stored["id"] == "c" and streamed.hexdigest == SHA512 and copy.data == DATA
    known = hashed and value == SHA512
    assert copy.reads == (0 if known else 1)  # without a hash that can be compared it is read again


def test_bytes_that_do_not_have_the_hash_of_their_image_are_told():
    with pytest.raises(SourceBroken, match="do not have its sha512"):
        send(Store(DATA), Store(), "sha512", "1")


@pytest.mark.parametrize("algorithm, value", [("sha512", "1"), ("unheard-of", "1")])
def test_a_copy_with_other_bytes_is_told(algorithm, value):
    copy = Store(hash_algo=algorithm, hash_value=value)
    copy.put_data = lambda row, body: setattr(copy, "data", b"".join(body)[::-1])
    with pytest.raises(SinkBroken, match="does not have the sha512 of what was sent"):
        send(Store(DATA), copy, algorithm, SHA512 if algorithm == "sha512" else value)
