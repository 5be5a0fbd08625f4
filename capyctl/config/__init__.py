"""Settings: flags, environment, clusterctl's configuration file, the provider table."""
