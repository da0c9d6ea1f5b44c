"""Charge points of an operator, over OCPI 2.1.1, 2.2.1 and 2.3.0: we are the eMSP, the operator is the CPO."""
