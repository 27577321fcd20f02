"""What can be seen: frozen read models."""
