"""Tests of the clients, none of which needs Home Assistant."""
