"""Tests of Open EV."""
