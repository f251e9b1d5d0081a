"""Makers of data, each run as `python -m data.NAME FOLDER …` in the environment of `place.MAKERS`; the same each time."""
