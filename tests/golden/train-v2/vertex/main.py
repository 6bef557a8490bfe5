#!/usr/bin/env python3
"""Run a pipeline on Vertex AI Pipelines: pipeline.yaml, with the values below.

Pipeline: penguin-training
From:     pipeline_v2.yaml (KFP v2)
SHA-256:  8e53a213c1d7b469d57d2668549738eb08cdd477b6698b50deab1625bdb242df

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
SETTINGS = Settings()

# The inputs of the pipeline. Types and defaults are in pipeline.yaml; a `value=...`
# here replaces a default, and flags and --params-file override both.
INPUTS = [
    Input("address"),
    Input("data_url"),
    Input("forests"),
    Input("labels"),
    Input("least_accuracy"),
    Input("model_name"),
    Input("test_share"),
    Input("weighted"),
]

if __name__ == "__main__":
    run("pipeline.yaml", INPUTS, SETTINGS)
