"""The text of ``lock`` and ``lock --check``, letter by letter."""

from __future__ import annotations

from capyctl.core.lock_changes import LockChange, What
from capyctl.core.lock_text import lock_object
from capyctl.report.lock_text import changes_json, changes_text, lock_result_text
from capyctl.report.text_style import TextStyle
from tests.unit.core.test_lock_text import A, B, example

PLAIN = TextStyle()


def test_a_lock_is_a_table_and_what_became_of_the_file() -> None:
    result = {"lock": lock_object(example())}
    table = """\
LOCKED              VERSION                             ASKED FOR  FROM
infrastructure-aws  v2.9.1                              -          o/n
ipam-in-cluster     v1.0.0                              >=1.0 <2   /srv/mirror
cert-manager        v1.21.1                             -          cert-manager/cert-manager
ci/latest-1.33      v1.33.0-alpha.1.199+25278540780516  -          kindest/node:v1.33.0-alpha.1.199_25278540780516
"""
    assert lock_result_text(result, PLAIN, written=True) == f"{table}\nWritten to capyctl.lock.\n"
    unchanged = f"{table}\nNothing has changed; capyctl.lock stays as it is.\n"
    assert lock_result_text(result, PLAIN, written=False) == unchanged


def test_what_is_no_longer_locked_is_told() -> None:
    result = {"lock": lock_object(example())}
    text = lock_result_text(result, PLAIN, written=True, dropped=("addon-helm", "stable"))
    assert text.endswith("\nWritten to capyctl.lock.\nNo longer locked: addon-helm, stable.\n")


def test_nothing_has_changed() -> None:
    assert changes_text({"changes": []}, PLAIN) == "Nothing has changed.\n"


def test_what_could_not_be_asked_is_never_said_to_be_unchanged() -> None:
    told = changes_text({"changes": []}, PLAIN, same=("addon-helm",), undecided=("core", "stable"))
    assert (
        told
        == "No verdict on core, stable, of which not everything could be asked.\nAs locked: addon-helm.\n"
    )
    assert changes_text({"changes": []}, PLAIN, undecided=("core",)) == (
        "No verdict on core, of which not everything could be asked.\n"
    )
    told = changes_text({"changes": []}, PLAIN, undecided=("core",), unknown=("ipam-x", "ipam-y"))
    assert told.splitlines() == [
        "No verdict on core, of which not everything could be asked.",
        "No verdict on ipam-x, ipam-y, not configured here.",
    ]
    row = LockChange(what=What.VERSION, provider="core", locked="v1", found="v2", locked_at="a", found_at="b")
    told = changes_text({"changes": [changes_json(row)]}, PLAIN, same=("addon-helm",), undecided=("stable",))
    assert told.splitlines()[1:] == [
        "version   core      -         v1        v2",
        "",
        "No verdict on stable, of which not everything could be asked.",
        "As locked: addon-helm.",
    ]


def test_each_change_is_a_row_with_digests_cut() -> None:
    rows = [
        LockChange(what=What.VERSION, provider="core", locked="v1", found="v2", locked_at="a", found_at="b"),
        LockChange(
            what=What.FILE, provider="core", file="m.yaml", locked=A, found=None, locked_at="a", found_at="b"
        ),
        LockChange(
            what=What.IMAGE,
            marker="stable",
            locked=f"sha256:{A}",
            found=f"sha256:{B}",
            locked_at="a",
            found_at="b",
        ),
    ]
    text = changes_text({"changes": [changes_json(row) for row in rows]}, PLAIN)
    assert text.splitlines() == [
        "WHAT      OF        FILE      LOCKED                FOUND",
        "version   core      -         v1                    v2",
        "file      core      m.yaml    sha256:aaaaaaaaaaaa   gone",
        "image     stable    -         sha256:aaaaaaaaaaaa   sha256:bbbbbbbbbbbb",
    ]
