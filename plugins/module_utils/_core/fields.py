# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fields of a resource: how an option is declared, what value a service keeps of it, and what differs. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Iterable, Iterator, Mapping

from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError

if TYPE_CHECKING:
    from ansible_collections.osnap.openstack.plugins.module_utils._rows import Row, Values


@dataclass(frozen=True)
class Field:
    """One option of a state module: how it is declared, compared and sent.

    ``attribute`` is its key in the resource. ``purge`` names the option that says whether what is not named goes. If
    that is not set, a list is exactly what was asked for, and a dictionary is merged.
    ``tells``: beside the identity it says which object is meant, so that it is looked up to remove one, too.
    ``late``: the service takes it only once the object is ready. ``grows``: the service adds to it, so what it will
    be is not known before.
    """

    name: str
    kind: str
    type: str = "str"
    attribute: str = ""
    refers_to: str | None = None
    purge: str | None = None
    spec: tuple[tuple[str, Any], ...] = ()
    readable: bool = True
    renamable: bool = False
    late: bool = False
    grows: bool = False
    tells: bool = False

    @property
    def key(self) -> str:
        return self.attribute or self.name

    def argument(self) -> dict[str, Any]:
        """This option's entry of the argument specification; never a default or a requirement, see ``runner``."""
        return {"type": self.type, **dict(self.spec)}


def identity(name: str, *, refers_to: str | None = None, renamable: bool = False, **spec: Any) -> Field:
    """An option that says which object is meant; ``renamable``: with ``id`` given it becomes an ordinary mutable one."""
    attribute = f"{name}_id" if refers_to else name
    return Field(
        name, "identity", attribute=attribute, refers_to=refers_to, renamable=renamable, spec=tuple(spec.items())
    )


def mutable(
    name: str,
    type: str = "str",
    *,
    purge: str | None = None,
    attribute: str = "",
    refers_to: str | None = None,
    late: bool = False,
    grows: bool = False,
    **spec: Any,
) -> Field:
    """An option that can be changed at any time."""
    return Field(
        name,
        "mutable",
        type=type,
        purge=purge,
        attribute=attribute,
        refers_to=refers_to,
        late=late,
        grows=grows,
        spec=tuple(spec.items()),
    )


def create_only(
    name: str,
    type: str = "str",
    *,
    readable: bool = True,
    attribute: str = "",
    refers_to: str | None = None,
    tells: bool = False,
    **spec: Any,
) -> Field:
    """An option that the service takes at creation only. A ``readable`` one that differs later is an error."""
    attribute = attribute or (f"{name}_id" if refers_to else name)
    return Field(
        name,
        "create_only",
        type=type,
        readable=readable,
        attribute=attribute,
        refers_to=refers_to,
        tells=tells,
        spec=tuple(spec.items()),
    )


def normal(field: Field, value: Any) -> Any:
    """A value as the service keeps it: text stripped, metadata values as text, each tag once."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, dict) and field.type == "dict":
        return as_text(value)
    if isinstance(value, list) and dict(field.spec).get("elements") == "str":
        return sorted(set(value))
    return value


class Merged(dict[str, Any]):
    """What a dictionary becomes when ``asked`` is merged into it. Only the latter is sent: the rest is what there was
    when this was planned, and may be otherwise by now.
    """

    def __init__(self, have: Mapping[str, Any] | None, asked: dict[str, Any]) -> None:
        super().__init__({**(have or {}), **asked})
        self.asked = asked


class Added(list[Any]):
    """What a list becomes when ``asked`` is added to it, as :class:`Merged`."""

    def __init__(self, have: Iterable[Any] | None, asked: Iterable[Any]) -> None:
        self.asked = list(asked)
        super().__init__(sorted({*(have or ()), *self.asked}))


def asked(values: Any) -> Any:
    """What of a planned value is to be sent."""
    return getattr(values, "asked", values)


def as_text(values: Mapping[Any, Any]) -> dict[str, str]:
    """Metadata as services keep them: ``true``, not ``True``."""
    return {str(key): str(item).lower() if isinstance(item, bool) else str(item) for key, item in values.items()}


def below_one(params: Mapping[str, Any], *options: str) -> Iterator[str]:
    """A clause for each of these options that is a number and less than 1; those that are not there are left out."""
    for option in options:
        if params.get(option, 1) < 1:
            yield f"{option} is {params[option]}; it takes a number of 1 or more"


def describe(fields: Iterable[Field], row: Row) -> dict[str, Any]:
    """The declared, readable fields of a resource that have a value: one side of a diff."""
    return {field.key: row[field.key] for field in fields if field.readable and row.get(field.key) is not None}


def changes(fields: Iterable[Field], desired: Values, current: Row, *, label: str) -> dict[str, Any]:
    """``{attribute: new value}`` for the mutable fields that are set and differ. Raises for a set field that can't
    change.
    """
    found = {}
    for field in fields:
        want, have = desired.get(field.key), current.get(field.key)
        if want is None or not field.readable:
            continue
        if field.type == "dict" and not (field.purge and desired.get(field.purge)):
            want = Merged(have, want)
        if field.type == "list" and field.purge and desired.get(field.purge) is False:
            want = Added(have, want)
        if _same(field, want, have):
            continue
        if field.kind == "mutable" or (field.renamable and desired.get("id")):
            found[field.key] = want
        else:
            raise OsnapError(
                f"{label}: {field.name} can't be changed: it is {have!r} and {want!r} was asked for; leave {field.name}"
                " out, or remove the object and make it anew.",
                resource=current.get("id"),
            )
    return found


def _same(field: Field, want: Any, have: Any) -> bool:
    if field.type == "str":
        return (want or "").strip() == (have or "").strip()  # the server strips; to it they are the same
    if field.type == "list":
        return sorted(want) == sorted(have or [])
    if field.type == "dict":
        return want == (have or {})
    return want == have


def plain(value: Any) -> Any:
    """A planned value without what of it is to be sent: as it will be in the row."""
    return dict(value) if isinstance(value, Merged) else list(value) if isinstance(value, Added) else value
