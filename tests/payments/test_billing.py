import pytest
from django.http import HttpRequest, HttpResponse
from django.template import Context, Template

from cloudbox.errors import NotFound
from payments.billing import for_sale, payments_on


@for_sale
def prices(request: HttpRequest) -> HttpResponse:
    return HttpResponse("a price list")


def test_what_is_for_sale_is_there_while_billing_is_on(settings):
    settings.CLOUDBOX_BILLING = True

    assert prices(HttpRequest()).content == b"a price list"
    assert payments_on()


def test_what_is_for_sale_does_not_exist_where_billing_is_off(settings):
    settings.CLOUDBOX_BILLING = False

    with pytest.raises(NotFound):
        prices(HttpRequest())
    assert not payments_on()


@pytest.mark.parametrize(("billing", "shown"), [(True, "Plan"), (False, "")])
def test_templates_know_whether_anything_is_sold(settings, billing, shown):
    settings.CLOUDBOX_BILLING = billing
    template = Template("{% load page_parts %}{% payments_on as selling %}{% if selling %}Plan{% endif %}")

    assert template.render(Context()) == shown
