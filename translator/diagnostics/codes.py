"""Every rule by its code, collected from the modules of the blocks."""

from __future__ import annotations

from translator.diagnostics import (
    Rule,
    cluster_objects,
    comparison,
    component,
    decisions,
    decompiler,
    decompiler_components,
    decompiler_functions,
    decompiler_settings,
    graph,
    internal,
    kfp_v1,
    kubeflow,
    kubeflow_upgrade,
    output,
    pipeline,
    plan,
    reading,
    runs,
    vertex,
    vertex_run,
    vertex_schema,
    vertex_secrets,
    vertex_values,
    vertex_volumes,
)

__all__ = ["RULES"]

BLOCKS = (
    reading,
    kfp_v1,
    cluster_objects,
    comparison,
    component,
    decisions,
    decompiler,
    decompiler_components,
    graph,
    output,
    pipeline,
    plan,
    vertex,
    vertex_run,
    vertex_schema,
    vertex_secrets,
    vertex_values,
    vertex_volumes,
    kubeflow,
    kubeflow_upgrade,
    decompiler_functions,
    runs,
    decompiler_settings,
    internal,
)
#: Code → rule, in order of code. Codes are never reused.
RULES: dict[str, Rule] = {
    rule.code: rule
    for rule in sorted(
        (value for block in BLOCKS for value in vars(block).values() if isinstance(value, Rule)),
        key=lambda rule: rule.code,
    )
}
