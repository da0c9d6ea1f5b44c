"""Four devices in one Home Assistant, living while one fault after another befalls them. `scripts/soak` runs it."""
