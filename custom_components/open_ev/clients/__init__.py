"""Clients for vehicles, chargers and operators, usable without Home Assistant."""
