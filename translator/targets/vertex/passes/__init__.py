"""The decisions of the user on Vertex AI: one module for each kind."""
