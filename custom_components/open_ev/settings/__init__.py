"""How each kind of device is reached: from what its config entry holds to its client."""
