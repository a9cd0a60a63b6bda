"""KMS: keys, their policies and grants."""
