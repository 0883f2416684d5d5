"""Sections of a recipe → their planned values, by the property tables."""

from recipebatch.plan.sections.bind import Place, bind_fields, evaluate_section

__all__ = ["Place", "bind_fields", "evaluate_section"]
