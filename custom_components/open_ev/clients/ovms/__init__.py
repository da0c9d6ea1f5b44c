"""Cars with an OVMS module (Open Vehicle Monitoring System): a catalogue of metrics, a vehicle, and links to it."""
