"""Programs of this folder that need the shared tools, or another interpreter, are not collected."""

collect_ignore = ["gen_volumes.py", "volumes_run.py"]
