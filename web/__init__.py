"""Every face and every process."""
