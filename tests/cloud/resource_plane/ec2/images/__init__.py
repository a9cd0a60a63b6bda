"""AMIs: registered, shared and described."""
