"""Penguin species, from a CSV file to a registered model: the same idea for KFP v2 (kfp 2).

python pipeline_v2.py [pipeline_v2.yaml]
"""

import sys

from kfp import compiler, dsl
from kfp.dsl import Dataset, Input, Metrics, Model, Output

PACKAGES = ["pandas==2.2.3", "scikit-learn==1.5.2"]


@dsl.container_component
def download_data(url: str, data: Output[Dataset]):
    """Fetches one file over HTTP."""
    return dsl.ContainerSpec(
        image="curlimages/curl:8.10.1",
        command=["sh", "-c", 'mkdir -p "$(dirname "$1")" && exec curl -fsSL -o "$1" "$0"'],
        args=[url, data.path],
    )


@dsl.component(base_image="python:3.11-slim", packages_to_install=PACKAGES)
def preprocess(
    data: Input[Dataset], train: Output[Dataset], test: Output[Dataset], test_share: float = 0.25
):
    """Drops incomplete rows and splits the rest."""
    import pandas
    from sklearn.model_selection import train_test_split

    rows = pandas.read_csv(data.path).dropna()
    first, second = train_test_split(rows, test_size=test_share, random_state=7)
    first.to_csv(train.path, index=False)
    second.to_csv(test.path, index=False)
    train.metadata["rows"] = len(first)


@dsl.component(base_image="python:3.11-slim", packages_to_install=PACKAGES)
def train(data: Input[Dataset], model: Output[Model], trees: int, weighted: bool = True) -> str:
    """Fits a forest of decision trees and says where it is."""
    import joblib
    import pandas
    from sklearn.ensemble import RandomForestClassifier

    rows = pandas.read_csv(data.path)
    forest = RandomForestClassifier(trees, class_weight="balanced" if weighted else None)
    joblib.dump(forest.fit(rows.select_dtypes("number"), rows["species"]), model.path)
    model.metadata["framework"] = "sklearn"
    return model.uri


@dsl.component(base_image="python:3.11-slim", packages_to_install=PACKAGES)
def evaluate(model: Input[Model], data: Input[Dataset], metrics: Output[Metrics]) -> float:
    """Measures the model on rows that it has not seen."""
    import joblib
    import pandas

    rows = pandas.read_csv(data.path)
    accuracy = joblib.load(model.path).score(rows.select_dtypes("number"), rows["species"])
    metrics.log_metric("accuracy", accuracy)
    return accuracy


@dsl.container_component
def register_model(name: str, uri: str, labels: dict, version: dsl.OutputPath(str)):
    """Notes a good model down."""
    return dsl.ContainerSpec(
        image="alpine:3.20",
        command=["sh", "-euc"],
        args=[
            'mkdir -p "$(dirname "$3")" && echo "$0@$1 $2" | tee "$3"',
            name,
            uri,
            labels,
            version,
        ],
    )


@dsl.container_component
def notify(status: dsl.PipelineTaskFinalStatus, address: str):
    """Tells how the run ended, whether well or not."""
    return dsl.ContainerSpec(
        image="alpine:3.20", command=["echo"], args=["to", address, "about", status]
    )


@dsl.pipeline(
    name="penguin-training",
    description="Trains classifiers of penguin species and registers the good ones.",
)
def penguin_training(
    data_url: str = "https://raw.githubusercontent.com/mwaskom/seaborn-data/master/penguins.csv",
    model_name: str = "penguins",
    test_share: float = 0.25,
    forests: list[int] = [50, 200],
    least_accuracy: float = 0.9,
    weighted: bool = True,
    labels: dict = {"team": "penguins"},
    address: str = "team@example.com",
):
    told = notify(address=f"mailto:{address}").set_display_name("Tell the team")
    with dsl.ExitHandler(told, name="whatever happens"):
        downloaded = download_data(url=data_url).set_display_name("Download the penguins")
        downloaded.set_retry(3, backoff_duration="30s", backoff_factor=2)
        prepared = preprocess(data=downloaded.outputs["data"], test_share=test_share)
        prepared.set_memory_limit("1Gi").set_cpu_limit("1")
        with dsl.ParallelFor(forests, name="every forest", parallelism=2) as trees:
            trained = train(data=prepared.outputs["train"], trees=trees, weighted=weighted)
            trained.set_cpu_limit("2").set_memory_limit("4G").set_env_variable(
                "OMP_NUM_THREADS", "2"
            )
            evaluated = evaluate(model=trained.outputs["model"], data=prepared.outputs["test"])
            evaluated.set_caching_options(False)
            with dsl.If(evaluated.outputs["Output"] >= least_accuracy, name="good enough"):
                register_model(
                    name=model_name,
                    uri=trained.outputs["Output"],
                    labels=labels,
                ).after(evaluated)


if __name__ == "__main__":
    target = sys.argv[1] if len(sys.argv) > 1 else __file__.replace(".py", ".yaml")
    compiler.Compiler().compile(penguin_training, target)
