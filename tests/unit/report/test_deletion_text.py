"""What a deletion prints."""

from __future__ import annotations

from capyctl.core.object_key import ObjectKey
from capyctl.report.deletion_text import deleted_json, deletion_text
from capyctl.report.text_style import TextStyle

_GONE = [
    (
        ObjectKey(group="apps", kind="Deployment", namespace="capa-system", name="manager"),
        "infrastructure-aws",
    ),
    (ObjectKey(group="", kind="ClusterRole", name="capa\x1b[31m"), "infrastructure-aws"),
]


def _text(result: dict[str, object], *, dry_run: bool) -> str:
    return deletion_text(result, TextStyle(), place="https://c.example.com:6443", dry_run=dry_run)


def test_each_object_is_a_line_in_order_and_the_head_says_whether_it_happened() -> None:
    result = deleted_json(_GONE)
    assert result["deleted"] == [
        {
            "kind": "Deployment",
            "namespace": "capa-system",
            "name": "manager",
            "provider": "infrastructure-aws",
        },
        {"kind": "ClusterRole", "namespace": None, "name": "capa\x1b[31m", "provider": "infrastructure-aws"},
    ]
    done = _text(result, dry_run=False)
    assert done.splitlines()[0] == "Deleted from the cluster at https://c.example.com:6443:"
    assert [line.split()[:3] for line in done.splitlines()[3:]] == [
        ["infrastructure-aws", "Deployment", "capa-system"],
        ["infrastructure-aws", "ClusterRole", "-"],
    ]
    assert "\x1b" not in done
    assert "nothing is written" in _text(result, dry_run=True)


def test_nothing_is_said_in_words() -> None:
    assert _text(deleted_json([]), dry_run=False) == (
        "Nothing was deleted from the cluster at https://c.example.com:6443.\n"
    )
    assert "Nothing is there to be deleted" in _text(deleted_json([]), dry_run=True)
