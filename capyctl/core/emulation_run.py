"""One emulated process of clusterctl: its settings, its caches, and the time it has waited."""

from __future__ import annotations

from msgspec import Struct, field

from capyctl.core.emulation_facts import FactBook, Failed, FailureKind
from capyctl.core.emulation_release import ClusterctlRelease
from capyctl.core.emulation_text import ClusterctlError, quoted

RETRY_INTERVAL = 10
RETRY_SECONDS = 60
"""How long one request is repeated before it counts as failed (section 5.8): every 10 s, for a minute."""


RATE_LIMIT_TEXT = (
    "rate limit for github api has been reached. Please wait one hour or get a personal API token and assign "
    "it to the GITHUB_TOKEN environment variable"
)
NOT_FOUND_TEXT = "404 Not Found"


class HangsError(Exception):
    """clusterctl waits without an end: no time limit covers this request."""


class Run(Struct, kw_only=True):
    """The state of one process.

    Attributes:
        proxy: scheme and host of the module proxy, None where it is off. proxy_refuses: whether it cannot be
            reached. seconds: waited so far. versions, files, releases: the process's caches (section 5.8).
        chosen: the version picked for the provider asked for.
    """

    release: ClusterctlRelease
    book: FactBook
    proxy: str | None
    proxy_refuses: bool = False
    seconds: int = 0
    chosen: str | None = None
    versions: dict[str, tuple[str, ...]] = field(default_factory=dict)
    files: dict[tuple[str, str, str], bytes] = field(default_factory=dict)
    releases: dict[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)

    def gave_up(self, failed: Failed | None = None) -> None:
        """Count a minute of retries, or end where the request never returns.

        Raises:
            HangsError: silence on a request without a time limit.
        """
        if failed is not None and failed.kind is FailureKind.SILENCE:
            raise HangsError
        self.seconds += RETRY_SECONDS


def rest_failure(
    run: Run, failed: Failed, what: str, url: str, *, remembers_quota: bool = True
) -> ClusterctlError:
    """The error of a REST question: at once for the primary rate limit, else after a minute of retries.

    Its REST library remembers from any answer that no question is left and refuses the next attempt itself;
    asset downloads go around that (``remembers_quota``). Which attempt speaks last is a race in clusterctl:
    the cause can read ``context deadline exceeded`` as well.
    """
    if failed.kind is FailureKind.RATE_LIMIT:
        return ClusterctlError(RATE_LIMIT_TEXT)
    if failed.exhausted and remembers_quota:
        run.seconds += RETRY_INTERVAL
        return ClusterctlError(RATE_LIMIT_TEXT)
    run.seconds += RETRY_SECONDS
    return ClusterctlError(f"{what}: {_cause(failed, url)}")


def _cause(failed: Failed, url: str) -> str:
    if failed.kind is FailureKind.STATUS:
        return f"GET {url}: {failed.status} {failed.text} []"
    text = failed.text or ("context deadline exceeded" if failed.kind is FailureKind.SILENCE else "EOF")
    return f"Get {quoted(url)}: {text}"
