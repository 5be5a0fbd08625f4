"""A diagnostic: one fault with its code, its evidence and its fixes, as a value (style C7)."""

import enum

from msgspec import Struct, field

from capyctl.core.codes import Code
from capyctl.core.evidence import Evidence


class Severity(enum.Enum):
    """How much a diagnostic matters: an error stops, a warning does not, a note informs."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


class Confidence(enum.Enum):
    """How sure the facts make us."""

    CERTAIN = "certain"
    LIKELY = "likely"
    POSSIBLE = "possible"


class Applicability(enum.Enum):
    """Safe: exact, runs as printed. Review: a person decides. Upstream: for the provider's authors."""

    SAFE = "safe"
    REVIEW = "review"
    UPSTREAM = "upstream"


class Subject(Struct, frozen=True, kw_only=True):
    """What a diagnostic is about; ``provider`` is a manifest label."""

    provider: str | None = None
    version: str | None = None
    file: str | None = None


class Span(Struct, frozen=True, kw_only=True):
    """A place in a text. Lines and columns count from 1, columns in characters; ``end_column`` excluded.

    ``source`` holds the text of the line ``line``, for drawing; it is not part of the document.
    """

    file: str
    line: int
    column: int
    end_line: int
    end_column: int
    label: str = ""
    primary: bool = True
    source: str = ""


class Edit(Struct, frozen=True, kw_only=True):
    """A change to a file as a unified diff."""

    file: str
    patch: str


class Fix(Struct, frozen=True, kw_only=True):
    """One way out. A ``command`` runs as it stands, in the same folder and environment."""

    applicability: Applicability
    title: str
    command: str | None = None
    edit: Edit | None = None


class Diagnostic(Struct, frozen=True, kw_only=True, eq=False):
    """One fault. ``code`` gives its constant summary; ``detail`` says what, why and what to do.

    Compared by identity, so that ``caused_by`` can point at one diagnostic among equals.
    """

    code: Code
    severity: Severity
    detail: str
    subject: Subject = field(default_factory=Subject)
    confidence: Confidence = Confidence.CERTAIN
    spans: tuple[Span, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    caused_by: "Diagnostic | None" = None
    fixes: tuple[Fix, ...] = ()

    @property
    def is_error(self) -> bool:
        """Whether this stops the work it is about."""
        return self.severity is Severity.ERROR
