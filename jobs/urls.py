from django.urls import re_path

from jobs import api

_JOB = r"^jobs/(?P<job_id>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"

urlpatterns = [
    re_path(r"^jobs/?$", api.Jobs.as_view()),
    re_path(_JOB + r"/?$", api.Job.as_view()),
    re_path(_JOB + r"/items/?$", api.JobItems.as_view()),
    re_path(_JOB + r"/cancel/?$", api.CancelJob.as_view()),
]
