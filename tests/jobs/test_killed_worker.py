"""A worker killed with -9 in the middle of a job, for real."""

import os
import signal
import subprocess
import sys
from urllib.parse import urlsplit

import pytest
from django.db import connection

from jobs import services
from jobs.models import Job

WORKER = """
import django; django.setup()
import sys, time
from uuid import UUID
from jobs import services
lease = services.take(UUID(sys.argv[1]), seconds=1)
services.renew(lease, done=3)
print(lease.fence, flush=True)
time.sleep(60)
"""


@pytest.fixture
def killed(transactional_db):
    """A job whose worker did three of ten and was killed."""
    job = services.create("tests.slow", {}, total=10)
    url = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}").geturl()
    worker = subprocess.Popen(
        [sys.executable, "-c", WORKER, str(job.id)],
        env={**os.environ, "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "cloudbox.settings"},
        stdout=subprocess.PIPE,
    )
    assert worker.stdout
    assert worker.stdout.readline() == b"1\n"
    worker.send_signal(signal.SIGKILL)
    worker.wait(10)
    worker.stdout.close()
    return job


def wait_for_the_lease(job):
    """Let the database wait until the lease is over by its own clock."""
    with connection.cursor() as cursor:
        left = "extract(epoch FROM lease_until - clock_timestamp())"
        cursor.execute(f"SELECT pg_sleep(greatest(0, {left})) FROM jobs_job WHERE id = %s", [job.id])


def test_the_job_of_a_killed_worker_is_taken_up_once_from_where_it_was(killed):
    wait_for_the_lease(killed)

    assert services.sweep() == 1
    lease, second = services.take(killed.id), services.take(killed.id)

    assert lease
    assert (lease.done, lease.fence, lease.attempt, second) == (3, 2, 2, None)
    services.finish(lease)
    assert Job.objects.get(pk=killed.id).state == "done"
