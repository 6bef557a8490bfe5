"""Rewrites of the model, ``Pipeline → Pipeline``, which readers apply to their result."""
