"""Rewrites of the model, ``Pipeline → Pipeline``, which readers apply to what they read."""
