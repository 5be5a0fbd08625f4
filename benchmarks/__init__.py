"""Measures capyctl beside real clusterctl in one run: ``python -m benchmarks`` (issue 3 section 2).

Tests count questions and modules; only this package looks at a clock, and it asserts nothing.
"""
