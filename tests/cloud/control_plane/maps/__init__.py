"""The Map state in distributed mode, as AWS runs it.

ministack ignores `Items`, `ItemSelector`, `MaxConcurrency` and `ItemReader` arguments in JSONata,
has no `ResultWriter`, runs every item however many have failed, and runs children within their
parent. What is done here follows the developer guide (SFN/state-map-distributed and the pages of
its fields) and, where that is silent, what others recorded from AWS in 2026-09: a Map Run with a
tolerated and one with an exceeded failure threshold, their children's context, histories and
result files.

`ItemBatcher` and children of type EXPRESS are not served, and say so.
"""
