"""`{{ member.role|role }}`, `{{ key.scopes|scope }}`: the words of the services in the reader's language."""

from django import template
from django.utils.translation import gettext_lazy as _

register = template.Library()
ROLES = {"owner": _("owner"), "manager": _("manager"), "member": _("member")}
SCOPES = {
    "read": _("read"),
    "write": _("write"),
    "delete": _("delete"),
    "share": _("share"),
    "documents": _("documents"),
}


@register.filter
def role(word: str) -> str:
    return str(ROLES.get(word, word))


@register.filter
def scope(word: str) -> str:
    return str(SCOPES.get(word, word))
