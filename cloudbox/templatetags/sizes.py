"""`{{ bytes|size }}`: a size as people read it, in their language."""

from django import template

from cloudbox.sizes import for_people

register = template.Library()
register.filter("size", for_people)
