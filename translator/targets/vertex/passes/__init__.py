"""The passes that apply decisions for Vertex AI."""
