"""Tests against the corpus of real provider repositories."""
