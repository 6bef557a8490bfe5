"""The assessment of many pipelines: which convert, what blocks the others, and in which order to
migrate them."""
