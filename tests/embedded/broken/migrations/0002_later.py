from typing import ClassVar

from django.db import migrations


class Migration(migrations.Migration):
    dependencies: ClassVar = [("sessions", "0001_initial")]
    operations: ClassVar = [migrations.RunSQL("COMMENT ON TABLE django_session IS 'later'")]
