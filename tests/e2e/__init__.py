"""A real Home Assistant, a real broker and a real browser, with a simulated module in a simulated car."""
