# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is measured. Each case yields rows of the table: (what, ours, theirs, ratio, goal, met, noise, note)."""

import os
import random
from typing import NamedTuple

from osnap_harness.fixtures import in_parallel, snapshot, volume
from stage import HERE, PEERS, PeakOf, middle

VOLUMES, EACH = 20, 5
#: Many at once, and a long list.
THOUSAND, LONG = 1000, 10000
#: So many of their loop's 100 items are run; the rest is extrapolated.
MEASURED = 20
GIB = 1 << 30


class Row(NamedTuple):
    """One line of the table."""

    what: str
    ours: str
    theirs: str
    ratio: str
    goal: str
    met: bool
    noise: str = ""


def ours(module="volume_snapshot", **arguments):
    return {"name": f"ours {module}", f"osnap.openstack.{module}": {"cloud": "source", **arguments}}


def theirs(**arguments):
    return {"name": "theirs", "openstack.cloud.volume_snapshot": {"cloud": "source", **arguments}}


def seconds(results, name):
    return [result["seconds"] for result in results if result["name"].startswith(name)]


def beside_loop(what, own, peer, goal):
    """A row beside a loop of theirs, of which only some turns were run.

    :param own: seconds and their spread, as :func:`middle` gives them
    """
    return Row(
        f"{what}, against a loop of openstack.cloud's",
        f"{own[0]:.1f} s",
        f"{peer[0]:.0f} s (extrapolated from {MEASURED})",
        f"{peer[0] / own[0]:.0f}× faster",
        f"{goal}× faster",
        peer[0] >= goal * own[0],
        f"ours ±{own[1] / 2:.0%}, theirs ±{peer[1] / 2:.0%}",
    )


#: What a bare script is called.
THREADS, PAGES = "threaded script", "script that fetches the pages"


def beside_bare(what, script, own, bare, goal):
    """A row beside a bare script that asks the same."""
    return Row(
        f"{what}, against a bare {script}",
        f"{own[0]:.1f} s",
        f"{bare[0]:.1f} s",
        f"{own[0] / bare[0]:.2f}×",
        f"≤ {goal}×",
        own[0] <= goal * bare[0],
        f"ours ±{own[1] / 2:.0%}, bare ±{bare[1] / 2:.0%}",
    )


def noop(stage, rounds):
    """One snapshot that is there: requests, and the time of a task beside ping's and theirs."""
    stage.empty()
    made = volume(stage.source, "bench-0")
    there = snapshot(stage.source, "s0", made["id"])
    by_name, by_id = ours(name="s0", volume="bench-0"), ours(name="s0", volume=made["id"])
    peer = theirs(name="s0", volume="bench-0")
    tasks = {"name": by_name, "id": by_id, "snapshot": ours(id=there["id"]), "peer": peer}
    # The least of several looks: requests without a project may be anybody's.
    counts = {key: min(stage.requests([task]) for _round in range(rounds)) for key, task in tasks.items()}
    for key, how, goal in (("name", "name", 3), ("id", "the volume's ID", 2), ("snapshot", "the snapshot's ID", 2)):
        ratio = f"{counts[key] / counts['peer']:.2f}×"
        yield Row(
            f"requests of a present no-op, by {how}",
            str(counts[key]),
            str(counts["peer"]),
            ratio,
            f"≤ {goal}",
            counts[key] <= goal,
        )
    pinging = {"name": "ping", "ansible.builtin.ping": {}}
    with stage.payloads([pinging, by_id, peer]) as payloads:
        took = [[stage.processor(payload) for payload in payloads] for _turn in range(4 * rounds)]
    ping, mine, other = (middle(values) for values in zip(*took, strict=True))
    yield Row(
        "processor time of one no-op task's module, against openstack.cloud's",
        f"{mine[0]:.2f} s",
        f"{other[0]:.2f} s",
        f"{mine[0] / other[0]:.2f}×",
        "≤ 0.6×",
        mine[0] <= 0.6 * other[0],
        f"ping {ping[0]:.2f} s ±{ping[1] / 2:.0%}, ours ±{mine[1] / 2:.0%}, theirs ±{other[1] / 2:.0%}",
    )
    results = stage.play([pinging, by_id, peer] * (4 * rounds))
    ping, mine, other = (middle(seconds(results, name)) for name in ("ping", "ours", "theirs"))
    noise = f"ping ±{ping[1] / 2:.0%}, ours ±{mine[1] / 2:.0%}, theirs ±{other[1] / 2:.0%}"
    yield Row(
        "time of one no-op task, against openstack.cloud's",
        f"{mine[0]:.2f} s",
        f"{other[0]:.2f} s",
        f"{mine[0] / other[0]:.2f}×",
        "≤ 0.6×",
        mine[0] <= 0.6 * other[0],
        noise,
    )
    yield Row(
        "time of one no-op task, against `ping`",
        f"{mine[0]:.2f} s",
        f"{ping[0]:.2f} s",
        f"{mine[0] / ping[0]:.2f}×",
        "–",
        True,
        noise,
    )


def bulk(stage, rounds):
    """100 snapshots in one task, made and there, beside a loop of theirs and a bare script."""
    stage.empty()
    in_parallel(lambda number: volume(stage.source, f"bench-{number}"), range(VOLUMES))
    wanted = [{"volume": f"bench-{number}", "name": f"s{count}"} for number in range(VOLUMES) for count in range(EACH)]
    mine = ours(snapshots=wanted)
    loop = {
        **theirs(name="{{ item.name }}", volume="{{ item.volume }}"),
        "loop": wanted[:: len(wanted) // MEASURED],
        "loop_control": {"label": "x"},
    }
    gone = ours(snapshots=wanted, state="absent")
    scale = len(wanted) / MEASURED
    took = {key: [] for key in ("make", "exist", "their make", "their exist", "bare make", "bare exist")}
    for _round in range(rounds):
        results = stage.play([mine, mine, gone])
        took["make"].append(results[0]["seconds"])
        took["exist"].append(results[1]["seconds"])
        took["bare make"].append(stage.command([PEERS / "python", HERE / "bare.py", "make", VOLUMES, EACH])[0])
        took["bare exist"].append(stage.command([PEERS / "python", HERE / "bare.py", "exist", VOLUMES, EACH])[0])
        stage.play([gone])
        results = stage.play([loop, loop, gone])
        took["their make"].append(results[0]["seconds"] * scale)
        took["their exist"].append(results[1]["seconds"] * scale)
    value = {key: middle(values) for key, values in took.items()}
    for key, what, goal in (("exist", "exist", 50), ("make", "must be made", 10)):
        own, peer, bare = value[key], value[f"their {key}"], value[f"bare {key}"]
        yield beside_loop(f"100 snapshots that {what}, one task", own, peer, goal)
        yield beside_bare(f"100 snapshots that {what}, one task", THREADS, own, bare, 1.3)


def thousand(stage, rounds):
    """A thousand snapshots in one task: there, changed and removed, beside a loop of theirs."""
    stage.empty()
    model = snapshot(stage.source, "model", volume(stage.source, "bench-0")["id"])
    names = [f"s{number}" for number in range(THOUSAND)]
    wanted = [{"name": name} for name in names]
    scale = THOUSAND / MEASURED
    loop = {**theirs(name="{{ item }}", volume="bench-0"), "loop": names[:MEASURED], "loop_control": {"label": "x"}}
    gone = {**loop, "openstack.cloud.volume_snapshot": {**loop["openstack.cloud.volume_snapshot"], "state": "absent"}}
    took, asked = {key: [] for key in ("exist", "change", "remove", "their exist", "their remove")}, {}
    for number in range(rounds):
        steps = (
            ("exist", {}),
            ("change", {"metadata": {"round": str(number)}}),
            ("remove", {"state": "absent", "timeout": 900}),
        )
        stage.fill(model, names)
        for key, arguments in steps:
            task = ours(volume="bench-0", snapshots=wanted, **arguments)
            mark = stage.control.mark()
            took[key] += seconds(stage.play([task]), "ours")
            asked[key] = len(stage.control.requests(since=mark, project=stage.source.project_id))
        stage.forget(model)
        stage.fill(model, names[:MEASURED])
        for key, task in (("their exist", loop), ("their remove", gone)):
            took[key].append(sum(seconds(stage.play([task]), "theirs")) * scale)
        stage.forget(model)
    value = {key: middle(values) for key, values in took.items()}
    for key, what in (("exist", "that exist"), ("remove", "that must go")):
        own, peer = value[key], value[f"their {key}"]
        yield beside_loop(f"1,000 snapshots {what}, one task ({asked[key]} requests)", own, peer, 10)
    own = value["change"]
    yield Row(
        f"1,000 snapshots whose metadata change, one task ({asked['change']} requests); openstack.cloud can't",
        f"{own[0]:.1f} s",
        "–",
        f"{own[0] / THOUSAND * 1000:.0f} ms each",
        "–",
        True,
        f"ours ±{own[1] / 2:.0%}",
    )


def listing(stage, rounds):
    """A list of ten thousand: requests, time beside that of the pages alone, and memory beside that of a list of a
    thousand.
    """
    stage.empty()
    model = snapshot(stage.source, "model", volume(stage.source, "bench-0")["id"])
    task, peaks, asked = ours("volume_snapshot_info"), {}, {}
    for size in (THOUSAND, LONG):
        stage.forget(model)
        stage.fill(model, [f"s{number}" for number in range(size - 1)])
        with PeakOf("AnsiballZ_volume_snapshot_info") as peak:
            mark = stage.control.mark()
            stage.play([task])
        lists = [
            entry
            for entry in stage.control.requests(since=mark, project=stage.source.project_id)
            if "/snapshots/detail" in entry["path"]
        ]
        peaks[size], asked[size] = peak.peak, len(lists)
    weight = sum(entry["bytes_out"] for entry in lists) / (1 << 20)
    own, bare = [], []
    for _round in range(rounds):
        own += seconds(stage.play([task]), "ours")
        bare.append(stage.command([PEERS / "python", HERE / "bare.py", "list"])[0])
    stage.forget(model)
    mine, pages = middle(own), middle(bare)
    yield Row(
        "requests of a list of 10,000 snapshots",
        str(asked[LONG]),
        "–",
        "",
        "≤ 11, one a thousand",
        asked[LONG] <= 1 + LONG // THOUSAND,
    )
    yield beside_bare("a list of 10,000 snapshots", PAGES, mine, pages, 2)
    more = peaks[LONG] - peaks[THOUSAND]
    yield Row(
        f"peak memory of that, above that of a list of 1,000 ({peaks[THOUSAND]:.0f} MiB), against the {weight:.0f} MiB"
        " of JSON of the answers",
        f"{more:.0f} MiB",
        f"{weight:.0f} MiB",
        f"{more / weight:.1f}×",
        "≤ 10×",
        more <= 10 * weight,
    )


def copy(stage, rounds):
    """1 GiB from cloud to cloud, random and mostly empty, beside the two commands that people use today."""
    folder = stage.control.instance / "benchmark"
    folder.mkdir(exist_ok=True)
    for kind in ("random", "mostly empty"):
        stage.empty()
        disk = folder / "disk.raw"
        _write(disk, kind)
        stage.command(
            [
                PEERS / "openstack",
                "--os-cloud",
                "source",
                "image",
                "create",
                "--disk-format",
                "raw",
                "--file",
                disk,
                "bench",
            ]
        )
        task = ours("image_copy", image="bench", destination={"cloud": "target"})
        own, other, peaks, their_peaks = [], [], [], []
        for _round in range(rounds):
            with PeakOf("AnsiballZ_image_copy") as peak:
                own.append(stage.play([task])[0]["seconds"])
            peaks.append(peak.peak)
            saved = folder / "saved.raw"
            save = stage.command(
                [PEERS / "openstack", "--os-cloud", "source", "image", "save", "--file", saved, "bench"]
            )
            create = stage.command(
                [
                    PEERS / "openstack",
                    "--os-cloud",
                    "target",
                    "image",
                    "create",
                    "--disk-format",
                    "raw",
                    "--file",
                    saved,
                    "bench-cli",
                ]
            )
            saved.unlink()
            other.append(save[0] + create[0])
            their_peaks.append(max(save[1], create[1]))
            for image in stage.target.get("image", f"/v2/images?owner={stage.target.project_id}")["images"]:
                stage.target.request("image", "DELETE", f"/v2/images/{image['id']}")
        disk.unlink()
        mine, peer = middle(own), middle(other)
        yield Row(
            f"`image_copy` of 1 GiB, {kind}, against `openstack image save` + `image create`",
            f"{mine[0]:.1f} s",
            f"{peer[0]:.1f} s",
            f"{peer[0] / mine[0]:.1f}× faster",
            "2× faster",
            peer[0] >= 2 * mine[0],
            f"ours ±{mine[1] / 2:.0%}, theirs ±{peer[1] / 2:.0%}",
        )
        yield Row(
            f"peak memory of that ({kind})",
            f"{max(peaks):.0f} MiB",
            f"{max(their_peaks):.0f} MiB",
            f"{max(peaks) / max(their_peaks):.2f}×",
            "flat",
            max(peaks) < 200,
        )


def _write(path, kind):
    """A disk of 1 GiB: random to the end, or 32 MiB of data in it and holes."""
    generator = random.Random(kind)
    with open(path, "wb") as disk:
        disk.truncate(GIB)
        for start in range(0, GIB, (1 << 20) if kind == "random" else (32 << 20)):
            disk.seek(start)
            disk.write(os.urandom(1 << 20) if kind == "random" else generator.randbytes(1 << 20))


CASES = {"noop": noop, "bulk": bulk, "thousand": thousand, "listing": listing, "copy": copy}
