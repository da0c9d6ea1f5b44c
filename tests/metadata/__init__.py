"""What Home Assistant, HACS and the quality scale ask of the integration, as far as it can be asked offline.

Home Assistant's own checks (hassfest) run in a workflow; these find the same faults before anything is pushed.
"""
