"""`{{ bytes|size }}`: a size as people read it."""

from django import template

from cloudbox.sizes import as_text

register = template.Library()
register.filter("size", as_text)
