"""Real clusterctl and capyctl in the same worlds."""
