from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("jobs", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="jobitem",
            name="made",
            field=models.CharField(blank=True, db_default="", default="", max_length=64),
        ),
    ]
