"""The driver of `make recover`: arrange the sources of a plan, recover it, check every target.

It is to a recovery what `restore` is to one restore, and made of its parts: ordinary clients of
another SDK than the functions', which look at the accounts whatever the execution says.
"""
