"""The cases: one file each. `TITLE` is the case in a line, and `cases(asked, place)` makes the data and gives what is run.

`place` is a `place.Place`: where data and environments are.
"""
