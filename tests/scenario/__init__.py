"""Every scenario of the lab, played by the commands of issue 3."""
