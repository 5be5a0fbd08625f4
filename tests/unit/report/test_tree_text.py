"""The tree as it prints (clusterctl-cluster 7.6): columns, narrow terminals, colours, computed values, remote text."""

from __future__ import annotations

from capyctl.core.condition_filter import parse_condition_filter
from capyctl.report.text_style import TextStyle
from capyctl.report.tree_text import TreeView, tree_text, wrapped_message
from tests.plugins.described_cluster import (
    NOW,
    Object,
    cluster,
    condition,
    control_plane,
    control_plane_labels,
    deployment_with,
    described,
    infrastructure,
    item,
    machine,
)

_HOUR_AGO = "2026-11-22T08:45:00Z"


def _printed(
    *objects: Object, shown: str = "", columns: int | None = None, style: TextStyle | None = None
) -> str:
    found = described(*objects)
    assert found.tree is not None
    view = TreeView(
        tree=found.tree,
        judged=found.conditions,
        now=NOW,
        shown=parse_condition_filter(shown),
        columns=columns,
    )
    return tree_text(view, style or TextStyle())


def _world() -> list[Object]:
    counted = {"replicas": 3, "availableReplicas": 2, "readyReplicas": 2, "upToDateReplicas": 3}
    bad = condition(
        "Available", "False", "NotAvailable", "2 available replicas, at least 3 required", _HOUR_AGO
    )
    deployment = deployment_with("md", [machine("w1"), machine("w2"), machine("w3", "False")], status=counted)
    deployment[0]["status"]["conditions"] = [bad]
    return [
        cluster(),
        infrastructure(),
        control_plane(spec={"version": "v1.34.0", "replicas": 1}, status={"replicas": 1}),
        machine("cp1", metadata=control_plane_labels()),
        *deployment,
        *(
            item(kind, "cp1", conditions=[condition("Ready", "True")])
            for kind in ("TestMachine", "TestConfig")
        ),
        *(
            item(kind, "w3", conditions=[condition("Ready", "True")])
            for kind in ("TestMachine", "TestConfig")
        ),
    ]


def test_each_row_stands_in_its_columns() -> None:
    """Every cell begins where its heading does."""
    header, *rows = _printed(*_world()).splitlines()
    at = {
        name: header.index(name) for name in ("REPLICAS", "AVAILABLE", "STATUS", "REASON", "SINCE", "MESSAGE")
    }
    found = next(row for row in rows if "MachineDeployment" in row)
    assert found[at["REPLICAS"] :].startswith("3/3 ")
    assert found[at["AVAILABLE"] :].startswith("2 ")
    assert found[at["STATUS"] :].startswith("False ")
    assert found[at["REASON"] :].startswith("NotAvailable ")
    assert found[at["SINCE"] :].startswith("75m ")
    assert found[at["MESSAGE"] :] == "2 available replicas, at least 3 required"
    assert [row[: at["REPLICAS"]].rstrip() for row in rows] == [
        "Cluster default/one",
        "├─TestCluster default/one",
        "├─TestControlPlane default/one, v1.34.0",
        "│ └─Machine default/cp1, v1.34.0",
        "└─Workers",
        "  └─MachineDeployment default/md, v1.34.0",
        "    ├─2 Machines...",
        "    └─Machine default/w3, v1.34.0",
    ]
    assert next(row for row in rows if "2 Machines" in row).endswith("See w1, w2")


def test_a_narrow_terminal_has_counters_and_messages_below() -> None:
    """80 columns: no line is longer, and nothing is left out."""
    text = _printed(*_world(), columns=80)
    assert max(len(line) for line in text.splitlines()) <= 80
    assert "3/3 replicas, 2 available, 2 ready, 3 up to date" in text
    assert "NotAvailable: 2 available replicas, at least 3 required" in text
    assert text.splitlines()[0].split() == ["NAME", "STATUS", "SINCE"]


def test_a_wide_terminal_gives_messages_what_is_left() -> None:
    """Between thirty and a hundred columns."""
    text = _printed(*_world(), columns=150)
    assert max(len(line) for line in text.splitlines()) <= 150
    assert text.splitlines()[0].endswith("MESSAGE")


def test_a_long_message_goes_on_below_with_the_lines_of_the_tree() -> None:
    """Bullets keep their indentation."""
    message = "* InfrastructureReady: " + "word " * 30 + "\n* NodeHealthy:\n  * one\n  * two"
    bad = [condition("Available", "False", "NotAvailable", message)]
    text = _printed(cluster(*bad), infrastructure())
    lines = text.splitlines()
    assert lines[2].startswith("│ ")
    assert lines[2].lstrip("│ ").startswith("word")
    assert any(line.endswith("  * two") for line in lines)


def test_conditions_are_rows_and_their_objects_row_is_blank() -> None:
    """``--show-conditions``; with ``+`` only what is not normal."""
    told = [condition("Available", "False", "NotAvailable", "bad"), condition("Paused", "False", "NotPaused")]
    text = _printed(cluster(), infrastructure(), control_plane(*told), shown="TestControlPlane")
    row, *below = text.splitlines()[3:]
    assert row.split()[-1] == "default/one"
    assert any("├─Available" in line and "NotAvailable" in line for line in below)
    assert any("└─Paused" in line for line in below)
    assert "Paused" not in _printed(cluster(), control_plane(*told), shown="TestControlPlane+")
    assert "Paused" in _printed(cluster(), control_plane(*told), shown="all")


def test_what_the_sources_say_stands_below_what_is_stored() -> None:
    """Asked for or not."""
    text = _printed(cluster(condition("RollingOut", "Unknown", "InternalError", "look")), control_plane())
    lines = text.splitlines()
    place = next(number for number, line in enumerate(lines) if "RollingOut" in line)
    assert lines[place].split()[-3:] == ["InternalError", "0s", "look"]
    assert "by its sources:" in lines[place + 1]
    assert lines[place + 1].split()[-2:] == ["False", "NotRollingOut"]


def test_colours_follow_the_meaning_of_a_status() -> None:
    """False is good where the type is negative; Unknown is yellow, what is odd is dim."""
    told = [
        condition("RollingOut", "False"),
        condition("Other", "False"),
        condition("Third", "Unknown"),
        condition("Fourth", "Odd"),
    ]
    text = _printed(cluster(), control_plane(*told), shown="TestControlPlane", style=TextStyle(color=True))
    names = ("RollingOut", "Other", "Third", "Fourth")
    by_type = {name: line for line in text.splitlines() for name in names if name in line}
    assert "\x1b[32mFalse" in by_type["RollingOut"]
    assert "\x1b[31mFalse" in by_type["Other"]
    assert "\x1b[33mUnknown" in by_type["Third"]
    assert "\x1b[2mOdd" in by_type["Fourth"]
    assert "\x1b[" not in _printed(cluster(), control_plane(*told), shown="all")


def test_what_could_not_be_read_says_so_and_what_goes_is_marked() -> None:
    gone = control_plane()
    gone["metadata"]["deletionTimestamp"] = NOW
    text = _printed(cluster(), gone)
    assert "TestCluster default/one" in text
    assert "NotFound" in text
    assert "it does not exist" in text
    assert "!! DELETED !! TestControlPlane default/one" in text


def test_remote_text_cannot_steer_a_terminal() -> None:
    """Neither a reason nor a message, with colours or without."""
    bad = condition("Ready", "F\x1b[2J", "R\x1b]0;x\x07\n", "m\x1b[31m\u202e\r\nnext\x00")
    text = _printed(cluster(), infrastructure(bad), style=TextStyle(color=True))
    assert not {"\x07", "\u202e", "\r", "\x00"} & set(text)
    assert "\x1b[2J" not in text
    assert "\x1b[31m\ufffd" not in text
    assert "\x1b]0" not in text


def test_a_terminal_without_more_than_ascii_gets_lines_of_ascii() -> None:
    text = _printed(*_world(), style=TextStyle(ascii_only=True))
    assert text.isascii()
    assert "|-TestCluster default/one" in text
    assert "`-Workers" in text


def test_messages_wrap_at_blanks_and_keep_their_own_lines() -> None:
    """Continuation lines of a bullet stand below its text (7.6)."""
    assert wrapped_message("* one two three\n\n  * four five six seven", 12) == [
        "* one two",
        "  three",
        "",
        "  * four",
        "    five six",
        "    seven",
    ]
    assert wrapped_message("", 10) == [""]
    assert wrapped_message("unbreakable-and-very-long", 10) == ["unbreakable-and-very-long"]
