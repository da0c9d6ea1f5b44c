"""Devices of the outside world, on real sockets, for the tests and the demo.

Nothing here imports Home Assistant or the integration: a simulator that shared code with the client would repeat
the client's mistakes and prove nothing.
"""
