"""The Kubernetes settings of an executor in the platform document of KFP v2 ↔ a ``Pod``.

The document has a ``KubernetesExecutorConfig`` for each executor
(kubernetes_platform/proto/kubernetes_executor_config.proto of kubeflow/pipelines), which
kfp-kubernetes writes. ``reading`` has to write a setting to know that it comes back unchanged.
"""
