"""The dialogs of each kind of device; `config_flow` makes one flow of them."""
