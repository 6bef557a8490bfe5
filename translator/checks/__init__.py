"""What is said about a pipeline before it is written; ``translator.targets`` lists it all."""
