"""The pages of assets in the administration: a module for each kind of thing."""

from assets.admin import content, links, tree

__all__ = ["content", "links", "tree"]
