"""Passes for Kubeflow: ``Pipeline → Pipeline``, with what they found."""
