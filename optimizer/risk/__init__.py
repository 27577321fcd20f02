"""How likely is each promise kept? Days drawn from what services and drives have taken so far (docs/risk.md)."""
