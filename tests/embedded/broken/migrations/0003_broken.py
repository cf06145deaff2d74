from typing import ClassVar

from django.db import migrations


class Migration(migrations.Migration):
    dependencies: ClassVar = [("sessions", "0002_later")]
    operations: ClassVar = [migrations.RunSQL("ALTER TABLE nothing_of_that_name ADD COLUMN what text")]
