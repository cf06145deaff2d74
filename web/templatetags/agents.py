"""`{{ session.agent|called }}`: a browser as people call it."""

from django import template

from web.agents import called

register = template.Library()
register.filter("called", called)
