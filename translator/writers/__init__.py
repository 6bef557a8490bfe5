"""Pipeline → the files of a target. ``translator.targets`` lists the targets."""
