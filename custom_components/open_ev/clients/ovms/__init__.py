"""Talk to a vehicle with an OVMS module."""
