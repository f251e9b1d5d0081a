"""The peers: one file each, named by the tool.

A peer that is a library has `PACKAGES` (what pip installs, in an environment of its own), `IMPORTS` (what is loaded before
the clock of the check itself starts) and `check(case)`; one that is a program has `command(case, folder, asked)` and
`found(case, folder)`. All have `HOW`, one line that says in which form the peer is used, and `cannot(case)`, why it
cannot run a case, or nothing.
"""
