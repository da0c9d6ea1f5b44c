"""OpenEVSE chargers of every firmware generation: requests, RAPI, and one model over all of them."""
