"""A bundle as result and as text (cli.md 7.5)."""

from __future__ import annotations

from collections.abc import Iterable

from capyctl.core.bundle.content import Bundle
from capyctl.core.bundle.pushed import Pushed
from capyctl.report.text_style import TextStyle, one_line


def bundle_json(bundle: Bundle) -> dict[str, object]:
    """``bundle: {digest, files, images}``."""
    files = [{"path": each.path, "size": each.size, "sha256": each.sha256} for each in bundle.files]
    return {"bundle": {"digest": bundle.digest, "files": files, "images": list(bundle.images)}}


def bundle_text(path: str, bundle: Bundle, style: TextStyle) -> str:
    """The digest, and whether the set is whole for its lock (F71)."""
    providers = [f"  {each.provider} {each.version}" for each in bundle.lock.providers]
    if bundle.lock.cert_manager is not None:
        providers.append(f"  cert-manager {bundle.lock.cert_manager.version}")
    lines = [one_line(path), bundle.digest, *providers, whole_line(bundle)]
    return style.spell("".join(f"{line}\n" for line in lines))


def whole_line(bundle: Bundle) -> str:
    """What the lock needs and what is there, in one line."""
    images = len(bundle.images)
    to_mirror = f"{images} {'image' if images == 1 else 'images'} to mirror: images.txt"
    return f"{bundle.needed} {'file' if bundle.needed == 1 else 'files'} needed, {bundle.needed} present; {to_mirror}"


def pushed_json(pushed: Iterable[Pushed]) -> dict[str, object]:
    """``pushed: [{provider, reference, digest}]``."""
    return {
        "pushed": [
            {"provider": each.provider, "reference": each.reference, "digest": each.digest} for each in pushed
        ]
    }


def pushed_text(pushed: Iterable[Pushed], style: TextStyle) -> str:
    """Each artifact with its digest, and whether it was there already."""
    lines = [f"{each.reference}{'' if each.sent else ' (was there)'}\n  {each.digest}\n" for each in pushed]
    return style.spell("".join(lines))
