"""The packs of the fourth ancestor, in its currency and in dollars; the staff may change them."""

from django.db import migrations

PLANS = [
    ("basic", "Basic", 1, {"NGN": 200_000, "USD": 150}),
    ("standard", "Standard", 5, {"NGN": 500_000, "USD": 350}),
    ("premium", "Premium", 10, {"NGN": 1_000_000, "USD": 700}),
]


def add(apps, schema_editor):
    plans, prices = apps.get_model("payments", "Plan"), apps.get_model("payments", "Price")
    for position, (code, name, gibibytes, amounts) in enumerate(PLANS):
        plan = plans.objects.create(code=code, name=name, bytes=gibibytes * 2**30, days=30, position=position)
        for currency, amount in amounts.items():
            prices.objects.create(plan=plan, currency=currency, amount_minor=amount)


class Migration(migrations.Migration):
    dependencies = [("payments", "0002_guards")]
    operations = [migrations.RunPython(add, migrations.RunPython.noop)]
