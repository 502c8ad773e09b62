# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._core.fields import (
    identity,
    mutable,
    normal,
)
from ansible_collections.osnap.openstack.plugins.module_utils._core.plan import (
    AWAIT_GONE,
    AWAIT_READY,
    CREATE,
    DELETE,
    UPDATE,
    Plan,
    Statuses,
    Step,
    plan_absent,
    plan_present,
)
from ansible_collections.osnap.openstack.tests.unit.plugins.module_utils._core.snapshot_fields import (
    FIELDS,
    LABEL,
    there,
    wanted,
)

STATUSES = Statuses(
    ready=frozenset({"available"}),
    leaving=frozenset({"deleting"}),
    failed=frozenset({"error", "error_deleting"}),
    refused=frozenset({"available"}),
)
KEYS = ("id", "status", "created_at", *(field.key for field in FIELDS if field.readable))


def present(desired, current, **options):
    return plan_present(FIELDS, desired, current, STATUSES, keys=KEYS, label=LABEL, **options)


def verbs(plan):
    return [step.verb for step in plan.steps]


# -- present


@pytest.mark.parametrize("purge, tags", [(None, ["z"]), (True, ["z"]), (False, ["x", "y", "z"])])
def test_a_list_is_replaced_unless_it_is_only_to_grow(purge, tags):
    desired = wanted(tags=["z"], purge_tags=purge)
    assert present(desired, there()).steps == (Step(UPDATE, {"tags": tags}),)
    assert not present(desired, there(tags=tags)).changed
    assert present(desired, None).steps[-1] == Step(UPDATE, {"tags": ["z"]})


def test_nothing_there_is_made():
    plan = present(wanted(description="new", force=True), None)
    assert plan.steps == (
        Step(CREATE, {"name": "nightly", "volume_id": "v1", "description": "new", "force": True}),
        Step(AWAIT_READY),
    )
    assert plan.changed
    assert plan.before == {"state": "absent"}
    assert plan.after == {"state": "present", "name": "nightly", "volume_id": "v1", "description": "new"}


def test_a_new_one_is_predicted_with_all_keys_and_null_for_what_only_the_service_knows():
    plan = present(wanted(description="new", force=True), None)
    assert plan.resource == {**dict.fromkeys(KEYS), "name": "nightly", "volume_id": "v1", "description": "new"}


def test_late_fields_are_sent_after_the_object_is_ready():
    plan = present(wanted(tags=["x"], is_protected=True), None)
    assert verbs(plan) == [CREATE, AWAIT_READY, UPDATE]
    assert plan.steps[0].values == {"name": "nightly", "volume_id": "v1"}
    assert plan.steps[2].values == {"tags": ["x"], "is_protected": True}


def test_a_field_that_the_service_adds_to_is_not_predicted():
    fields = (identity("name"), mutable("metadata", type="dict", grows=True))
    plan = plan_present(
        fields,
        {"id": None, "name": "n", "metadata": {"a": "1"}},
        None,
        STATUSES,
        keys=("id", "name", "metadata"),
        label=LABEL,
    )
    assert plan.resource == {"id": None, "name": "n", "metadata": None}
    assert plan.steps[0].values["metadata"] == {"a": "1"}


def test_what_is_as_asked_for_is_left_alone():
    plan = present(
        wanted(description="old", metadata={"a": "1"}, tags=["y", "x"], is_protected=False, zone="nova"), there()
    )
    assert plan.steps == () and not plan.changed
    assert plan.before == plan.after
    assert plan.resource == there()


def test_unset_means_untouched():
    assert present(wanted(), there()).steps == ()


def test_differences_are_one_update():
    plan = present(wanted(description="new", is_protected=True), there())
    assert plan.steps == (Step(UPDATE, {"description": "new", "is_protected": True}),)
    assert (plan.before["description"], plan.after["description"]) == ("old", "new")
    assert plan.resource == there(description="new", is_protected=True)


@pytest.mark.parametrize("status", ["creating", "backing-up", "unheard of"])
def test_one_on_its_way_is_waited_for(status):
    plan = present(wanted(), there(status=status))
    assert verbs(plan) == [AWAIT_READY]
    assert not plan.changed
    assert plan.resource["status"] is None


def test_one_on_its_way_is_updated_after_the_wait():
    assert verbs(present(wanted(description="new"), there(status="creating"))) == [AWAIT_READY, UPDATE]


@pytest.mark.parametrize("replace_failed", [False, True])
def test_one_that_is_leaving_is_waited_out_and_made_anew(replace_failed):
    plan = present(wanted(), there(status="deleting"), replace_failed=replace_failed)
    assert verbs(plan) == [AWAIT_GONE, CREATE, AWAIT_READY]
    assert plan.changed
    assert plan.before == {"state": "absent"}
    assert plan.resource["id"] is None


@pytest.mark.parametrize("status", sorted(STATUSES.failed))
def test_a_failed_one_is_an_error_with_the_services_reason(status):
    with pytest.raises(OsnapError) as caught:
        present(wanted(), there(status=status), reason="no space")
    assert (
        str(caught.value)
        == f"The snapshot s1 is in status {status}: no space; set on_error: replace to delete it and make it anew, or"
        " remove it first."
    )
    assert caught.value.fields["resource"] == "s1"


@pytest.mark.parametrize("status", sorted(STATUSES.failed))
def test_a_failed_one_is_replaced_when_that_is_asked_for(status):
    plan = present(wanted(description="new"), there(status=status), replace_failed=True)
    assert verbs(plan) == [DELETE, AWAIT_GONE, CREATE, AWAIT_READY]
    assert plan.before["status"] == status and plan.before["state"] == "present"
    assert plan.after == {"state": "present", "name": "nightly", "volume_id": "v1", "description": "new"}


# -- what can't be changed, and what is not compared


@pytest.mark.parametrize("option, value", [("zone", "elsewhere"), ("name", "other"), ("volume_id", "v2")])
def test_what_cant_be_changed_is_an_error_that_says_how_it_is(option, value):
    with pytest.raises(
        OsnapError,
        match="The snapshot [^ ]+: .* can't be changed: it is '(nova|nightly|v1)' and '.*' was asked for; leave .* out",
    ) as caught:
        present(wanted(**{option: value}), there())
    assert caught.value.fields["resource"] == "s1"


def test_an_object_given_by_its_id_can_be_renamed_but_not_moved():
    assert present(wanted(id="s1", name="other"), there()).steps == (Step(UPDATE, {"name": "other"}),)
    with pytest.raises(OsnapError, match="volume can't be changed"):
        present(wanted(id="s1", volume_id="v2"), there())


def test_what_the_service_does_not_tell_is_not_compared():
    assert present(wanted(force=True), there()).steps == ()


# -- absent


def test_nothing_there_is_absent():
    plan = plan_absent(FIELDS, wanted(), None, STATUSES)
    assert (plan.steps, plan.before, plan.after, plan.resource) == ((), {"state": "absent"}, {"state": "absent"}, None)


@pytest.mark.parametrize("status", ["available", "creating", "error", "error_deleting"])
def test_what_is_there_is_deleted_and_waited_out(status):
    plan = plan_absent(FIELDS, wanted(), there(status=status), STATUSES)
    assert verbs(plan) == [DELETE, AWAIT_GONE]
    assert plan.changed and plan.resource is None
    assert plan.before["state"] == "present" and plan.after == {"state": "absent"}


def test_one_that_is_leaving_is_waited_out_without_a_change_of_ours():
    plan = plan_absent(FIELDS, wanted(), there(status="deleting"), STATUSES)
    assert verbs(plan) == [AWAIT_GONE]
    assert not plan.changed and plan.before == plan.after


def test_a_plan_changes_something_only_by_a_changing_step():
    for verb in (AWAIT_READY, AWAIT_GONE):
        assert not Plan({}, {}, (Step(verb),)).changed
    for verb in (CREATE, UPDATE, DELETE):
        assert Plan({}, {}, (Step(AWAIT_GONE), Step(verb))).changed


# -- the law: a plan's steps lead to what it predicts, and planning again finds nothing to do

words = st.sampled_from(["", "a", "b", " a", "b "])
dictionaries = st.dictionaries(st.sampled_from(["a", "b", 1]), st.sampled_from(["", "1", 1, True, False]), max_size=3)
tags = st.lists(st.sampled_from(["x", "y", "z"]), max_size=4)
maybe = st.one_of
items = st.fixed_dictionaries(
    {
        "description": maybe(st.none(), words),
        "metadata": maybe(st.none(), dictionaries),
        "tags": maybe(st.none(), tags),
        "is_protected": maybe(st.none(), st.booleans()),
        "id": st.sampled_from([None, "s1"]),
        "zone": st.sampled_from([None, "nova"]),
        "force": maybe(st.none(), st.booleans()),
        "purge_metadata": maybe(st.none(), st.booleans()),
    }
)
rows = maybe(
    st.none(),
    st.fixed_dictionaries(
        {
            "status": st.sampled_from(["available", "creating", "deleting", "error", "error_deleting"]),
            "description": maybe(st.none(), words),
            "metadata": st.dictionaries(st.sampled_from(["a", "b", "c"]), st.sampled_from(["1", "2"])),
            "tags": st.sets(st.sampled_from(["x", "y"])).map(sorted),
            "is_protected": st.booleans(),
        }
    ).map(lambda row: there(**row)),
)


def carried_out(plan, row):
    """What a service is after a plan's steps: it keeps what it is sent, and tags once."""
    for step in plan.steps:
        if step.verb == AWAIT_GONE:
            row = None
        elif step.verb == CREATE:
            assert row is None, "made while the old one is there"
            row = {**there(id="new", description=None, metadata={}, tags=[], status="creating"), **step.values}
        elif step.verb == AWAIT_READY:
            row = {**row, "status": "available"}
        elif step.verb == UPDATE:
            assert row["status"] == "available", "updated before it is ready"
            row = {**row, **step.values}
        if row and "tags" in step.values:
            row["tags"] = sorted(set(row["tags"]))
    return row


@given(items, rows)
def test_a_plan_leads_to_what_it_predicts_and_a_second_one_has_nothing_to_do(item, row):
    desired = wanted(**item)
    desired.update({field.key: normal(field, desired[field.key]) for field in FIELDS})
    plan = present(desired, row, replace_failed=True)
    after = carried_out(plan, row)
    for predicted in (plan.resource, plan.after):
        known = {key: value for key, value in predicted.items() if value is not None and key != "state"}
        assert known == {key: after[key] for key in known}
    assert plan.changed or {**after, "status": None} == {**row, "status": None}
    again = present({**desired, "id": None}, after, replace_failed=False)
    assert again.steps == ()
    assert again.before == again.after


@given(rows)
def test_a_plan_for_absence_leads_to_it(row):
    plan = plan_absent(FIELDS, wanted(), row, STATUSES)
    assert carried_out(plan, row) is None
    assert not plan_absent(FIELDS, wanted(), None, STATUSES).steps
