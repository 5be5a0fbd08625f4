"""Reading what the parts of a management cluster are judged by; the judgements are in ``capyctl.core.checks``."""
