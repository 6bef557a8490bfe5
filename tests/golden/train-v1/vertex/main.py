#!/usr/bin/env python3
"""Run a pipeline on Vertex AI Pipelines: pipeline.yaml, with the values below.

Pipeline: Penguin training pipeline
From:     pipeline_v1.yaml (KFP v1)
SHA-256:  70b0c50f93795e54f72d26833f60dd57c16f8abbe40cd41ef001dfc5ad833981

Written by kfp-translator 0.1.0, which puts no conditions on this file.
It is yours to edit. To print the request without sending it, and to run the pipeline:

    python -m pip install -r requirements.txt
    python main.py --project PROJECT --pipeline-root gs://BUCKET/PATH --dry-run
    python main.py --project PROJECT --pipeline-root gs://BUCKET/PATH --wait

REPORT.md lists what is left to do. `python main.py --help` shows every flag.
"""

from vertex_runner import Input, Settings, run

# From the pipeline's file and the options of `translator convert`. Flags override these;
# class Settings in vertex_runner.py lists all that can be set.
SETTINGS = Settings(failure_policy="fast")

# The inputs of the pipeline. Types and defaults are in pipeline.yaml; a `value=...`
# here replaces a default, and flags and --params-file override both.
INPUTS = [
    Input("data_url"),
    Input("store_endpoint"),
    Input("bucket"),
    Input("log_folder"),
    Input("model_folder"),
    Input("settings_folder"),
    Input("plot_folder"),
    Input("model_uri"),
    Input("model_name"),
    Input("namespace"),
    Input("test_share", declared="Float"),
    Input("trees", declared="Integer"),
    Input("weighted", declared="Boolean"),
    Input("gateway"),
    Input("host"),
    Input("question"),
]

if __name__ == "__main__":
    # The inputs of a KFP v1 pipeline are texts: a value of True is sent as "True".
    run("pipeline.yaml", INPUTS, SETTINGS, as_text=True)
