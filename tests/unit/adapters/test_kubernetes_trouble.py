"""What a redirect of an API server is told as."""

from __future__ import annotations

import pytest

from capyctl.adapters.kubernetes_trouble import trouble_of_status


@pytest.mark.parametrize(
    ("location", "shown"),
    [
        ("https://u:secret@login.example/start?token=secret#secret", "https://login.example/start"),
        ("//u:secret@login.example/?token=secret", "//login.example/"),
        ("/login?token=secret", "/login"),
        ("https://login.example:8443/a/b", "https://login.example:8443/a/b"),
        ("", "nowhere"),
        (None, "nowhere"),
    ],
)
def test_a_redirect_is_told_without_what_may_be_secret_in_its_address(
    location: str | None, shown: str
) -> None:
    trouble = trouble_of_status(302, "text/html", b"", location)
    assert trouble is not None
    assert trouble.reason == f"it answers with a redirect (302) to {shown}"
