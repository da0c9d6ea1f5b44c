"""The life of each kind of config entry: what is started, watched, shown and ended with it."""
