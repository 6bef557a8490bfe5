"""Take a compiled Kubeflow pipeline and put it to work elsewhere."""
