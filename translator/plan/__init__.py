"""The plan: a YAML file with the decisions about pipelines, which ``convert`` reads."""
