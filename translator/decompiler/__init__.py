"""The source of a pipeline: a model as Python code of KFP v2."""
