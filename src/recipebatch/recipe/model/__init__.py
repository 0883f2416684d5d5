"""Recipe and its parts: what a recipe says, before any value is filled in. A door: import from here."""

from recipebatch.recipe.model.fragment import Fragment
from recipebatch.recipe.model.job import AfterSpec, JobSpec
from recipebatch.recipe.model.loops import (
    Dimension,
    Distribution,
    ForEach,
    ForFactory,
    ForFiles,
    ForGrid,
    ForRandom,
    ForRows,
    ListDimension,
    RangeDimension,
    Source,
)
from recipebatch.recipe.model.parameters import Parameter, SecretSource
from recipebatch.recipe.model.parts import parts
from recipebatch.recipe.model.pool import ImageIdSpec, PoolSpec
from recipebatch.recipe.model.recipe import Recipe
from recipebatch.recipe.model.setting import CommandSpec, EnvironmentSpec, Number, Section, Setting, Text
from recipebatch.recipe.model.storage import ContainerSpec, OutputFileSpec, ResourceFileSpec
from recipebatch.recipe.model.task import DependencySpec, ReduceSpec, TaskSpec, exit_actions

__all__ = [
    "AfterSpec",
    "CommandSpec",
    "ContainerSpec",
    "DependencySpec",
    "Dimension",
    "Distribution",
    "EnvironmentSpec",
    "ForEach",
    "ForFactory",
    "ForFiles",
    "ForGrid",
    "ForRandom",
    "ForRows",
    "Fragment",
    "ImageIdSpec",
    "JobSpec",
    "ListDimension",
    "Number",
    "OutputFileSpec",
    "Parameter",
    "PoolSpec",
    "RangeDimension",
    "Recipe",
    "ReduceSpec",
    "ResourceFileSpec",
    "SecretSource",
    "Section",
    "Setting",
    "Source",
    "TaskSpec",
    "Text",
    "exit_actions",
    "parts",
]
