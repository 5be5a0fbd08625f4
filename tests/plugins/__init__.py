"""pytest plugins of this test tree."""
