"""Penguin species, from a CSV file to a model behind an address: a pipeline for KFP v1 (kfp 1.8).

python pipeline_v1.py [pipeline_v1.yaml]
"""

import json
import sys
from typing import NamedTuple

from kfp import compiler, dsl, onprem
from kfp.components import (
    InputPath,
    OutputPath,
    create_component_from_func,
    func_to_container_op,
    load_component_from_text,
)
from kubernetes.client import V1EnvVar

RUN = dsl.RUN_ID_PLACEHOLDER

announce_run = load_component_from_text("""
name: Announce run
description: Shows where this run keeps its files, before anything has run.
inputs:
- {name: Log folder, type: String, description: Where the training logs go}
- {name: Model folder, type: String, description: Where the model goes}
- {name: Viewer, type: JsonObject, default: '{}', description: Settings of the log viewer}
outputs:
- {name: MLPipeline UI Metadata}
implementation:
  container:
    image: alpine:3.20
    command:
    - sh
    - -euc
    - |
      mkdir -p "$(dirname "$3")"
      cat > "$3" <<END
      {
        "version": 1,
        "outputs": [
          {"type": "markdown", "storage": "inline", "source": "Logs: $0\\n\\nModel: $1"},
          {"type": "tensorboard", "source": "$0", "pod_template_spec": $2}
        ]
      }
      END
    - {inputValue: Log folder}
    - {inputValue: Model folder}
    - {inputValue: Viewer}
    - {outputPath: MLPipeline UI Metadata}
""")

download_data = load_component_from_text("""
name: Download data
description: Fetches one file over HTTP.
inputs:
- {name: Url, type: String}
outputs:
- {name: Data, type: CSV}
implementation:
  container:
    image: curlimages/curl:8.10.1
    command: [sh, -c, 'mkdir -p "$(dirname "$1")" && exec curl -fsSL --retry 3 -o "$1" "$0"']
    args: [{inputValue: Url}, {outputPath: Data}]
""")

upload_file = load_component_from_text("""
name: Upload file
description: Copies a file to an S3-compatible store.
inputs:
- {name: Endpoint, type: String}
- {name: Source}
- {name: Destination, type: String}
- {name: File name, type: String, default: model.joblib, optional: true}
implementation:
  container:
    image: minio/mc:RELEASE.2024-10-08T09-37-26Z
    command: [sh, -euc]
    args:
    - |
      mc alias set store "$0" "$ACCESS_KEY" "$SECRET_KEY"
      mc cp "$1" "store/$2/$3"
    - {inputValue: Endpoint}
    - {inputPath: Source}
    - {inputValue: Destination}
    - {inputValue: File name}
""")

apply_manifest = load_component_from_text("""
name: Apply manifest
description: Creates or changes what the manifest describes, and waits for it.
inputs:
- {name: Manifest, type: String}
- {name: Wait seconds, type: Integer, default: '300'}
outputs:
- {name: Status, type: String}
implementation:
  container:
    image: bitnami/kubectl:1.31
    command:
    - sh
    - -euc
    - |
      mkdir -p "$(dirname "$2")"
      echo "$0" | kubectl apply -f - --timeout="$1s" | tee "$2"
    - {inputValue: Manifest}
    - {inputValue: Wait seconds}
    - {outputPath: Status}
""")


def preprocess(
    data_path: InputPath("CSV"),
    train_path: OutputPath("CSV"),
    test_path: OutputPath("CSV"),
    test_share: float = 0.25,
    seed: int = 7,
):
    """Drops incomplete rows and splits the rest."""
    import pandas
    from sklearn.model_selection import train_test_split

    rows = pandas.read_csv(data_path).dropna()
    train, test = train_test_split(rows, test_size=test_share, random_state=seed)
    train.to_csv(train_path, index=False)
    test.to_csv(test_path, index=False)


def train(
    data_path: InputPath("CSV"),
    model_path: OutputPath("Model"),
    settings_path: OutputPath("JsonObject"),
    trees: int = 100,
    weighted: bool = True,
    script_args: str = "",
):
    """Fits a forest of decision trees."""
    import json

    import joblib
    import pandas
    from sklearn.ensemble import RandomForestClassifier

    rows = pandas.read_csv(data_path)
    features = rows.select_dtypes("number")
    model = RandomForestClassifier(trees, class_weight="balanced" if weighted else None)
    joblib.dump(model.fit(features, rows["species"]), model_path)
    with open(settings_path, "w") as file:
        json.dump({"columns": list(features), "trees": trees, "args": script_args}, file)


def evaluate(
    model_path: InputPath("Model"),
    data_path: InputPath("CSV"),
    mlpipeline_metrics_path: OutputPath("Metrics"),
) -> NamedTuple("Outputs", [("accuracy", float), ("verdict", str)]):
    """Measures the model on rows that it has not seen."""
    import json

    import joblib
    import pandas

    rows = pandas.read_csv(data_path)
    accuracy = joblib.load(model_path).score(rows.select_dtypes("number"), rows["species"])
    metric = {"name": "accuracy", "numberValue": accuracy, "format": "PERCENTAGE"}
    with open(mlpipeline_metrics_path, "w") as file:
        json.dump({"metrics": [metric]}, file)
    return accuracy, "good" if accuracy > 0.9 else "poor"


def plot_confusion(
    model_path: InputPath("Model"),
    data_path: InputPath("CSV"),
    mlpipeline_ui_metadata_path: OutputPath("UI metadata"),
    title: str = "Confusion matrix",
):
    """Shows which species are taken for which."""
    import json

    import joblib
    import pandas

    rows = pandas.read_csv(data_path)
    guesses = joblib.load(model_path).predict(rows.select_dtypes("number"))
    table = pandas.crosstab(rows["species"], guesses)
    page = {"type": "web-app", "storage": "inline", "source": f"<h1>{title}</h1>{table.to_html()}"}
    with open(mlpipeline_ui_metadata_path, "w") as file:
        json.dump({"outputs": [page]}, file)


def ask_model(url: str, host: str, question: str) -> str:
    """Sends one example to the model and gives its answer."""
    from urllib.request import Request, urlopen

    request = Request(url, question.encode(), {"Host": host, "Content-Type": "application/json"})
    with urlopen(request, timeout=30) as answer:
        return answer.read().decode()


PACKAGES = ["pandas==2.2.3", "scikit-learn==1.5.2"]
preprocess_op = create_component_from_func(
    preprocess, base_image="python:3.11-slim", packages_to_install=PACKAGES
)
train_op = create_component_from_func(
    train, base_image="python:3.11-slim", packages_to_install=PACKAGES
)
evaluate_op = create_component_from_func(
    evaluate, base_image="python:3.11-slim", packages_to_install=PACKAGES
)
plot_op = create_component_from_func(
    plot_confusion, base_image="python:3.11-slim", packages_to_install=PACKAGES
)
ask_op = func_to_container_op(ask_model, base_image="python:3.11-slim")

MANIFEST = """\
apiVersion: serving.kserve.io/v1beta1
kind: InferenceService
metadata:
  name: {name}
  namespace: {namespace}
  annotations: {{penguins.example.com/version: "{version}"}}
spec:
  predictor:
    sklearn:
      storageUri: s3://{bucket}/{folder}
      resources:
        limits: {{memory: 2Gi}}
"""


def register_model(name: str, uri: str, accuracy: float) -> dsl.ContainerOp:
    """A task without a component, as they were written before components."""
    return dsl.ContainerOp(
        name="register-model",
        image="alpine:3.20",
        command=["sh", "-euc"],
        arguments=[
            'mkdir -p /tmp/out && echo "$0@$1 ($2)" | tee /tmp/out/version',
            name,
            uri,
            accuracy,
        ],
        file_outputs={"version": "/tmp/out/version"},
    )


@dsl.pipeline(
    name="Penguin training pipeline",
    description="Trains a classifier of penguin species and puts it behind an address.",
)
def penguin_training(
    data_url: str = "https://raw.githubusercontent.com/mwaskom/seaborn-data/master/penguins.csv",
    store_endpoint: str = "http://minio-service.kubeflow:9000",
    bucket: str = "mlpipeline",
    log_folder: str = f"penguins/{RUN}/logs",
    model_folder: str = f"penguins/{RUN}/model",
    settings_folder: str = f"penguins/{RUN}/settings",
    plot_folder: str = f"plots/{RUN}/",
    model_uri: str = f"s3://mlpipeline/penguins/{RUN}/model",
    model_name: str = "penguins",
    namespace: str = "kubeflow-user-example-com",
    test_share: float = 0.25,
    trees: int = 200,
    weighted: bool = True,
    gateway: str = "http://istio-ingressgateway.istio-system.svc.cluster.local",
    host: str = "penguins.kubeflow-user-example-com.example.com",
    question: str = '{"instances": [[39.1, 18.7, 181, 3750]]}',
):
    viewer_env = [{"name": "S3_ENDPOINT", "value": str(store_endpoint)}]
    announced = announce_run(
        log_folder=f"gs://{bucket}/{log_folder}",
        model_folder=f"gs://{bucket}/{model_folder}",
        viewer=json.dumps({"spec": {"containers": [{"env": viewer_env}]}}),
    ).set_display_name("What this run writes")

    downloaded = (
        download_data(url=data_url)
        .set_display_name("Download the penguins")
        .set_retry(3, policy="Always", backoff_duration="30s", backoff_factor=2)
        .after(announced)
    )

    prepared = preprocess_op(data=downloaded.outputs["data"], test_share=test_share)
    prepared.set_display_name("Split into train & test")
    prepared.set_memory_request("512Mi").set_memory_limit("1Gi").set_cpu_limit("1")

    trained = train_op(
        data=prepared.outputs["train"],
        trees=trees,
        weighted=weighted,
        script_args=f"plots=gs://{bucket}/{plot_folder},logs=gs://{bucket}/{log_folder}",
    )
    trained.set_display_name("Training")
    trained.set_cpu_request("500m").set_cpu_limit("2").set_memory_limit("4G")
    trained.set_retry(2)
    trained.add_env_variable(V1EnvVar(name="OMP_NUM_THREADS", value="2"))

    evaluated = evaluate_op(model=trained.outputs["model"], data=prepared.outputs["test"])
    evaluated.set_display_name("Evaluation")

    plotted = plot_op(
        model=trained.outputs["model"],
        data=prepared.outputs["test"],
        title=f"{model_name}, {trees} trees",
    )
    plotted.execution_options.caching_strategy.max_cache_staleness = "P0D"

    pushed_model = upload_file(
        endpoint=store_endpoint,
        source=trained.outputs["model"],
        destination=f"{bucket}/{model_folder}",
    ).set_display_name("Push the model")
    pushed_settings = upload_file(
        endpoint=store_endpoint,
        source=trained.outputs["settings"],
        destination=f"{bucket}/{settings_folder}",
        file_name="settings.json",
    ).set_display_name("Push its settings")

    registered = register_model(model_name, model_uri, evaluated.outputs["accuracy"])
    registered.after(pushed_model)

    deployed = apply_manifest(
        manifest=MANIFEST.format(
            name=model_name,
            namespace=namespace,
            version=registered.output,
            bucket=bucket,
            folder=model_folder,
        ),
        wait_seconds="600",
    ).set_display_name("Deploy")
    deployed.after(pushed_model, pushed_settings)
    deployed.enable_caching = False

    asked = ask_op(f"{gateway}/v1/models/{model_name}:predict", host, question)
    asked.set_display_name("Ask it").after(deployed)
    asked.enable_caching = False

    for task in (pushed_model, pushed_settings):
        task.apply(
            onprem.use_k8s_secret(
                "mlpipeline-minio-artifact", {"accesskey": "ACCESS_KEY", "secretkey": "SECRET_KEY"}
            )
        )


if __name__ == "__main__":
    target = sys.argv[1] if len(sys.argv) > 1 else __file__.replace(".py", ".yaml")
    compiler.Compiler().compile(penguin_training, target)
