"""The diagrams that are made from the models."""

from cloudbox import entities

ELSEWHERE = {"Group", "Permission"}  # Django's own


def test_every_key_of_the_diagram_points_to_an_entity_that_is_drawn():
    lines = entities.markdown().splitlines()
    drawn = {line.strip(" {") for line in lines if line.endswith(" {")} | ELSEWHERE
    related = {word for line in lines if "--" in line for word in (line.split()[0], line.split()[2])}

    assert related <= drawn
    assert {"User", "Asset", "Version", "Blob", "Usage"} <= related
