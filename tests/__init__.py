"""Code that tests."""
