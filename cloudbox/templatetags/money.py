"""`{{ order.amount_minor|money:order.currency }}`: an amount as people read it."""

from django import template

from cloudbox.money import as_money

register = template.Library()
register.filter("money", as_money)
