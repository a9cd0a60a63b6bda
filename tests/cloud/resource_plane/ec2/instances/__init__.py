"""Instances: launched, started, stopped, terminated, described and changed."""
