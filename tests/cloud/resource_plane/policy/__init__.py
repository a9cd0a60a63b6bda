"""AWS's policy language: documents, their conditions, and what they say of a request.

Own code, because nothing usable was found: moto's evaluator knows one condition operator, and the
libraries that evaluate whole policies are not for Python. Written after the IAM User Guide's
"Policy evaluation logic" and "IAM JSON policy elements" pages; knows no service but by name.
"""
