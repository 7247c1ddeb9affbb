"""The checks of selftest.py, a file for each side of fakecloud."""
