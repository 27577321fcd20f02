"""A living city: people who act on the real services, for the demonstration and for simulations."""
