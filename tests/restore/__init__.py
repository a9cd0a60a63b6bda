"""The driver of `make restore`: arrange a source, start a restore, follow it live, check its end.

It uses boto3, another SDK than the functions under test, and never trusts what the execution
says of itself: the checks look at the accounts.
"""
