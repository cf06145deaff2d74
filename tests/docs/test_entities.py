"""The page that is made from the models."""

from cloudbox import entities
from cloudbox.embedded.bootstrap import ROOT


def test_the_page_of_entities_is_what_the_models_say():
    page = ROOT / "docs/entities.md"

    assert page.read_text() == entities.markdown(), "run `python3 manage.py describe`"


def test_every_key_of_the_diagram_points_to_an_entity_that_is_drawn():
    lines = entities.markdown().splitlines()
    drawn = {line.strip(" {") for line in lines if line.endswith(" {")} | {"Group", "Permission"}
    related = {word for line in lines if "--" in line for word in (line.split()[0], line.split()[2])}

    assert related <= drawn
