"""Tests of the OVMS client."""
