"""Many restores side by side on one local AWS, each disturbed in its own way, each checked.

A `Case` says what is injected into which flow and how that must end; a `World` is a pair of
accounts in which one restore runs at a time; `run_all` works off cases on all worlds at once.
"""
