"""The smallest pipeline: one container that says hello (kfp 2).

python pipeline.py [pipeline.yaml]
"""

import sys

from kfp import compiler, dsl


@dsl.container_component
def say_hello(name: str):
    """Prints a greeting."""
    return dsl.ContainerSpec(image="alpine:3.20", command=["echo"], args=[f"Hello, {name}!"])


@dsl.pipeline(name="hello", description="Says hello.")
def hello(name: str = "world"):
    say_hello(name=name)


if __name__ == "__main__":
    target = sys.argv[1] if len(sys.argv) > 1 else __file__.replace(".py", ".yaml")
    compiler.Compiler().compile(hello, target)
