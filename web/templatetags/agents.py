"""`{{ session.agent|called }}`, `{{ session.agent|device }}`: a browser as people call it, and its icon."""

from django import template

from web.agents import called, device

register = template.Library()
register.filter("called", called)
register.filter("device", device)
