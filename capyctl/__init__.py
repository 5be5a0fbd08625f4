"""Provider resolver and doctor for Kubernetes Cluster API."""

from capyctl.version import __version__

__all__ = ["__version__"]
